/**
 * Observers, from both sides: what a node does for those it has links to, and what it does more where it is one itself.
 * An observer follows, serves and relays; it signs nothing, its word weighs nothing, and what it sends is looked at when
 * there is time. The replica's loop stays the same with and without them.
 */
import type { CheckedVertex, Effects, Engine } from '@tangle/core/engine';
import { networkKeys, signLog, type CertifiedHead, type LogSignature } from '@tangle/core/log';
import type { Certifier } from './certifier.js';
import type { Links } from './links.js';
import { LogSignatures, type SignedHead } from './log-signatures.js';
import type { PeerMessage } from './messages.js';
import { ObserverQueue } from './observer-queue.js';
import { isObserver, type PeerNumber } from './peers.js';
import type { LogRecord } from './ports.js';
import type { ReplicaOptions } from './replica-options.js';
import { Unwitnessed } from './unwitnessed.js';

/** What of the replica it works with. */
export interface ObserversMeans {
  readonly options: ReplicaOptions;
  readonly engine: Pick<Engine, 'tangle'>;
  readonly certifier: Pick<Certifier, 'published' | 'offers'>;
  readonly links: Links;
  /** Whether something of an observer waits for a turn. */
  readonly isBusy: () => boolean;
  /** Takes one message of an observer in. */
  readonly read: (peer: PeerNumber, message: Uint8Array) => void;
}

export class Observers {
  readonly #means: ObserversMeans;
  readonly #queue: ObserverQueue;
  readonly #unwitnessed: Unwitnessed;
  /** Null where this node signs as the log itself. */
  readonly #signatures: LogSignatures | null;
  /** The own log signature of the newest published head, made when an observer is there to get it. */
  #own: LogSignature | null = null;

  constructor(means: ObserversMeans) {
    const { options, certifier, isBusy, read } = means;
    const { genesis, crypto, clock, limits, role } = options;
    this.#means = means;
    this.#queue = new ObserverQueue({
      bytesPerObserverMax: limits.observerBytesMax,
      clock,
      isBusy,
      hold: (peer, isHeld) => options.network.hold?.(peer, isHeld),
      handle: read,
    });
    this.#unwitnessed = new Unwitnessed(limits.resentBytesMax);
    this.#signatures = role === 'observer' ? new LogSignatures(genesis, crypto, certifier.published) : null;
  }

  /** The newest head of the log that may be served, with the log signature that an observer was given for it. */
  get served(): SignedHead | { readonly head: CertifiedHead; readonly signature: null } | null {
    if (this.#signatures !== null) return this.#signatures.newest;
    const { published } = this.#means.certifier;
    return published === null ? null : { head: published, signature: null };
  }

  isOne(peer: PeerNumber): boolean {
    return isObserver(peer, this.#means.options.genesis.committee);
  }

  /** Whether this peer may say how far the order is: an observer only to one that follows nobody else. */
  isFollowed(peer: PeerNumber): boolean {
    return !this.isOne(peer) || (this.#isSelf && this.#means.links.validators.length === 0);
  }

  /** Of a peer that may say it. */
  weightOf(peer: PeerNumber): number {
    const { committee } = this.#means.options.genesis;
    if (!this.isOne(peer)) return committee.weightOf(peer);
    return this.isFollowed(peer) ? committee.totalWeight : 0;
  }

  /** Local policy acts on gossip of nodes that are not validators (PROTOCOL 3). */
  admits(peer: PeerNumber, vertex: CheckedVertex): boolean {
    if (vertex.kind !== 'transaction' || this.#isSelf || !this.isOne(peer)) return true;
    const { limits, admitsRelayed } = this.#means.options;
    if (this.#means.engine.tangle.openCount >= limits.openTransactionsMax) return false;
    return admitsRelayed?.(vertex) ?? true;
  }

  /** A message of an observer: read when it is its turn, dropped where too many wait. */
  receive(peer: PeerNumber, message: Uint8Array): void {
    this.#queue.add(peer, message);
  }

  /** After each turn: the next message may be read. */
  resume(): void {
    this.#queue.resume();
  }

  up(peer: PeerNumber): void {
    if (this.isOne(peer)) this.#means.links.broadcast(this.#logSignature(), [peer]);
  }

  down(peer: PeerNumber): void {
    this.#queue.forget(peer);
  }

  stop(): void {
    this.#queue.stop();
  }

  /** What a turn has accepted and made durable goes on to observers that follow this one: validators push only their own. */
  accepted({ acceptedTransactions, acceptedStatements }: Effects): void {
    const { links } = this.#means;
    if (!this.#isSelf || links.observers.length === 0) return;
    // Transactions cite transactions alone, so they come first.
    links.spread(
      [...acceptedTransactions, ...acceptedStatements].map(({ bytes }) => bytes),
      [],
      links.observers,
    );
  }

  /** What a turn has made of the log; the answer is a head that may be served from now on, or null. */
  certified(record: LogRecord | null): CertifiedHead | null {
    const { links, certifier } = this.#means;
    if (this.#isSelf && record !== null && record.certified !== null) {
      links.spread([], certifier.offers(), links.observers);
    }
    const published = record?.published ?? null;
    if (published === null) return null;
    const head = this.#signatures === null ? published : (this.#signatures.publish(published)?.head ?? null);
    if (head !== null) links.broadcast(this.#logSignature(), links.observers);
    return head;
  }

  /** A head that may be served from now on, or null. */
  takeLogSignature(peer: PeerNumber, signed: LogSignature): CertifiedHead | null {
    const { options, links } = this.#means;
    const taken = this.#signatures?.take(signed);
    if (taken?.ok === false) options.listener.onMisbehaviour?.(peer, taken.reason);
    if (taken?.ok !== true || taken.value === null) return null;
    links.broadcast(this.#logSignature(), links.observers);
    return taken.value.head;
  }

  /** With each frontier. */
  repeat(): void {
    const { links, engine } = this.#means;
    links.broadcast(this.#logSignature(), links.observers);
    if (!this.#isSelf) return;
    links.spread(this.#unwitnessed.take(engine.tangle.openTransactions()), [], links.validators);
  }

  get #isSelf(): boolean {
    return this.#means.options.role === 'observer';
  }

  /** The newest head that is served here, signed as the log; nothing where nobody is there to get it. */
  #logSignature(): PeerMessage[] {
    const { options, links } = this.#means;
    const { validator, logSigner, genesis, crypto } = options;
    const { served } = this;
    if (served === null || links.observers.length === 0) return [];
    if (served.signature !== null) return [{ kind: 'log-signature', signed: served.signature }];
    if (validator === null || logSigner === undefined) return [];
    if (this.#own?.size !== served.head.size) {
      this.#own = signLog(served.head, networkKeys(genesis, crypto), validator.index, logSigner);
    }
    return [{ kind: 'log-signature', signed: this.#own }];
  }
}
