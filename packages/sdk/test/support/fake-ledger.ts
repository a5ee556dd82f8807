/**
 * A ledger in memory behind real HTTP servers: the routes of a node over the real codec and signature rule. Honest unless
 * a test puts an override in front; transactions become final when a test says so, or at once with `autoFinal`.
 */
import type { Server, ServerResponse } from 'node:http';
import type { Outcome } from '@tangle/core/model';
import type { Answer, Held } from './fake-network.js';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { nobleCrypto } from '@tangle/core/crypto';
import { decodeTransaction } from '@tangle/core/codec';
import { deviceIdOfIssuer, PAYLOAD_TYPE } from '@tangle/core/model';
import { checkTransaction } from '@tangle/core/validation';
import { toSenmlJson, unpackReadings } from '@tangle/telemetry';
import { FakeLog } from './fake-log.js';
import { COMMIT_TIME, genesis, problem } from './fake-network.js';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Uint8Array;
}
/** An answer instead of the honest one, null for the honest one, 'drop' to cut the connection. */
export type Override = (request: Request) => Answer | 'drop' | null | Promise<Answer | 'drop' | null>;

export class FakeLedger {
  readonly transactions = new Map<string, Held>();
  readonly order: Held[] = [];
  readonly listeners = new Set<(event: { id?: number; name: string; data: unknown }) => void>();
  autoFinal = true;
  /** Off where a test submits thousands: the portable rule takes a millisecond each. */
  checksSignatures = true;
  /** Whether what is final is certified at once; else when a test calls `certify`. */
  autoCertify = true;
  /** Between the times of two commits. */
  commitSpacingMs = 0;
  certifiedSize = 0;
  readonly log = new FakeLog(this);
  #commit = 0;

  accept(bytes: Uint8Array): Answer {
    const context = { network: genesis.network, genesisId: genesis.transactionId, maxPayload: 2_048 };
    const checked = this.checksSignatures
      ? checkTransaction(bytes, context, nobleCrypto)
      : decodeTransaction(bytes, nobleCrypto);
    if (!checked.ok) return problem(422, checked.reason.code);
    const { id } = checked.value;
    if (!this.transactions.has(id)) {
      this.transactions.set(id, { transaction: checked.value, status: 'pending', final: null });
      if (this.autoFinal) this.finalise();
    }
    return { status: 202, body: { id } };
  }

  witness(): void {
    for (const held of this.transactions.values()) {
      if (held.status !== 'pending') continue;
      held.status = 'witnessed';
      this.#emit({ name: 'witnessed', data: { id: held.transaction.id } });
    }
  }

  /** Everything that is not final, in order of arrival; `outcome` for all but second uses of a number. */
  finalise(outcome: Outcome = { status: 'accepted' }): void {
    for (const held of this.transactions.values()) {
      if (held.final !== null) continue;
      const { issuer, sequence } = held.transaction;
      const earlier = this.order.filter((other) => other.transaction.issuer === issuer);
      const isUsed = earlier.some(
        (other) => other.transaction.sequence === sequence && other.final?.outcome.status === 'accepted',
      );
      this.#commit += 1;
      held.status = 'final';
      held.final = {
        position: this.#commit * 2 - 1,
        commitIndex: this.#commit,
        commitTime: new Date(Date.parse(COMMIT_TIME) + (this.#commit - 1) * this.commitSpacingMs).toISOString(),
        outcome: isUsed ? { status: 'rejected', code: 'sequence-used' } : outcome,
        issuerIndex: earlier.length + 1,
        evidence: false,
      };
      this.order.push(held);
      this.#emit(this.finalEvent(held));
    }
    if (this.autoCertify) this.certify();
  }

  /** The log as it is gets a checkpoint. */
  certify(): void {
    this.certifiedSize = this.order.length * 2;
    if (this.certifiedSize === 0) return;
    const { size, root } = this.log.head();
    this.#emit({ name: 'certified', data: { size, root, time: COMMIT_TIME } });
  }

  finalEvent(held: Held): { id: number; name: string; data: unknown } {
    const data = { id: held.transaction.id, issuer: deviceIdOfIssuer(held.transaction.issuer), ...held.final };
    return { id: held.final?.position ?? 0, name: 'final', data };
  }

  highestSequence(device: string): string | null {
    const used = this.order.filter(({ transaction }) => deviceIdOfIssuer(transaction.issuer) === device);
    if (used.length === 0) return null;
    return String(used.map(({ transaction }) => transaction.sequence).reduce((a, b) => (a > b ? a : b)));
  }

  #emit(event: { id?: number; name: string; data: unknown }): void {
    for (const listener of this.listeners) listener(event);
  }
}

export class FakeNode {
  readonly requests: Request[] = [];
  override: Override = () => null;
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  url = '';

