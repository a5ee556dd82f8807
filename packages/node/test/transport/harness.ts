/** Real transports on loopback, real sockets that misbehave, and waiting without sleeping. */
import type { Signer } from '@tangle/core/crypto';
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createGenesis, deviceIdOf, SUITE_ED25519 } from '@tangle/core/model';
import { pino } from 'pino';
import { WebSocket, WebSocketServer } from 'ws';
import { sodiumCrypto, sodiumSigner } from '../../src/crypto/index.js';
import type { LinkIdentity } from '../../src/transport/handshake.js';
import { Handshake } from '../../src/transport/handshake.js';
import type { ObserverPeer, Transport, TransportLimits } from '../../src/transport/index.js';
import { createTransport } from '../../src/transport/index.js';
import type { CertifiedKey } from '../../src/tls/index.js';

const DEADLINE_MS = 15_000;

/** Polls until the condition holds; fails with what was waited for. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const untilMs = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > untilMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Network {
  readonly genesis: Genesis;
  readonly signers: readonly Signer[];
}

export function makeNetwork(validators: number, name = 'test'): Network {
  const key = (): Uint8Array => sodiumSigner(randomBytes(32)).publicKey;
  const signers = Array.from({ length: validators }, () => sodiumSigner(randomBytes(32)));
  const genesis = createGenesis(
    {
      name,
      validators: signers.map((signer, index) => ({
        name: `node-${index}`,
        weight: 1,
        statementKey: signer.publicKey,
        cosignerKey: key(),
        logKey: key(),
      })),
      administrators: [deviceIdOf(SUITE_ED25519, key())],
      parameters: { time: 1 },
    },
    sodiumCrypto,
  );
  if (!genesis.ok) throw new Error(genesis.reason.code);
  return { genesis: genesis.value, signers };
}

export function identityOf({ genesis, signers }: Network, self: ValidatorIndex): LinkIdentity {
  const signer = signers[self];
  if (signer === undefined) throw new Error(`no validator ${self}`);
  return { genesis, self, observers: [], signer, crypto: sodiumCrypto, instance: new Uint8Array(randomBytes(16)) };
}

/** Ports that were free a moment ago. All are held open together, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = servers.map(async (server) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  });
  const found = await Promise.all(ports);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return found;
}

/** Where observers are involved. */
export interface ObserverSetup {
  readonly observers?: readonly ObserverPeer[];
  /** Of a station that is an observer itself. */
  readonly signer?: Signer;
  /** The port of such a one; without it nobody is let in. */
  readonly listen?: number;
  /** In the place of the validators'. */
  readonly addresses?: ReadonlyMap<number, string>;
}

/** A transport that writes down what it tells. */
export class Station {
  readonly transport: Transport;
  /** Of the validator that it is; -1 for an observer. */
  readonly index: ValidatorIndex;
  readonly port: number;
  /** `up 1`, `down 1`, in order. */
  readonly changes: string[] = [];
  readonly messages: { readonly from: ValidatorIndex; readonly bytes: Uint8Array }[] = [];
  /** Parsed log lines. */
  readonly log: Record<string, unknown>[] = [];

  constructor(
    network: Network,
    index: ValidatorIndex | null,
    ports: readonly number[],
    limits: Partial<TransportLimits> = {},
    dials: readonly ValidatorIndex[] = ports.map((_, peer) => peer),
    tls: CertifiedKey | null = null,
    setup: ObserverSetup = {},
  ) {
    this.index = index ?? -1;
    this.port = (index === null ? setup.listen : ports[index]) ?? 0;
    const signer = setup.signer ?? identityOf(network, index ?? 0).signer;
    const { genesis } = network;
    const dialled = dials.filter((peer) => peer !== index);
    this.transport = createTransport({
      genesis,
      self: index,
      signer,
      crypto: sodiumCrypto,
      listen: index === null && setup.listen === undefined ? null : { host: '127.0.0.1', port: this.port },
      observers: setup.observers ?? [],
      tls,
      addresses: setup.addresses ?? new Map(dialled.map((peer) => [peer, `127.0.0.1:${ports[peer]}`])),
      onUp: (peer) => this.changes.push(`up ${peer}`),
      onDown: (peer) => this.changes.push(`down ${peer}`),
      onMessage: (from, bytes) => this.messages.push({ from, bytes }),
      log: pino({ level: 'trace' }, { write: (line) => this.log.push(JSON.parse(line) as Record<string, unknown>) }),
      limits: { redialMsMin: 10, redialMsMax: 50, stableMs: 100, closeMs: 200, ...limits },
    });
  }

