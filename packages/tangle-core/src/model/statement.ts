/** The statement: what a validator signs about the tangle (PROTOCOL 2 and 3). */
import type { NetworkId, Round, StatementId, TransactionId, UnixMs, ValidatorIndex } from '../ids.js';

export interface UnsignedStatement {
  readonly network: NetworkId;
  /** From 0. */
  readonly epoch: number;
  /** From 1. */
  readonly round: Round;
  readonly author: ValidatorIndex;
  readonly timestampMs: UnixMs;
  /** The author's own previous statement of this epoch, or none. */
  readonly self: StatementId | null;
  /** Statements of round - 1, ascending ids. */
  readonly prev: readonly StatementId[];
  /** Transactions, ascending ids. */
  readonly tips: readonly TransactionId[];
}

/** A decoded statement; nothing but its form has been checked. */
export interface Statement extends UnsignedStatement {
  readonly kind: 'statement';
  readonly id: StatementId;
  readonly signature: Uint8Array;
  readonly bytes: Uint8Array;
}

declare const checked: unique symbol;
/** S1 and S4 and the form of S2, S3 hold; what it cites has not been looked at. */
export type CheckedStatement = Statement & { readonly [checked]: 'statement' };