  private constructor(readonly ledger: FakeLedger) {
    this.#server = createServer((request, response) => {
      const chunks: Uint8Array[] = [];
      request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', 'http://node');
        void this.#answer(
          {
            method: request.method ?? '',
            path: url.pathname,
            query: url.searchParams,
            headers: request.headers,
            body: new Uint8Array(Buffer.concat(chunks)),
          },
          response,
        );
      });
    });
  }

  static async start(ledger: FakeLedger): Promise<FakeNode> {
    const node = new FakeNode(ledger);
    await node.listen(0);
    return node;
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.url = `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  get streams(): number {
    return this.#streams.size;
  }

  cutStreams(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  posts(): Request[] {
    return this.requests.filter(({ method }) => method === 'POST');
  }

  async #answer(request: Request, response: ServerResponse): Promise<void> {
    this.requests.push(request);
    const override = await this.override(request);
    if (override === 'drop') {
      response.destroy();
      return;
    }
    if (override === null && request.path === '/v1/events') {
      this.#events(request, response);
      return;
    }
    const { status, body, headers = {} } = override ?? this.#honest(request);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body));
  }

  #honest({ method, path, query, body }: Request): Answer {
    if (method === 'POST') return this.ledger.accept(body);
    const served = this.ledger.log.serve(path, query);
    if (served !== null) return served;
    const parts = path.split('/').slice(2);
    const [resource, name, sub] = parts;
    if (resource === 'info') return { status: 200, body: infoBody(this.ledger) };
    if (resource === 'tips') {
      const ids = [...this.ledger.transactions.keys()].slice(-Number(query.get('count') ?? 2));
      return { status: 200, body: { tips: ids.length < 2 ? [genesis.hash, genesis.hash] : ids } };
    }
    if (resource === 'transactions') {
      const held = this.ledger.transactions.get(name ?? '');
      return held === undefined ? problem(404, 'transaction-not-found') : { status: 200, body: transactionBody(held) };
    }
    if (resource === 'devices' && sub === 'readings') return readingsPage(this.ledger, name ?? '', query);
    if (resource === 'devices' && name !== undefined) {
      const highestSequence = this.ledger.highestSequence(name);
      if (highestSequence === null) return problem(404, 'device-not-found');
      return { status: 200, body: deviceBody(name, highestSequence) };
    }
    return problem(404, 'not-found');
  }

  #events({ query, headers }: Request, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const issuer = query.get('issuer');
    const kinds = query.get('kinds')?.split(',') ?? ['witnessed', 'final', 'commit', 'certified'];
    const send = (event: { id?: number; name: string; data: unknown }): void => {
      const data = event.data as { issuer?: string };
      if (!kinds.includes(event.name) || (issuer !== null && event.name === 'final' && data.issuer !== issuer)) return;
      response.write(
        `${event.id === undefined ? '' : `id: ${event.id}\n`}event: ${event.name}\ndata: ${JSON.stringify(data)}\n\n`,
      );
    };
    const resume = headers['last-event-id'];
    const last = this.ledger.order.at(-1)?.final?.position ?? -1;
    const after = resume === undefined ? last : Number(resume);
    response.write(`event: start\ndata: ${JSON.stringify({ position: after })}\n\n`);
    for (const held of this.ledger.order) if ((held.final?.position ?? 0) > after) send(this.ledger.finalEvent(held));
    this.ledger.listeners.add(send);
    this.#streams.add(response);
    response.on('close', () => {
      this.ledger.listeners.delete(send);
      this.#streams.delete(response);
    });
  }
}

export function infoBody(ledger: FakeLedger): Record<string, unknown> {
  return {
    name: 'one',
    version: '0.1.0',
    network: genesis.network,
    networkName: genesis.name,
    genesisHash: genesis.hash,
    epoch: 0,
    round: 1,
    commit: { index: ledger.order.length, digest: genesis.hash, stateDigest: genesis.hash, time: COMMIT_TIME },
    logSize: ledger.order.length * 2,
    log: { size: ledger.order.length * 2, certifiedSize: ledger.certifiedSize, certifiedRoot: null },
    pending: 0,
    maxPayload: 2_048,
    peers: [],
    doubtful: false,
  };
}

export function deviceBody(id: string, highestSequence: string | null = null): Record<string, unknown> {
  return {
    id,
    role: 'device',
    status: 'active',
    ratePerSecond: 0,
    highestSequence,
    transactions: 1,
    equivocated: false,
  };
}

export function transactionBody({ transaction, status, final }: Held): Record<string, unknown> {
  return {
    id: transaction.id,
    status,
    approvalWeight: status === 'pending' ? 0 : 1,
    totalWeight: 1,
    issuer: deviceIdOfIssuer(transaction.issuer),
    sequence: String(transaction.sequence),
    timestamp: new Date(transaction.timestampMs).toISOString(),
    parents: transaction.parents,
    payloadType: transaction.payloadType,
    payload: { kind: 'bytes' },
    bytes: Buffer.from(transaction.bytes).toString('base64url'),
    ...final,
  };
}

function readingsPage(ledger: FakeLedger, device: string, query: URLSearchParams): Answer {
  const items = ledger.order.flatMap(({ transaction, final }) => {
    if (deviceIdOfIssuer(transaction.issuer) !== device || transaction.payloadType !== PAYLOAD_TYPE.telemetry) {
      return [];
    }
    const unpacked = unpackReadings(transaction.payload);
    if (!unpacked.ok) return [];
    return unpacked.value.map((reading, index) => ({
      name: reading.name,
      time: new Date(reading.timeMs).toISOString(),
      senml: toSenmlJson([reading])[0],
      transaction: transaction.id,
      position: final?.position,
      index,
      transactionTime: new Date(transaction.timestampMs).toISOString(),
      commitTime: final?.commitTime,
    }));
  });
  const start = Number(query.get('cursor') ?? 0);
  const limit = Number(query.get('limit') ?? 100);
  const next = start + limit < items.length ? String(start + limit) : null;
  return { status: 200, body: { items: items.slice(start, start + limit), next } };
}