  get connected(): ValidatorIndex[] {
    return this.transport
      .status()
      .peers.filter((peer) => peer.connected)
      .map((peer) => peer.index);
  }

  lastEnd(peer: ValidatorIndex): string | null {
    return this.transport.status().peers.find(({ index }) => index === peer)?.lastEnd ?? null;
  }

  /** Reasons of all logged ends. */
  get logged(): unknown[] {
    return this.log.map((line) => line['reason']).filter((reason) => reason !== undefined);
  }
}

/** A WebSocket in the test's own hands. */
export class Stranger {
  readonly socket: WebSocket;
  readonly received: Uint8Array[] = [];
  /** Close code and reason, once closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  constructor(port: number, options: WebSocket.ClientOptions = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false, ...options });
    this.socket.on('message', (data: Buffer) => this.received.push(new Uint8Array(data)));
    this.socket.on('error', () => this.socket.terminate());
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  async opened(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open');
    return this;
  }

  /** The count-th message; rejects where the other end hangs up first. */
  async next(count: number): Promise<Uint8Array> {
    const hungUp = (): boolean => this.socket.readyState === WebSocket.CLOSED;
    await eventually(`message ${count}`, () => this.received.length >= count || hungUp());
    const message = this.received[count - 1];
    if (message === undefined) throw new Error(`closed before message ${count}`);
    return message;
  }

  /** Goes through the handshake as the dialling validator; answers what was sent. */
  async authenticate(identity: LinkIdentity): Promise<readonly Uint8Array[]> {
    const handshake = new Handshake(identity, 'dialler', null, randomBytes(32));
    await this.opened();
    const hello = handshake.hello();
    this.socket.send(hello);
    const step = handshake.receive(await this.next(1));
    if (step.kind !== 'waiting') throw new Error('the listener refused');
    this.socket.send(step.send);
    const end = handshake.receive(await this.next(2));
    if (end.kind !== 'authenticated') throw new Error('the listener is somebody else');
    return [hello, step.send];
  }
}

/** A validator that listens in the test's own hands, and takes its time with the handshake. */
export class SlowListener {
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #server: WebSocketServer;
  readonly #release: () => void;
  #socket: WebSocket | null = null;

  private constructor(server: WebSocketServer, identity: LinkIdentity) {
    this.#server = server;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    this.#release = release;
    this.closed = new Promise((resolve) => {
      server.once('connection', (socket) => {
        this.#socket = socket;
        const handshake = new Handshake(identity, 'listener', null, randomBytes(32));
        socket.on('message', (data: Buffer) => {
          const answer = async (): Promise<void> => {
            await released;
            const step = handshake.receive(new Uint8Array(data));
            if (step.kind !== 'refused' && step.send !== null) socket.send(step.send);
          };
          void answer();
        });
        socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
      });
    });
  }

  static async listen(identity: LinkIdentity): Promise<SlowListener> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new SlowListener(server, identity);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Waits for the dial and then goes through the handshake. */
  async release(): Promise<void> {
    await eventually('somebody dials', () => this.#socket !== null);
    this.#release();
  }

  stop(): void {
    this.#socket?.terminate();
    this.#server.close();
  }
}
