/** Every reason for which one transaction or statement, looked at alone, is refused (PROTOCOL 3). */
import type { CodecCode, Refusal } from '../codec/reasons.js';

export { describeReason } from '../codec/reasons.js';
export type { CodecCode, CodecReason, Refusal } from '../codec/reasons.js';

export type TransactionCode =
  | CodecCode
  /** Signed for another genesis (T1). */
  | 'wrong-network'
  /** Above the genesis parameter `maxPayload`. */
  | 'payload-too-large'
  /** Twice the same parent, and it is not the genesis (T2). */
  | 'parents-equal'
  /** A key under which anybody can sign: refused by rule R1 whatever the signature, and named for whoever made it. */
  | 'small-order-key'
  /** Refused by rule R1 (PROTOCOL 8). */
  | 'bad-signature';

export type StatementCode =
  | CodecCode
  | 'wrong-network'
  /** Not of the epoch that the given committee signs for. */
  | 'wrong-epoch'
  /** An author outside the committee (S1). */
  | 'unknown-validator'
  /** Rounds count from 1 (S1). */
  | 'round-out-of-range'
  /** A statement of round 1 that cites statements: there are none before it (S2, S3). */
  | 'first-round-cites'
  /** More statements in `prev` than the committee has validators (S2). */
  | 'too-many-prev'
  /** More tips than the genesis parameter `maxTips` (S4). */
  | 'too-many-tips'
  /** Ids in `prev` or `tips` out of order, or one of them twice (S2, S4). */
  | 'ids-not-ascending'
  /** The genesis cited as a tip (S4). */
  | 'genesis-as-tip'
  | 'bad-signature';

export type TransactionReason = Refusal<TransactionCode>;
export type StatementReason = Refusal<StatementCode>;
/** Any of them. */
export type Reason = Refusal<TransactionCode | StatementCode>;
