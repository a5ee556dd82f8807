/** What a store hands back at start: enough to go on as if the process had never stopped (PROTOCOL 9 and 12.12). */
import type { CommitHead, StateChange } from '../model/commit.js';
import type { CheckedStatement } from '../model/statement.js';
import type { CheckedTransaction } from '../model/transaction.js';
import type { Guard } from './effects.js';

export interface Recovered {
  /** Null in a store that has no commit yet. */
  readonly head: CommitHead | null;
  /** The whole ledger state, in any order, no nulls. */
  readonly state: readonly StateChange[];
  /** Accepted transactions that are not final, in order of acceptance. */
  readonly pending: readonly CheckedTransaction[];
  /** Accepted statements of the epoch that no commit has finished, in order of acceptance. */
  readonly statements: readonly CheckedStatement[];
  readonly guard: Guard | null;
  /** True where the guard says so, or where a past may be lost: no guard and not a first start (PROTOCOL 9). */
  readonly doubtful: boolean;
}
