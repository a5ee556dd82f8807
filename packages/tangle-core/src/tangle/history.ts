/**
 * What the tangle no longer holds in memory but must never forget (PROTOCOL 9): ids of final transactions and of
 * finished statements. Synchronous, because acceptance may not wait: a LevelDB `getSync`, or a Map in the simulator.
 */
import type { Round, StatementId, TransactionId, UnixMs, ValidatorIndex } from '../ids.js';

/** What is left of a statement whose cone is final. */
export interface FinishedStatement {
  readonly epoch: number;
  readonly round: Round;
  readonly author: ValidatorIndex;
  /** A leader's commit time is a median over its prev, which may be finished (PROTOCOL 5). */
  readonly timestampMs: UnixMs;
}

export interface History {
  isFinal(id: TransactionId): boolean;
  statement(id: StatementId): FinishedStatement | undefined;
}
