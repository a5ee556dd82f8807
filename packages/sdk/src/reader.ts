/**
 * Reads a ledger through its nodes. Every answer is checked for its form, and bytes are hashed again: a node cannot pass
 * off other bytes as the transaction asked for. What a node says about status and order is its word; a proof is needed
 * to trust it with nobody.
 */
import type { DeviceId, Digest, TransactionId } from '@tangle/core/ids';
import type { Transaction } from '@tangle/core/model';
import type { Connection, ConnectionOptions } from './connection.js';
import type { Field } from './client/shape.js';
import type { DeviceInfo, LedgerEvent, NodeInfo, Page, ReadingInfo, TransactionInfo } from './client/wire.js';
import type { BlobStore } from './blobs.js';
import type { TimeInput } from './device/payload.js';
import type { ProofOptions } from './device/receipt.js';
import type { Proof } from './proof/proof-source.js';
import type { RangeBundle } from './proof/range-bundle.js';
import type { Batch } from '@tangle/core/proof';
import { decodeTransaction } from '@tangle/core/codec';
import { isIdText } from '@tangle/core/ids';
import { parseDeviceId } from '@tangle/core/model';
import { fromSenmlJson } from '@tangle/telemetry';
import { loadBatch } from './blobs.js';
import { followEvents } from './client/event-stream.js';
import { readDevice, readInfo, readPage, readTransaction } from './client/wire.js';
import { connect } from './connection.js';
import { toUnixMs } from './device/payload.js';
import { invalidArgument, TangleError } from './errors.js';
import { fetchProof, proofOfReading } from './proof/proof-source.js';
import { fetchRangeBundle } from './proof/range-bundle.js';

/** A transaction whose bytes hash to its id. */
export interface ReadTransaction extends TransactionInfo {
  /** Decoded from the checked bytes. */
  readonly transaction: Transaction;
}

export interface ReadingsOptions {
  /** Source time, from <= t < to. */
  readonly from?: TimeInput;
  readonly to?: TimeInput;
  /** Items of a page, 1 to 1,000; default 500. */
  readonly pageSize?: number;
}

export interface SpanOptions {
  /** Commit time, from <= t < to. */
  readonly from: TimeInput;
  readonly to: TimeInput;
}

export interface EventsOptions {
  /** Default: all. */
  readonly kinds?: readonly ('witnessed' | 'final' | 'commit' | 'certified')[];
  /** Only final events of this device. */
  readonly issuer?: DeviceId | string;
  /** Resume after this position; default: from now on. */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

const PAGE_SIZE_DEFAULT = 500;

export class Reader {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Throws `invalid-genesis`, `genesis-mismatch`, `invalid-argument`.
   * @example
   * const reader = await Reader.open({ genesis, nodes: ['http://127.0.0.1:7410'] });
   * for await (const { reading, commitTimeMs } of reader.readings(device, { from: '2026-01-01T00:00:00Z' })) { ... }
   */
  static async open(options: ConnectionOptions): Promise<Reader> {
    return new Reader(await connect(options));
  }

  get genesisHash(): Digest {
    return this.#connection.network.genesisHash;
  }

