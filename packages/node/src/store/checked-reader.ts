/**
 * The one place where bytes leave the database: every record is compared with its checksum, or hashed to its id again,
 * before anybody sees it. A bad one is a RecordCorruptError, never data.
 */
import type { AbstractLevel, AbstractSnapshot } from 'abstract-level';
import type { Crypto } from '@tangle/core/crypto';
import type { StatementId, TransactionId, VertexId } from '@tangle/core/ids';
import type { CheckedStatement, CheckedTransaction } from '@tangle/core/model';
import type { KeyRange } from './keys.js';
import type { FinalTransaction } from './records.js';
import { decodeStatement, decodeTransaction, statementIdOf, toHex, transactionIdOf } from '@tangle/core/codec';
import { unseal } from './checksum.js';
import { asStoreError, RecordCorruptError } from './errors.js';
import { idKey, idOfKey, keySpaceOf } from './keys.js';
import { decodeFinal } from './records.js';

/** Any abstract-level database of bytes with `getSync` and explicit snapshots. */
export type LedgerDatabase = AbstractLevel<string | Buffer | Uint8Array, Uint8Array, Uint8Array>;

export interface ScanOptions {
  readonly limit?: number;
  readonly reverse?: boolean;
}

type VertexSpace = 'transaction' | 'statement';

export class CheckedReader {
  readonly #database: LedgerDatabase;
  readonly #crypto: Crypto;
  readonly #readOptions: { readonly snapshot?: AbstractSnapshot };

  /** @param snapshot to read from; without one every read sees the newest state. */
  constructor(database: LedgerDatabase, crypto: Crypto, snapshot?: AbstractSnapshot) {
    this.#database = database;
    this.#crypto = crypto;
    this.#readOptions = snapshot === undefined ? {} : { snapshot };
  }

  /** The value, decoded; undefined where there is none. */
  async get<Value>(key: Uint8Array, decode: (value: Uint8Array) => Value | undefined): Promise<Value | undefined> {
    const stored = await this.#getRaw(key);
    return stored === undefined ? undefined : decodeChecked(key, stored, decode);
  }

  getSync<Value>(key: Uint8Array, decode: (value: Uint8Array) => Value | undefined): Value | undefined {
    let stored: Uint8Array | undefined;
    try {
      stored = this.#database.getSync(key);
    } catch (error) {
      throw asStoreError(error, 'reading');
    }
    return stored === undefined ? undefined : decodeChecked(key, stored, decode);
  }

  /** Records that another record says are there: a missing one is corruption too. */
  async getAll<Value>(
    keys: readonly Uint8Array[],
    decode: (value: Uint8Array, key: Uint8Array) => Value | undefined,
  ): Promise<Value[]> {
    const stored = await this.#getManyRaw(keys);
    return keys.map((key, index) => decodeChecked(key, presentIn(stored[index], key), (value) => decode(value, key)));
  }

  /** Records of a range in the order of their keys, as of the moment the loop begins. */
  async *scan<Value>(
    range: KeyRange,
    decode: (value: Uint8Array, key: Uint8Array) => Value | undefined,
    options: ScanOptions = {},
  ): AsyncGenerator<{ readonly key: Uint8Array; readonly value: Value }, void, undefined> {
    const iterator = this.#database.iterator({ ...range, ...options, ...this.#readOptions });
    for await (const [storedKey, sealed] of rethrowing(iterator)) {
      const key = asPlainBytes(storedKey);
      yield { key, value: decodeChecked(key, sealed, (value) => decode(value, key)) };
    }
  }

  /** Keys of a range in their order. The values are not looked at. */
  async *keys(range: KeyRange): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const key of rethrowing(this.#database.keys({ ...range, ...this.#readOptions }))) {
      yield asPlainBytes(key);
    }
  }

  /** Places of transactions that must be final. */
  async finals(ids: readonly TransactionId[]): Promise<FinalTransaction[]> {
    const keys = ids.map((id) => idKey('final', id));
    return this.getAll(keys, (value, key) => decodeFinal(idOfKey(key), value));
  }

  /** Complete signed bytes that hash to the id; undefined where there are none. */
  async vertexBytes(space: VertexSpace, id: VertexId): Promise<Uint8Array | undefined> {
    const key = idKey(space, id);
    const stored = await this.#getRaw(key);
    if (stored === undefined) {
      return undefined;
    }
    const found = space === 'transaction' ? transactionIdOf(stored, this.#crypto) : statementIdOf(stored, this.#crypto);
    if (found !== id) {
      throw new RecordCorruptError(space, toHex(key), 'does not hash to its id');
    }
    return asPlainBytes(stored);
  }

  /**
   * Transactions that must be there. The cast is the one place where a stored transaction becomes a checked one: it was
   * checked before it was stored, and bytes that still hash to its id are the very bytes that were checked.
   */
  async transactions(ids: readonly TransactionId[]): Promise<CheckedTransaction[]> {
    return this.#vertices('transaction', ids, (bytes) => decodeTransaction(bytes, this.#crypto)) as Promise<
      CheckedTransaction[]
    >;
  }

  /** As `transactions`, for statements. */
  async statements(ids: readonly StatementId[]): Promise<CheckedStatement[]> {
    return this.#vertices('statement', ids, (bytes) => decodeStatement(bytes, this.#crypto)) as Promise<
      CheckedStatement[]
    >;
  }

  async #vertices<Vertex extends { readonly id: VertexId }>(
    space: VertexSpace,
    ids: readonly VertexId[],
    decode: (bytes: Uint8Array) => { readonly ok: true; readonly value: Vertex } | { readonly ok: false },
  ): Promise<Vertex[]> {
    const keys = ids.map((id) => idKey(space, id));
    const stored = await this.#getManyRaw(keys);
    return keys.map((key, index) => {
      const decoded = decode(presentIn(stored[index], key));
      if (!decoded.ok || decoded.value.id !== ids[index]) {
        throw new RecordCorruptError(space, toHex(key), 'does not hash to its id');
      }
      return decoded.value;
    });
  }

  async #getRaw(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.#database.get(key, this.#readOptions);
    } catch (error) {
      throw asStoreError(error, 'reading');
    }
  }

  async #getManyRaw(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    try {
      return await this.#database.getMany([...keys], this.#readOptions);
    } catch (error) {
      throw asStoreError(error, 'reading');
    }
  }
}

/** The same entries, with the database's errors as ours. */
async function* rethrowing<Entry>(entries: AsyncIterable<Entry>): AsyncGenerator<Entry, void, undefined> {
  try {
    yield* entries;
  } catch (error) {
    throw asStoreError(error, 'reading');
  }
}

function decodeChecked<Value>(
  key: Uint8Array,
  sealed: Uint8Array,
  decode: (value: Uint8Array) => Value | undefined,
): Value {
  const value = unseal(key, sealed);
  if (value === undefined) {
    throw new RecordCorruptError(keySpaceOf(key), toHex(key), 'does not match its checksum');
  }
  const decoded = decode(value);
  if (decoded === undefined) {
    throw new RecordCorruptError(keySpaceOf(key), toHex(key), 'cannot be decoded');
  }
  return decoded;
}

function presentIn(stored: Uint8Array | undefined, key: Uint8Array): Uint8Array {
  if (stored === undefined) {
    throw new RecordCorruptError(keySpaceOf(key), toHex(key), 'is missing');
  }
  return stored;
}

/** classic-level answers with Buffers; callers get the plain type that we promise. */
function asPlainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
