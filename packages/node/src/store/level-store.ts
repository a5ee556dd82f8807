/**
 * The store of a real node: LevelDB through classic-level, one synced batch per turn. A batch is there whole or not at
 * all; what was acknowledged survives a power cut. Key spaces: keys.ts; values: records.ts; checks: checked-reader.ts.
 */
import type { Crypto } from '@tangle/core/crypto';
import type { Recovered } from '@tangle/core/engine';
import type { StatementId, TransactionId, ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { Commit, CommitEntry, CommitHead, Genesis, StateChange } from '@tangle/core/model';
import type { FinishedStatement, History } from '@tangle/core/tangle';
import type { RecoveredLog, StoredTransaction, StorePort, StoreRecord } from '../replica/index.js';
import type { LedgerDatabase } from './checked-reader.js';
import type { DiskReserve } from './disk-reserve.js';
import type { ExportLine } from './export.js';
import type { ReadingPage, TimeRange } from './reading-index.js';
import type { FinalTransaction } from './records.js';
import { invariant } from '@tangle/core/assert';
import { toHex } from '@tangle/core/codec';
import { backupOf } from './backup.js';
import { CheckedReader } from './checked-reader.js';
import { writeDurably } from './durable-batch.js';
import { asStoreError, RecordCorruptError, StoreError } from './errors.js';
import { exportLines, pendingIds } from './export.js';
import { establishIdentity } from './identity.js';
import { settleHome } from './home.js';
import { checkCleanStop, consumeCleanStop, markCleanStop, readJournal } from './journal.js';
import { allOf, commitKey, guardKey, headKey, idKey, idOfKey, positionsFrom, statementsOfAuthor } from './keys.js';
import { migrate } from './migrations.js';
import { openDatabase } from './open-database.js';
import { readReadings } from './reading-index.js';
import {
  decodeCommit,
  decodeCounter,
  decodeFinal,
  decodeFinished,
  decodeGuard,
  decodeHead,
  decodeId,
  decodeUnfinished,
  NO_VALUE,
} from './records.js';
import { StoredLog } from './stored-log.js';
import { planWrites, type WriteState } from './write-plan.js';

export interface LevelStoreOptions {
  /** The node's data directory; made where it does not exist. */
  readonly directory: string;
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  /** Told in words of what of the log had to be made again. Default: nobody is. */
  readonly onRepair?: (what: string) => void;
  /** Told that the directory is a copy: what the validator has signed since is not in it. */
  readonly onCopy?: () => void;
  /** Told of each step from an older store format to a newer one. */
  readonly onMigrated?: (from: number, to: number) => void;
  /** Told how long each durable write took. */
  readonly onWritten?: (seconds: number) => void;
  /** Asked before every write. Default: the disk is as large as it is. */
  readonly reserve?: DiskReserve;
}

/** Vertices read at once in recovery: of the largest transactions 17 MB. */
const RECOVERED_AT_ONCE = 256;

/**
 * Opens the data directory for this process alone. Rejects with a StoreError: `data-directory-in-use`, `wrong-network`,
 * `unsupported-store-format`, `record-corrupt`, `store-unreadable`, `disk-full` or `disk-failed`.
 *
 * @example
 * const store = await openLevelStore({ directory: 'tangle-data/node-1', genesis, crypto });
 * const recovered = await store.recover();
 */
export async function openLevelStore(options: LevelStoreOptions): Promise<LevelStore> {
  const { directory, genesis, crypto } = options;
  const database = await openDatabase(directory, options.reserve);
  try {
    const reader = new CheckedReader(database, crypto);
    const identity = await establishIdentity(database, directory, genesis, reader);
    await migrate({ database, reader, genesis, crypto, identity }, options.onMigrated ?? (() => undefined));
    const batch = await readJournal(reader);
    await checkCleanStop(directory, batch);
    const log = await StoredLog.open({
      database,
      reader,
      genesis,
      crypto,
      onRepair: options.onRepair ?? (() => undefined),
    });
    const acceptance = await nextAcceptance(reader);
    await consumeCleanStop(directory);
    if (await settleHome(database, directory, genesis, reader)) options.onCopy?.();
    return new LevelStore(database, options, { batch, acceptance }, log);
  } catch (error) {
    await database.close();
    throw asStoreError(error, `opening ${directory}`);
  }
}

/** Acceptance is counted on from what is still open: only the order among that matters. */
async function nextAcceptance(reader: CheckedReader): Promise<number> {
  let next = 0;
  for await (const { value } of reader.scan(allOf('pending'), decodeCounter)) {
    next = Math.max(next, value + 1);
  }
  for await (const { value } of reader.scan(allOf('unfinished'), decodeUnfinished)) {
    next = Math.max(next, value.acceptance + 1);
  }
  return next;
}

/** Made by `openLevelStore`. */
export class LevelStore implements StorePort {
  readonly history: History;
  readonly #database: LedgerDatabase;
  readonly #crypto: Crypto;
  readonly #reader: CheckedReader;
  readonly #log: StoredLog;
  readonly #directory: string;
  readonly #reserve: DiskReserve | undefined;
  readonly #onWritten: (seconds: number) => void;
  #state: Omit<WriteState, 'edge'>;
  #isWriting = false;
  #failure: StoreError | null = null;

  constructor(
    database: LedgerDatabase,
    { crypto, directory, reserve, onWritten = () => undefined }: LevelStoreOptions,
    state: Omit<WriteState, 'edge'>,
    log: StoredLog,
  ) {
    this.#database = database;
    this.#crypto = crypto;
    this.#reader = new CheckedReader(database, crypto);
    this.#state = state;
    this.#log = log;
    this.#directory = directory;
    this.#reserve = reserve;
    this.#onWritten = onWritten;
    this.history = {
      isFinal: (id) => this.#read().getSync(idKey('final', id), () => true) === true,
      statement: (id): FinishedStatement | undefined => this.#read().getSync(idKey('finished', id), decodeFinished),
    };
  }

  async recover(): Promise<Recovered> {
    const head = await this.#checkedHead();
    const state: StateChange[] = [];
    for await (const { key, value } of this.#read().scan(allOf('state'), (bytes) => new Uint8Array(bytes))) {
      state.push({ key: toHex(key, 1), value });
    }
    const guard = await this.#read().get(guardKey(), decodeGuard);
    if (guard === undefined) throw new RecordCorruptError('guard', toHex(guardKey()), 'is missing');
    return {
      head,
      state,
      pending: await inBatches(await pendingIds(this.#read()), (ids) => this.#read().transactions(ids)),
      statements: await inBatches(await this.#unfinishedIds(head?.epoch ?? 0), (ids) => this.#read().statements(ids)),
      // The one that came with the identity guards nothing yet.
      guard: guard.round === 0 && guard.id === null ? null : guard,
      doubtful: guard.inDoubt,
    };
  }

  async recoverLog(): Promise<RecoveredLog> {
    this.#read();
    return this.#log.recover();
  }

  /** Tiles, bundles and hashes of the log. Nothing is read from it that the caller does not know to be durable. */
  get log(): Pick<StoredLog, 'tile' | 'entries' | 'leaves' | 'recordOf' | 'range' | 'withHashes'> {
    this.#read();
    return this.#log;
  }

  async write(records: readonly StoreRecord[]): Promise<void> {
    this.#read();
    invariant(!this.#isWriting, 'a write began while another was under way');
    // What this throws is no failure of the store: nothing is written yet, and what is there stays good.
    this.#reserve?.ensureRoom();
    this.#isWriting = true;
    try {
      const plan = planWrites(records, { ...this.#state, edge: this.#log.edge });
      const sinceMs = performance.now();
      await writeDurably(this.#database, plan.operations);
      this.#onWritten((performance.now() - sinceMs) / 1_000);
      this.#state = { batch: plan.batch, acceptance: plan.acceptance };
      this.#log.edge = plan.edge;
    } catch (error) {
      const failure = asStoreError(error, 'writing');
      this.#failure = new StoreError('disk-failed', 'an earlier write failed, the store must be opened again', failure);
      throw failure;
    } finally {
      this.#isWriting = false;
    }
  }

  async transaction(id: TransactionId): Promise<StoredTransaction | undefined> {
    const bytes = await this.#read().vertexBytes('transaction', id);
    if (bytes === undefined) {
      return undefined;
    }
    const final = await this.final(id);
    if (final !== undefined) return { bytes, final };
    const isPending = (await this.#read().get(idKey('pending', id), decodeCounter)) !== undefined;
    // A commit may have come between the two reads.
    const since = isPending ? null : await this.final(id);
    if (since === undefined) throw new RecordCorruptError('final', toHex(idKey('final', id)), 'is missing');
    return { bytes, final: since };
  }

  /** Where a transaction stands in the order; undefined while it is not final. */
  async final(id: TransactionId): Promise<FinalTransaction | undefined> {
    return this.#read().get(idKey('final', id), (value) => decodeFinal(id, value));
  }

  async statement(id: StatementId): Promise<Uint8Array | undefined> {
    return this.#read().vertexBytes('statement', id);
  }

  async vertex(id: VertexId): Promise<Uint8Array | undefined> {
    return (await this.#read().vertexBytes('transaction', id)) ?? (await this.#read().vertexBytes('statement', id));
  }

  async commit(index: number): Promise<Commit | undefined> {
    const record = await this.#read().get(commitKey(index), (value) => decodeCommit(index, value));
    if (record === undefined) {
      return undefined;
    }
    const { ids, ...commit } = record;
    const entries = (await this.#read().finals(ids)).map(
      ({ id, position, issuer, issuerIndex, outcome, evidence }): CommitEntry => {
        return { id, position, issuer, issuerIndex, outcome, evidence };
      },
    );
    return { ...commit, entries };
  }

  async newestStatementOf(epoch: number, author: ValidatorIndex): Promise<Uint8Array | undefined> {
    const range = statementsOfAuthor(epoch, author);
    for await (const { key } of this.#read().scan(range, () => NO_VALUE, { reverse: true, limit: 1 })) {
      const id = idOfKey<StatementId>(key);
      const bytes = await this.statement(id);
      if (bytes === undefined) {
        throw new RecordCorruptError('statement', toHex(idKey('statement', id)), 'is missing');
      }
      return bytes;
    }
    return undefined;
  }

  async head(): Promise<CommitHead | undefined> {
    return this.#read().get(headKey(), decodeHead);
  }

  /** Final transactions above a position, ascending, at most `limit`. Positions start at 0: -1 asks from the first. */
  async finalAfter(position: number, limit: number): Promise<readonly FinalTransaction[]> {
    const ids: TransactionId[] = [];
    for await (const { value } of this.#read().scan(positionsFrom(position + 1), decodeId, { limit })) {
      ids.push(value);
    }
    return this.#read().finals(ids);
  }

  /**
   * Readings of an issuer (hex) by source time, ascending (time, position, index), at most `limit` a page. `cursor` is
   * the `next` of the page before; any other text throws RangeError.
   */
  async readings(issuer: string, range: TimeRange, cursor: string | null, limit: number): Promise<ReadingPage> {
    return readReadings(this.#read(), issuer, range, cursor, limit);
  }

  /** The lines of `tangle export`, as of the call of the first `next`, although the node goes on writing. */
  async *exportLines(genesis: Genesis): AsyncGenerator<ExportLine, void, undefined> {
    this.#read();
    const snapshot = this.#database.snapshot();
    try {
      yield* exportLines(new CheckedReader(this.#database, this.#crypto, snapshot), genesis);
    } finally {
      await snapshot.close();
    }
  }

  /** The bytes of a backup, as of the call of the first `next`, although the node goes on writing. */
  async *backup(genesis: Genesis): AsyncGenerator<Uint8Array, void, undefined> {
    this.#read();
    const snapshot = this.#database.snapshot();
    try {
      yield* backupOf(this.#database, genesis, this.#crypto, snapshot);
    } finally {
      await snapshot.close();
    }
  }

  /** After a write with an unknown outcome nothing is vouched for: the next opening takes what is there. */
  async close(): Promise<void> {
    const isOpen = this.#database.status === 'open';
    try {
      await this.#database.close();
      if (isOpen && this.#failure === null) await markCleanStop(this.#directory, this.#state.batch);
    } catch (error) {
      throw asStoreError(error, 'closing');
    }
  }

  /** Nothing is read from a store whose last write has an unknown outcome: it might show what is not durable. */
  #read(): CheckedReader {
    if (this.#failure !== null) {
      throw this.#failure;
    }
    return this.#reader;
  }

  /** The head, once the commit it names is seen to be there. */
  async #checkedHead(): Promise<CommitHead | null> {
    const head = await this.head();
    if (head === undefined) {
      return null;
    }
    const key = commitKey(head.index);
    const commit = await this.#read().get(key, (value) => decodeCommit(head.index, value));
    if (commit?.digest !== head.digest) {
      throw new RecordCorruptError('commit', toHex(key), 'is not the commit that the head names');
    }
    return head;
  }

  /** Statements of closed epochs that no commit finished are of no use any more. */
  async #unfinishedIds(epoch: number): Promise<StatementId[]> {
    const unfinished: { readonly id: StatementId; readonly acceptance: number }[] = [];
    for await (const { key, value } of this.#read().scan(allOf('unfinished'), decodeUnfinished)) {
      if (value.epoch >= epoch) {
        unfinished.push({ id: idOfKey(key), acceptance: value.acceptance });
      }
    }
    return unfinished.sort((left, right) => left.acceptance - right.acceptance).map(({ id }) => id);
  }
}

async function inBatches<Id, Vertex>(
  ids: readonly Id[],
  read: (ids: readonly Id[]) => Promise<readonly Vertex[]>,
): Promise<Vertex[]> {
  const vertices: Vertex[] = [];
  for (let start = 0; start < ids.length; start += RECOVERED_AT_ONCE) {
    for (const vertex of await read(ids.slice(start, start + RECOVERED_AT_ONCE))) {
      vertices.push(vertex);
    }
  }
  return vertices;
}
