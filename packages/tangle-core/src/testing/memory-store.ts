/**
 * The persist records of an engine folded in memory: the history port while it runs, and what a store would hand back
 * at a restart. The simulator's disk and the recovery tests fold with it; node/store does the same on LevelDB.
 */
import type { Guard, PersistRecord } from '../engine/effects.js';
import type { Recovered } from '../engine/recovered.js';
import type { StatementId, TransactionId, ValidatorIndex } from '../ids.js';
import type { Commit, CommitHead } from '../model/commit.js';
import type { CheckedStatement } from '../model/statement.js';
import type { CheckedTransaction } from '../model/transaction.js';
import type { FinishedStatement, History } from '../tangle/history.js';

export class MemoryStore implements History {
  /** Everything accepted, in order of acceptance; the engine handed it out, so it was checked. */
  readonly #transactions = new Map<TransactionId, CheckedTransaction>();
  readonly #statements = new Map<StatementId, CheckedStatement>();
  readonly #final = new Set<TransactionId>();
  readonly #finished = new Map<StatementId, FinishedStatement>();
  readonly #state = new Map<string, Uint8Array>();
  readonly #commits: Commit[] = [];
  #head: CommitHead | null = null;
  #guard: Guard | null = null;

  /** The store after exactly these records. */
  static from(records: Iterable<PersistRecord>): MemoryStore {
    const store = new MemoryStore();
    store.apply(records);
    return store;
  }

  /** One atomic batch. */
  apply(records: Iterable<PersistRecord>): void {
    for (const record of records) {
      switch (record.kind) {
        case 'transaction':
          this.#transactions.set(record.transaction.id, record.transaction as CheckedTransaction);
          break;
        case 'statement':
          this.#statements.set(record.statement.id, record.statement as CheckedStatement);
          break;
        case 'guard':
          this.#guard = record.guard;
          break;
        case 'commit':
          this.#applyCommit(record);
          break;
      }
    }
  }

  isFinal(id: TransactionId): boolean {
    return this.#final.has(id);
  }

  statement(id: StatementId): FinishedStatement | undefined {
    return this.#finished.get(id);
  }

  /** Any accepted vertex, open or not: what a peer may ask for. */
  vertex(id: string): CheckedTransaction | CheckedStatement | undefined {
    return this.#transactions.get(id as TransactionId) ?? this.#statements.get(id as StatementId);
  }

  get commits(): readonly Commit[] {
    return this.#commits;
  }

  get transactions(): Iterable<CheckedTransaction> {
    return this.#transactions.values();
  }

  get statements(): Iterable<CheckedStatement> {
    return this.#statements.values();
  }

  get guard(): Guard | null {
    return this.#guard;
  }

  /** Own newest statement in the store, or null. */
  newestOf(author: ValidatorIndex): CheckedStatement | null {
    let newest: CheckedStatement | null = null;
    for (const statement of this.#statements.values()) {
      if (statement.author === author && statement.round > (newest?.round ?? 0)) newest = statement;
    }
    return newest;
  }

  /** @param doubtful true where this may not be the newest copy of the disk. */
  recovered(doubtful = false): Recovered {
    return {
      head: this.#head,
      state: [...this.#state].map(([key, value]) => ({ key, value })),
      pending: [...this.#transactions.values()].filter(({ id }) => !this.#final.has(id)),
      statements: [...this.#statements.values()].filter(({ id }) => !this.#finished.has(id)),
      guard: this.#guard,
      doubtful: doubtful || this.#guard?.inDoubt === true,
    };
  }

  #applyCommit({ commit, head, stateChanges }: PersistRecord & { readonly kind: 'commit' }): void {
    this.#commits.push(commit);
    this.#head = head;
    for (const { id } of commit.entries) this.#final.add(id);
    for (const id of commit.statements) {
      const statement = this.#statements.get(id);
      if (statement === undefined) continue;
      const { epoch, round, author, timestampMs } = statement;
      this.#finished.set(id, { epoch, round, author, timestampMs });
    }
    for (const { key, value } of stateChanges) {
      if (value === null) this.#state.delete(key);
      else this.#state.set(key, value);
    }
  }
}
