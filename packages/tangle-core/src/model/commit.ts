/** A commit: one step of the total order, the same at every node (PROTOCOL 5 and 11). */
import type { Digest, Round, StatementId, TransactionId, UnixMs } from '../ids.js';
import type { Outcome } from './outcome.js';

/** One change of the ledger state: `value` null removes the key. The key is hex; nobody writes to the value. */
export interface StateChange {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A transaction in its final place. */
export interface CommitEntry {
  readonly id: TransactionId;
  /** Index of its leaf in the log, from 0; commit records take leaves too. */
  readonly position: number;
  /** Hex of suite || key. */
  readonly issuer: string;
  /** Counts the issuer's final transactions from 1, rejected ones too. */
  readonly issuerIndex: number;
  readonly outcome: Outcome;
  /** True where it is kept as evidence that its issuer used one sequence number for two contents. */
  readonly evidence: boolean;
}

export interface Commit {
  /** From 1, counts every committed leader, runs on across epochs. */
  readonly index: number;
  readonly epoch: number;
  /** The leader's round: the slot that was decided. */
  readonly round: Round;
  readonly leader: StatementId;
  readonly timeMs: UnixMs;
  /** D_k. */
  readonly digest: Digest;
  /** Digest of the ledger state after it, where the protocol records one. */
  readonly stateDigest: Digest | null;
  /** Position of the commit record's leaf; null where the commit has no transactions and appends nothing. */
  readonly recordPosition: number | null;
  readonly entries: readonly CommitEntry[];
  /** The statements whose cones this commit finished, ascending (round, author, id). */
  readonly statements: readonly StatementId[];
}

/** Where the order stands after a commit: all that the next one needs from it. */
export interface CommitHead {
  readonly index: number;
  readonly epoch: number;
  readonly round: Round;
  readonly leader: StatementId | null;
  readonly timeMs: UnixMs;
  readonly digest: Digest;
  /** Leaves in the log: the position the next commit record gets. */
  readonly logSize: number;
  /** Commits that appended to the log: decides when a state digest is recorded. */
  readonly appendingCommits: number;
}