  /** What the preferred node says of itself; `unexpected-response` where it turned to another network. */
  info(): Promise<NodeInfo> {
    return this.#get('/v1/info', (field) => {
      const info = readInfo(field);
      if (info.genesisHash !== this.genesisHash) throw field.get('genesisHash').unexpected(this.genesisHash);
      return info;
    });
  }

  /** Null where the node does not hold it. Other bytes than the id's are an `unexpected-response`; another node is asked. */
  async transaction(id: TransactionId | string): Promise<ReadTransaction | null> {
    checkId(id);
    return orNull('transaction-not-found', () =>
      this.#get(`/v1/transactions/${id}`, (field) => {
        const info = readTransaction(field);
        const decoded = decodeTransaction(info.bytes, this.#connection.crypto);
        if (!decoded.ok) throw field.get('bytes').unexpected('the bytes of a transaction');
        if (decoded.value.id !== id) throw field.get('bytes').unexpected(`bytes that hash to ${id}`);
        if (info.id !== id) throw field.get('id').unexpected(id);
        return { ...info, transaction: decoded.value };
      }),
    );
  }

  /** Null where it was never registered. */
  async device(id: DeviceId | string): Promise<DeviceInfo | null> {
    const path = `/v1/devices/${checkDevice(id)}`;
    return orNull('device-not-found', () =>
      this.#get(path, (field) => {
        const info = readDevice(field);
        if (info.id !== id) throw field.get('id').unexpected(id);
        return info;
      }),
    );
  }

  /** Every device of the registry. */
  devices(): AsyncGenerator<DeviceInfo, void, undefined> {
    return this.#pages('/v1/devices', new URLSearchParams({ limit: String(PAGE_SIZE_DEFAULT) }), readDevice);
  }

  /** Readings of a device, ascending by source time, position and index. */
  readings(id: DeviceId | string, options: ReadingsOptions = {}): AsyncGenerator<ReadingInfo, void, undefined> {
    const query = new URLSearchParams({ limit: String(options.pageSize ?? PAGE_SIZE_DEFAULT) });
    if (options.from !== undefined) query.set('from', new Date(toUnixMs(options.from, 'from')).toISOString());
    if (options.to !== undefined) query.set('to', new Date(toUnixMs(options.to, 'to')).toISOString());
    return this.#pages(`/v1/devices/${checkDevice(id)}/readings`, query, readReading);
  }

  /** Events as they happen, resumed after every cut until `signal` is aborted or the reader is closed. */
  async *events(options: EventsOptions = {}): AsyncGenerator<LedgerEvent, void, undefined> {
    const query = new URLSearchParams();
    if (options.kinds !== undefined) query.set('kinds', options.kinds.join(','));
    if (options.issuer !== undefined) query.set('issuer', checkDevice(options.issuer));
    const { signal } = this.#connection.controller;
    const ended = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
    const following = { after: options.after ?? null, ...(query.size > 0 && { query: query.toString() }) };
    for await (const item of followEvents(following, this.#connection, ended)) {
      if (item.kind !== 'connected') yield item;
    }
  }

  /**
   * The proof file of a final transaction, or of one sample of the batch that it anchors, verified against the genesis
   * before it is returned. Throws `not-final` and `not-certified` while there is none (`retryAfterMs` says when to ask
   * again), `transaction-not-found`, `genesis-needed`, `proof-invalid`, and for a reading what `batch` throws.
   */
  async proof(id: TransactionId | string, { reading, blobs }: ProofOptions = {}): Promise<Proof> {
    const proof = await fetchProof(checkId(id), this.#connection);
    if (reading === undefined) return proof;
    if (blobs === undefined) {
      throw invalidArgument('blobs', 'missing', 'the blob store that has the samples of the batch');
    }
    const { leaf } = proof.verdict.proof;
    if (leaf.kind !== 'entry') throw new TangleError('no-anchor', `${id} is a commit record`);
    const batch = await loadBatch(leaf.transaction, blobs, this.#connection.crypto);
    return proofOfReading(proof, batch, reading, this.#connection);
  }

  /**
   * The batch that a transaction anchors, out of a blob store, every sample checked against the root on the ledger.
   * Null where the node does not hold the transaction. Throws `no-anchor`, `blob-unavailable`, `blob-does-not-match`.
   */
  async batch(id: TransactionId | string, blobs: BlobStore): Promise<Batch | null> {
    const found = await this.transaction(id);
    return found === null ? null : loadBatch(found.transaction, blobs, this.#connection.crypto);
  }

  /**
   * Every entry of a device in a span of commit time as one file, with the proof that none was left out, verified against
   * the genesis before it is returned. `verdict.range.completeness` says whether the end is closed by a later entry.
   * Throws `nothing-to-show` where the device has no entry or the log ends before the span, `genesis-needed`,
   * `proof-invalid`.
   */
  async rangeBundle(id: DeviceId | string, { from, to }: SpanOptions): Promise<RangeBundle> {
    const span = { fromMs: toUnixMs(from, 'from'), toMs: toUnixMs(to, 'to') };
    if (span.fromMs >= span.toMs) throw invalidArgument('to', to, 'a time after from');
    return fetchRangeBundle(checkDevice(id), span, this.#connection);
  }

  /** Ends every request and iterator. */
  close(): void {
    this.#connection.controller.abort();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #get<Value>(path: string, read: (field: Field) => Value): Promise<Value> {
    const { pool, controller } = this.#connection;
    return pool.read(async (client) => read(await client.getJson(path, controller.signal)), controller.signal);
  }

  async *#pages<Item>(
    path: string,
    query: URLSearchParams,
    read: (field: Field) => Item,
  ): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      const page: Page<Item> = await this.#get(`${path}?${query.toString()}`, (field) => readPage(field, read));
      yield* page.items;
      if (page.next === null) return;
      if (page.next === query.get('cursor')) {
        throw new TangleError('unexpected-response', 'next is the cursor of the same page', {
          details: { field: 'next' },
        });
      }
      query.set('cursor', page.next);
    }
  }
}

function checkId(id: string): TransactionId {
  if (!isIdText(id)) throw invalidArgument('id', id, '64 lower-case hex digits');
  return id as TransactionId;
}

function checkDevice(id: string): DeviceId {
  const parsed = parseDeviceId(id);
  if (!parsed.ok) throw invalidArgument('device', id, parsed.reason.allowed);
  return parsed.value.deviceId;
}

async function orNull<Value>(code: string, operation: () => Promise<Value>): Promise<Value | null> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof TangleError && error.code === code) return null;
    throw error;
  }
}

function readReading(field: Field): ReadingInfo {
  const record = field.get('senml');
  const resolved = fromSenmlJson([record.raw]);
  const reading = resolved.ok ? resolved.value[0] : undefined;
  if (reading === undefined) throw record.unexpected('a resolved SenML record');
  return {
    reading,
    transaction: field.get('transaction').hex(32),
    position: field.get('position').integer(),
    index: field.get('index').integer(),
    transactionTimeMs: field.get('transactionTime').time(),
    commitTimeMs: field.get('commitTime').time(),
  };
}
