/**
 * Links to the other nodes. Every validator dials every other and keeps exactly one authenticated link to each; observers
 * dial the validators. Above it there are only peers that come up and go down, and messages. What a message means is not known here.
 */
import type { Crypto, Signer } from '@tangle/core/crypto';
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { Logger } from '../observe/index.js';
import type { EndReason } from './close-codes.js';
import type { AuthenticatedPeer, LinkIdentity, Role } from './handshake.js';
import type { TransportLimits } from './limits.js';
import type { LinkEnd, LinkEvents } from './link.js';
import type { Guest, ListenAddress } from './listener.js';
import type { Duplex } from 'node:stream';
import type { CertifiedKey } from '../tls/index.js';
import { randomBytes } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { invariant, present } from '@tangle/core/assert';
import { LogThrottle } from '../observe/index.js';
import { TLS_VERSION } from '../tls/index.js';
import { isObserver, type PeerNumber } from '../replica/index.js';
import { Backoff } from './backoff.js';
import { CHANNEL_BINDING_BYTES, Handshake, INSTANCE_BYTES, NONCE_BYTES } from './handshake.js';
import { socketOptions, TRANSPORT_LIMITS } from './limits.js';
import { Link } from './link.js';
import { Listener } from './listener.js';

export interface TransportOptions {
  readonly genesis: Genesis;
  /** Null: this node is an observer. */
  readonly self: ValidatorIndex | null;
  /** Holds the statement key of `self`, or the observer's key. */
  readonly signer: Signer;
  readonly crypto: Crypto;
  /** Null: nobody is let in. */
  readonly listen: ListenAddress | null;
  /** Observers that are known, in the order of their numbers, which follow the committee's. Default: none. */
  readonly observers?: readonly ObserverPeer[];
  /** With it every link runs inside TLS: those that come in and those that are dialled. Default: none does. */
  readonly tls?: CertifiedKey | null;
  /** Where the others listen, `host:port`. Those left out are not dialled but may come in. */
  readonly addresses: ReadonlyMap<PeerNumber, string>;
  /** A peer can be sent to. Also called, after `onDown`, where it restarted before its end was noticed. */
  readonly onUp: (peer: PeerNumber) => void;
  readonly onDown: (peer: PeerNumber) => void;
  /** A message of a peer that is up, 0 to MESSAGE_BYTES_MAX bytes, the receiver's own. Must not throw. */
  readonly onMessage: (peer: PeerNumber, bytes: Uint8Array) => void;
  readonly log: Logger;
  readonly limits?: Partial<TransportLimits>;
}

/** A node without a validator's key that may have a link here. */
export interface ObserverPeer {
  readonly name: string;
  readonly key: Uint8Array;
}

export interface PeerStatus {
  readonly index: PeerNumber;
  readonly name: string;
  readonly connected: boolean;
  /** Which end dialled the link there is. */
  readonly dialledBy: 'self' | 'peer' | null;
  readonly bufferedBytes: number;
  /** Why the last link or attempt ended. */
  readonly lastEnd: EndReason | null;
}

export interface TransportStatus {
  /** With the port in use, where 0 was asked for; null where nobody is let in. */
  readonly listen: ListenAddress | null;
  /** Connections not authenticated yet. */
  readonly guests: number;
  readonly peers: readonly PeerStatus[];
}

export interface Transport {
  /** Listens, then dials. Rejects with a TransportError where it cannot listen. */
  start(): Promise<void>;
  /** Closes everything; settles when port and sockets are free. No callback comes any more. */
  stop(): Promise<void>;
  /** Queues a message; false where the peer is not up or its buffer is full. The bytes must not change afterwards. */
  send(peer: PeerNumber, message: Uint8Array): boolean;
  /** Reads nothing more of a peer for now, or goes on. */
  hold(peer: PeerNumber, isHeld: boolean): void;
  status(): TransportStatus;
}

