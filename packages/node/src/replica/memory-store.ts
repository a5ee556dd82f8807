/**
 * The store on maps: for the simulator, tests and throw-away nodes. Deterministic, and split in two so that a crash is
 * easy to play: a MemoryDisk survives, a MemoryStore is one process' use of it. It imports nothing of the machine.
 */
import type { Guard, Recovered } from '@tangle/core/engine';
import type { StatementId, TransactionId, ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { CheckedStatement, CheckedTransaction, Commit, CommitHead } from '@tangle/core/model';
import type { FinishedStatement, History } from '@tangle/core/tangle';
import type { LogRecord, RecoveredLog, StoredTransaction, StorePort, StoreRecord } from './ports.js';
import { invariant, present } from '@tangle/core/assert';

/** What is durable. Records are the engine's own immutable objects; none is copied. */
export class MemoryDisk {
  /** Made fresh for this node: an empty past is its whole past (PROTOCOL 9). */
  readonly firstStart: boolean;
  readonly #transactions = new Map<TransactionId, CheckedTransaction>();
  /** Insertion order is the order of acceptance. */
  readonly #pending = new Set<TransactionId>();
  readonly #finals = new Map<TransactionId, NonNullable<StoredTransaction['final']>>();
  readonly #statements = new Map<StatementId, CheckedStatement>();
  readonly #unfinished = new Set<StatementId>();
  /** The newest of `epoch/author`, by round and then id. */
  readonly #newestStatements = new Map<string, CheckedStatement>();
  readonly #commits = new Map<number, Commit>();
  readonly #state = new Map<string, Uint8Array>();
  #guard: Guard | null = null;
  #head: CommitHead | null = null;
  #log: RecoveredLog = { head: null, cosigned: null, certified: null, published: null };

  /** @param firstStart false plays a disk that was lost: the node that opens it doubts its own past. */
  constructor({ firstStart }: { readonly firstStart: boolean }) {
    this.firstStart = firstStart;
  }

  /** A copy as it is now, for a backup that is put back later. */
  snapshot(): MemoryDisk {
    const copy = new MemoryDisk(this);
    copyMap(this.#transactions, copy.#transactions);
    copySet(this.#pending, copy.#pending);
    copyMap(this.#finals, copy.#finals);
    copyMap(this.#statements, copy.#statements);
    copySet(this.#unfinished, copy.#unfinished);
    copyMap(this.#newestStatements, copy.#newestStatements);
    copyMap(this.#commits, copy.#commits);
    copyMap(this.#state, copy.#state);
    copy.#guard = this.#guard;
    copy.#head = this.#head;
    copy.#log = this.#log;
    return copy;
  }

  /** Whoever put this copy in place says so: the node that opens it doubts its own past (PROTOCOL 9). */
  doubt(): void {
    this.#guard = { epoch: 0, round: 0, id: null, ...this.#guard, inDoubt: true };
  }

  /** One batch, whole. */
  apply(records: readonly StoreRecord[]): void {
    for (const record of records) {
      switch (record.kind) {
        case 'transaction':
          // Only checked vertices are accepted, and only accepted ones are persisted.
          this.#transactions.set(record.transaction.id, record.transaction as CheckedTransaction);
          this.#pending.add(record.transaction.id);
          break;
        case 'statement':
          this.#acceptStatement(record.statement as CheckedStatement);
          break;
        case 'guard':
          this.#guard = record.guard;
          break;
        case 'commit':
          this.#head = record.head;
          for (const { key, value } of record.stateChanges) {
            if (value === null) {
              this.#state.delete(key);
            } else {
              this.#state.set(key, value);
            }
          }
          this.#applyCommit(record.commit);
          break;
        case 'log':
          this.#applyLog(record);
          break;
      }
    }
  }

  recover(): Recovered {
    const epoch = this.#head?.epoch ?? 0;
    const unfinished = [...this.#unfinished].map((id) =>
      present(this.#statements.get(id), () => `statement ${id} is there`),
    );
    return {
      head: this.#head,
      state: [...this.#state].map(([key, value]) => ({ key, value })),
      pending: [...this.#pending].map((id) => present(this.#transactions.get(id), () => `transaction ${id} is there`)),
      statements: unfinished.filter((statement) => statement.epoch >= epoch),
      guard: this.#guard,
      doubtful: this.#guard?.inDoubt ?? !this.firstStart,
    };
  }

  transaction(id: TransactionId): CheckedTransaction | undefined {
    return this.#transactions.get(id);
  }

  final(id: TransactionId): NonNullable<StoredTransaction['final']> | undefined {
    return this.#finals.get(id);
  }

  statement(id: StatementId): CheckedStatement | undefined {
    return this.#statements.get(id);
  }

  /** What history remembers of a statement that a commit has finished. */
  finished(id: StatementId): FinishedStatement | undefined {
    return this.#unfinished.has(id) ? undefined : this.#statements.get(id);
  }

  newestStatementOf(epoch: number, author: ValidatorIndex): CheckedStatement | undefined {
    return this.#newestStatements.get(`${epoch}/${author}`);
  }

  commit(index: number): Commit | undefined {
    return this.#commits.get(index);
  }

  get head(): CommitHead | null {
    return this.#head;
  }

  get guard(): Guard | null {
    return this.#guard;
  }

  /** All of them, in order of acceptance. */
  transactions(): Iterable<CheckedTransaction> {
    return this.#transactions.values();
  }

  /** As `transactions`. */
  statements(): Iterable<CheckedStatement> {
    return this.#statements.values();
  }

  /** The right border of the log's tree and what was signed of it; the leaves follow from the commits. */
  get log(): RecoveredLog {
    return this.#log;
  }

  #acceptStatement(statement: CheckedStatement): void {
    const { id, epoch, author, round } = statement;
    this.#statements.set(id, statement);
    this.#unfinished.add(id);
    const newest = this.newestStatementOf(epoch, author);
    if (newest === undefined || round > newest.round || (round === newest.round && id > newest.id)) {
      this.#newestStatements.set(`${epoch}/${author}`, statement);
    }
  }

  #applyLog({ growth, cosigned, certified, published }: LogRecord): void {
    const before = this.#log;
    this.#log = {
      head: growth?.head ?? before.head,
      cosigned: cosigned ?? before.cosigned,
      certified: certified ?? before.certified,
      published: published ?? before.published,
    };
  }

  #applyCommit(commit: Commit): void {
    this.#commits.set(commit.index, commit);
    for (const entry of commit.entries) {
      this.#pending.delete(entry.id);
      this.#finals.set(entry.id, {
        id: entry.id,
        position: entry.position,
        issuer: entry.issuer,
        issuerIndex: entry.issuerIndex,
        outcome: entry.outcome,
        evidence: entry.evidence,
        commitIndex: commit.index,
        commitTimeMs: commit.timeMs,
      });
    }
    for (const id of commit.statements) {
      this.#unfinished.delete(id);
    }
  }
}

/** What becomes of a batch: `failed-written` is the failed sync after which the record turns out to be there. */
export type WriteFate = 'written' | 'failed-written' | 'failed-lost';

export interface MemoryStoreOptions {
  readonly disk: MemoryDisk;
  /** Called with each batch before it is durable; takes its time and decides. Without it every write succeeds at once. */
  readonly beforeWrite?: (records: readonly StoreRecord[]) => Promise<WriteFate>;
  /** Plays bit rot: true where this record reads back altered, which every store notices. Commits go by their index. */
  readonly isRotten?: (record: VertexId | number) => boolean;
}

/** What a disk fault looks like to the replica: the same `code` as with LevelDB. */
class MemoryDiskError extends Error {
  override readonly name = 'MemoryDiskError';
  readonly code: 'disk-failed' | 'record-corrupt';

  constructor(code: MemoryDiskError['code'], message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

export class MemoryStore implements StorePort {
  readonly history: History;
  readonly #disk: MemoryDisk;
  readonly #beforeWrite: MemoryStoreOptions['beforeWrite'];
  readonly #isRotten: MemoryStoreOptions['isRotten'];
  #isWriting = false;
  #isCrashed = false;
  #failure: MemoryDiskError | null = null;

  constructor({ disk, beforeWrite, isRotten }: MemoryStoreOptions) {
    this.#disk = disk;
    this.#beforeWrite = beforeWrite;
    this.#isRotten = isRotten;
    this.history = {
      isFinal: (id) => this.#read(id).final(id) !== undefined,
      statement: (id) => this.#read(id).finished(id),
    };
  }

  /** The process is gone: a batch under way is lost and its promise never settles. The disk can be opened again. */
  crash(): void {
    this.#isCrashed = true;
  }

  async recover(): Promise<Recovered> {
    const recovered = this.#read().recover();
    for (const { id } of [...recovered.pending, ...recovered.statements]) this.#read(id);
    return recovered;
  }

  async recoverLog(): Promise<RecoveredLog> {
    return this.#read().log;
  }

  async write(records: readonly StoreRecord[]): Promise<void> {
    const disk = this.#read();
    invariant(!this.#isWriting, 'a write began while another was under way');
    this.#isWriting = true;
    const fate = this.#beforeWrite === undefined ? 'written' : await this.#beforeWrite(records);
    if (this.#isCrashed) {
      return new Promise(() => {
        // Nobody is left to hear of it.
      });
    }
    this.#isWriting = false;
    if (fate !== 'failed-lost') {
      disk.apply(records);
    }
    if (fate !== 'written') {
      this.#failure = new MemoryDiskError('disk-failed', 'a write failed, the store must be opened again');
      throw this.#failure;
    }
    return undefined;
  }

  async transaction(id: TransactionId): Promise<StoredTransaction | undefined> {
    const transaction = this.#read(id).transaction(id);
    return transaction && { bytes: transaction.bytes, final: this.#disk.final(id) ?? null };
  }

  async statement(id: StatementId): Promise<Uint8Array | undefined> {
    return this.#read(id).statement(id)?.bytes;
  }

  async vertex(id: VertexId): Promise<Uint8Array | undefined> {
    const vertex = this.#read(id).transaction(id as TransactionId) ?? this.#disk.statement(id as StatementId);
    return vertex?.bytes;
  }

  async commit(index: number): Promise<Commit | undefined> {
    return this.#read(index).commit(index);
  }

  async newestStatementOf(epoch: number, author: ValidatorIndex): Promise<Uint8Array | undefined> {
    const newest = this.#read().newestStatementOf(epoch, author);
    return newest && this.#read(newest.id).statement(newest.id)?.bytes;
  }

  async head(): Promise<CommitHead | undefined> {
    return this.#read().head ?? undefined;
  }

  async close(): Promise<void> {
    this.#isCrashed = true;
  }

  /** @param record what is about to be read, where it is one that may have rotted. */
  #read(record?: VertexId | number): MemoryDisk {
    if (this.#failure !== null) {
      throw this.#failure;
    }
    if (record !== undefined && this.#isRotten?.(record) === true) {
      throw new MemoryDiskError('record-corrupt', `record ${record} does not match its checksum`);
    }
    return this.#disk;
  }
}

function copyMap<Key, Value>(from: ReadonlyMap<Key, Value>, to: Map<Key, Value>): void {
  for (const [key, value] of from) {
    to.set(key, value);
  }
}

function copySet<Value>(from: ReadonlySet<Value>, to: Set<Value>): void {
  for (const value of from) {
    to.add(value);
  }
}