export function createTransport(options: TransportOptions): Transport {
  return new WebSocketTransport(options);
}

/** All about one other node. */
interface PeerSlot {
  readonly index: PeerNumber;
  readonly name: string;
  readonly backoff: Backoff;
  /** The one link kept; established. */
  link: Link | null;
  /** When it came up, monotonic ms. */
  upSinceMs: number;
  /** Our dial that is not established yet. */
  attempt: Link | null;
  redial: NodeJS.Timeout | null;
  lastEnd: EndReason | null;
}

/** Kinds of log lines kept apart: every reason for every peer of a large committee. */
const LOG_KINDS_MAX = 1_024;

class WebSocketTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #limits: TransportLimits;
  readonly #identity: LinkIdentity;
  readonly #tls: CertifiedKey | null;
  readonly #observers: readonly ObserverPeer[];
  /** Null where nobody is let in. */
  readonly #listener: Listener | null;
  readonly #slots = new Map<PeerNumber, PeerSlot>();
  /** Every link whose socket is not gone, whatever its stage. */
  readonly #links = new Set<Link>();
  readonly #throttle: LogThrottle;
  #heartbeat: NodeJS.Timeout | null = null;
  #beatMs = 0;
  #phase: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: TransportOptions) {
    const { genesis, self, signer, crypto, listen, observers = [] } = options;
    const limits = { ...TRANSPORT_LIMITS, ...options.limits };
    this.#options = options;
    this.#limits = limits;
    this.#observers = observers;
    const keys = observers.map(({ key }) => key);
    this.#identity = { genesis, self, observers: keys, signer, crypto, instance: randomBytes(INSTANCE_BYTES) };
    this.#throttle = new LogThrottle({ intervalMs: limits.logIntervalMs, kindsMax: LOG_KINDS_MAX });
    this.#tls = options.tls ?? null;
    this.#listener =
      listen &&
      new Listener(listen, this.#tls, hostsOf(options.addresses), limits, {
        socket: (socket, guest, channel) => this.#welcome(socket, guest, channel),
        dropped: (address, reason) => this.#warn(reason, { address, reason }, 'connection dropped'),
      });
    for (const [index, { name }] of [...genesis.committee.validators, ...observers].entries()) {
      if (index === self) continue;
      const backoff = new Backoff(limits.redialMsMin, limits.redialMsMax, Math.random);
      const slot = { index, name, backoff, link: null, upSinceMs: 0, attempt: null, redial: null, lastEnd: null };
      this.#slots.set(index, slot);
    }
  }

  async start(): Promise<void> {
    invariant(this.#phase === 'new', 'a transport starts once');
    this.#phase = 'running';
    await this.#listener?.start();
    if (!this.#isRunning()) return;
    this.#beatMs = performance.now();
    this.#heartbeat = setInterval(() => this.#beat(), this.#limits.heartbeatMs);
    for (const slot of this.#slots.values()) this.#dial(slot);
  }

  async stop(): Promise<void> {
    this.#phase = 'stopped';
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    for (const slot of this.#slots.values()) {
      if (slot.redial !== null) clearTimeout(slot.redial);
    }
    for (const link of this.#links) link.close('stopping');
    await Promise.all([...this.#links].map((link) => link.closed));
    await this.#listener?.stop();
  }

  send(peer: PeerNumber, message: Uint8Array): boolean {
    return this.#slots.get(peer)?.link?.send(message) ?? false;
  }

  hold(peer: PeerNumber, isHeld: boolean): void {
    this.#slots.get(peer)?.link?.hold(isHeld);
  }

  status(): TransportStatus {
    const peers = [...this.#slots.values()].map(({ index, name, link, lastEnd }) => ({
      index,
      name,
      connected: link !== null,
      dialledBy: link === null ? null : link.role === 'dialler' ? ('self' as const) : ('peer' as const),
      bufferedBytes: link?.bufferedBytes ?? 0,
      lastEnd,
    }));
    return { listen: this.#listener?.address ?? null, guests: this.#listener?.guests ?? 0, peers };
  }

  #isRunning(): boolean {
    return this.#phase === 'running';
  }

  #dial(slot: PeerSlot): void {
    slot.redial = null;
    const address = this.#options.addresses.get(slot.index);
    if (address === undefined || !this.#isRunning() || slot.link !== null || slot.attempt !== null) return;
    const scheme = this.#tls === null ? 'ws' : 'wss';
    const socket = new WebSocket(`${scheme}://${address}/`, { ...socketOptions(this.#limits), ...PEER_TLS_OPTIONS });
    const { handshakeMs } = this.#limits;
    const handshake = this.#handshake('dialler', slot.index);
    socket.once('upgrade', ({ socket: channel }) => bindTo(handshake, channel));
    slot.attempt = this.#open(socket, handshake, handshakeMs, {
      established: (link, peer) => {
        slot.attempt = null;
        this.#adopt(slot, link, peer);
      },
      ended: (_link, end) => {
        slot.attempt = null;
        slot.lastEnd = end.reason;
        this.#warn(`dial ${slot.name} ${end.reason}`, { peer: slot.name, address, ...end }, 'peer not reached');
        this.#dialLater(slot);
      },
    });
  }

  #dialLater(slot: PeerSlot): void {
    if (!this.#isRunning() || slot.link !== null || slot.attempt !== null || slot.redial !== null) return;
    slot.redial = setTimeout(() => this.#dial(slot), slot.backoff.nextMs());
  }

  #welcome(socket: WebSocket, guest: Guest, channel: Duplex): void {
    const handshake = this.#handshake('listener', null);
    bindTo(handshake, channel);
    this.#open(socket, handshake, guest.remainingMs(), {
      established: (link, peer) => {
        guest.admit();
        this.#adopt(present(this.#slots.get(peer.index), 'the handshake knows the peers'), link, peer);
      },
      ended: (_link, end) =>
        this.#warn(`guest ${end.reason}`, { address: guest.address, ...end }, 'connection not authenticated'),
    });
  }

  #handshake(role: Role, expected: PeerNumber | null): Handshake {
    return new Handshake(this.#identity, role, expected, randomBytes(NONCE_BYTES));
  }

  #open(
    socket: WebSocket,
    handshake: Handshake,
    deadlineMs: number,
    events: Pick<LinkEvents, 'established' | 'ended'>,
  ): Link {
    const link = new Link(socket, handshake, this.#limits, deadlineMs, {
      established: (opened, peer) => {
        if (this.#isRunning()) events.established(opened, peer);
      },
      message: (from, bytes) => this.#deliver(from, bytes),
      ended: (ended, end) => {
        if (!this.#isRunning()) return;
        if (ended.peer === null) events.ended(ended, end);
        else this.#drop(ended, ended.peer, end);
      },
    });
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
    return link;
  }

  /** Keeps the new link or the one there is, by a rule that both ends apply to the same end. */
  #adopt(slot: PeerSlot, link: Link, peer: AuthenticatedPeer): void {
    const held = slot.link;
    if (held === null) {
      this.#keep(slot, link);
      this.#options.onUp(slot.index);
      return;
    }
    const sameProcess = isSameProcess(held.peer, peer);
    const crossed = held.role !== link.role;
    if (sameProcess && crossed) {
      // Both dialled at once and both links live: the one of whom comes first stays. Nothing is lost.
      const keepsNew = (link.role === 'dialler') === this.#comesBefore(slot.index);
      (keepsNew ? held : link).retire();
      if (keepsNew) this.#keep(slot, link);
      return;
    }
    // The peer restarted, or its end of the old link died: the newest counts.
    slot.link = null;
    slot.lastEnd = 'replaced';
    held.close('replaced');
    // Again and again, this is two processes on one key that push each other aside.
    this.#warn(`replaced ${slot.name}`, { peer: slot.name, sameProcess }, 'peer came back before it was missed');
    this.#options.onDown(slot.index);
    this.#keep(slot, link);
    this.#options.onUp(slot.index);
  }

  /** Validators by their indexes, then observers by their keys: at both ends the same. */
  #comesBefore(peer: PeerNumber): boolean {
    const { self, genesis, signer } = this.#options;
    if (self !== null) return self < peer;
    const observer = this.#observers[peer - genesis.committee.size];
    return observer !== undefined && Buffer.compare(signer.publicKey, observer.key) < 0;
  }

  #keep(slot: PeerSlot, link: Link): void {
    slot.link = link;
    const isOfObserver = isObserver(slot.index, this.#options.genesis.committee);
    if (isOfObserver) link.limitSendBuffer(this.#limits.observerSendBufferBytesMax);
    slot.upSinceMs = performance.now();
    if (slot.redial !== null) clearTimeout(slot.redial);
    slot.redial = null;
    this.#options.log.info({ peer: slot.name, role: link.role }, 'peer up');
  }

  #drop(link: Link, { index }: AuthenticatedPeer, end: LinkEnd): void {
    const slot = present(this.#slots.get(index), 'the handshake knows the peers');
    // A link that was retired or replaced ends later than its successor began.
    if (slot.link !== link) return;
    slot.link = null;
    slot.lastEnd = end.reason;
    if (performance.now() - slot.upSinceMs >= this.#limits.stableMs) slot.backoff.reset();
    this.#warn(`down ${slot.name} ${end.reason}`, { peer: slot.name, ...end }, 'peer down');
    this.#options.onDown(index);
    this.#dialLater(slot);
  }

  #deliver(link: Link, bytes: Uint8Array): void {
    if (!this.#isRunning() || link.peer === null) return;
    const kept = this.#slots.get(link.peer.index)?.link ?? null;
    // What a retiring link still brings counts as long as the peer is up in the same process.
    if (kept === link || (kept !== null && isSameProcess(kept.peer, link.peer))) {
      this.#options.onMessage(link.peer.index, bytes);
    }
  }

  #beat(): void {
    const nowMs = performance.now();
    const stalled = nowMs - this.#beatMs > 2 * this.#limits.heartbeatMs;
    this.#beatMs = nowMs;
    for (const { link } of this.#slots.values()) {
      if (stalled) link?.forgive(nowMs);
      link?.beat(nowMs);
    }
  }

  /** A line that somebody else can cause: one of each kind in an interval. */
  #warn(kind: string, fields: object, message: string): void {
    const suppressed = this.#throttle.admit(kind, performance.now());
    if (suppressed !== null) this.#options.log.warn({ ...fields, suppressed }, message);
  }
}

/**
 * A certificate says nothing here: the peer proves itself with its own key, over this very channel. So no name has
 * to match, and no certificate that expires some night takes the committee apart.
 */
const PEER_TLS_OPTIONS = { minVersion: TLS_VERSION, rejectUnauthorized: false } as const;

/** Ties the handshake to the TLS channel that it runs in, where there is one. */
function bindTo(handshake: Handshake, channel: Duplex): void {
  if (!(channel instanceof TLSSocket)) return;
  const noContext = Buffer.alloc(0);
  handshake.bind(channel.exportKeyingMaterial(CHANNEL_BINDING_BYTES, 'EXPORTER-Channel-Binding', noContext));
}

/** The hosts of `host:port`, without the brackets of IPv6. */
function hostsOf(addresses: ReadonlyMap<PeerNumber, string>): ReadonlySet<string> {
  const hosts = Array.from(addresses.values(), (address) => address.slice(0, address.lastIndexOf(':')));
  return new Set(hosts.map((host) => host.replace(/^\[|\]$/g, '')));
}

function isSameProcess(one: AuthenticatedPeer | null, other: AuthenticatedPeer): boolean {
  return one !== null && Buffer.compare(one.instance, other.instance) === 0;
}
