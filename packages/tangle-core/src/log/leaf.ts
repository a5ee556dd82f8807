/**
 * The two kinds of leaves (PROTOCOL 11), canonical as everything that is hashed. Kinds go on where the signed objects
 * stop (1 transaction, 2 statement), so that the first two bytes tell all of them apart.
 *
 *   commit record: u8 version | u8 kind = 3 | u64 commit index | u64 time (unix ms) | 32 leader | 32 D_k
 *                  | 32 state digest (zeros = none) | u64 first position | u32 count
 *   entry:         u8 version | u8 kind = 4 | u64 commit index | u64 issuer index | u8 outcome | transaction
 */
import type { CodecReason } from '../codec/reasons.js';
import type { Crypto } from '../crypto/crypto.js';
import type { Digest, StatementId, TransactionId, UnixMs } from '../ids.js';
import type { Commit } from '../model/commit.js';
import type { Outcome } from '../model/outcome.js';
import type { Transaction } from '../model/transaction.js';
import type { Result } from '../result.js';
import { invariant } from '../assert.js';
import { Reader } from '../codec/reader.js';
import { decodeTransaction, readHead, readTimestamp } from '../codec/transaction.js';
import { Writer } from '../codec/writer.js';
import { ID_BYTES, TIMESTAMP_MS_MAX } from '../ids.js';
import { OUTCOME_CODES } from '../model/outcome.js';
import { fail, ok } from '../result.js';

export const LEAF_VERSION = 1;
/** Second byte of a commit record. */
export const KIND_COMMIT_RECORD = 3;
/** Second byte of an entry. */
export const KIND_LOG_ENTRY = 4;
/** Bytes of every commit record. */
export const COMMIT_RECORD_BYTES = 126;
/** Bytes of an entry besides its transaction. */
export const LOG_ENTRY_OVERHEAD_BYTES = 19;

/** How the state digest is written where the protocol records none. */
const NO_DIGEST = '0'.repeat(ID_BYTES * 2);

/** Opens the leaves of a commit that finalises something. */
export interface CommitRecord {
  readonly kind: 'commit-record';
  /** From 1. */
  readonly commitIndex: number;
  readonly timeMs: UnixMs;
  readonly leader: StatementId;
  /** D_k. */
  readonly digest: Digest;
  /** Of the ledger after the commit; null where the protocol records none. */
  readonly stateDigest: Digest | null;
  /** Position of its first entry: the one after the record's own. */
  readonly firstPosition: number;
  /** Entries of the commit, at least 1. */
  readonly count: number;
}

/** A final transaction in its place. */
export interface LogEntry {
  readonly kind: 'entry';
  /** From 1. */
  readonly commitIndex: number;
  /** Counts the final transactions of this issuer from 1, rejected ones too. */
  readonly issuerIndex: number;
  readonly outcome: Outcome;
  /** Decoded; nothing but its form has been checked. */
  readonly transaction: Transaction;
}

export type Leaf = CommitRecord | LogEntry;

/** The bytes of a commit record's leaf. Throws InvariantError on a field out of its range. */
export function encodeCommitRecord(record: Omit<CommitRecord, 'kind'>): Uint8Array {
  const { commitIndex, timeMs, leader, digest, stateDigest, firstPosition, count } = record;
  invariant(commitIndex >= 1 && firstPosition >= 1 && count >= 1, 'commits, first positions and counts begin at 1');
  invariant(timeMs <= TIMESTAMP_MS_MAX, `commit time ${timeMs} is after year 9999`);
  invariant(stateDigest !== NO_DIGEST, 'all zeros stand for no state digest');
  return new Writer(COMMIT_RECORD_BYTES)
    .u8(LEAF_VERSION)
    .u8(KIND_COMMIT_RECORD)
    .u64(commitIndex)
    .u64(timeMs)
    .hex(leader)
    .hex(digest)
    .hex(stateDigest ?? NO_DIGEST)
    .u64(firstPosition)
    .u32(count)
    .finish();
}

/** The bytes of an entry's leaf, around the transaction's own. */
export function encodeLogEntry(
  entry: Pick<LogEntry, 'commitIndex' | 'issuerIndex' | 'outcome'>,
  transactionBytes: Uint8Array,
): Uint8Array {
  const { commitIndex, issuerIndex, outcome } = entry;
  invariant(commitIndex >= 1 && issuerIndex >= 1, 'commits and issuer indexes begin at 1');
  return new Writer(LOG_ENTRY_OVERHEAD_BYTES + transactionBytes.length)
    .u8(LEAF_VERSION)
    .u8(KIND_LOG_ENTRY)
    .u64(commitIndex)
    .u64(issuerIndex)
    .u8(OUTCOME_CODES.indexOf(outcome.status === 'accepted' ? 'accepted' : outcome.code))
    .bytes(transactionBytes)
    .finish();
}

/** All leaves of a commit in their order: none where it finalises nothing, else its record and then its entries. */
export function leavesOfCommit(commit: Commit, bytesOf: (id: TransactionId) => Uint8Array): Uint8Array[] {
  const { index, timeMs, leader, digest, stateDigest, recordPosition, entries } = commit;
  if (recordPosition === null) return [];
  const firstPosition = recordPosition + 1;
  const record = { commitIndex: index, timeMs, leader, digest, stateDigest, firstPosition, count: entries.length };
  return [
    encodeCommitRecord(record),
    ...entries.map(({ id, issuerIndex, outcome }) =>
      encodeLogEntry({ commitIndex: index, issuerIndex, outcome }, bytesOf(id)),
    ),
  ];
}

/**
 * The bytes of a leaf, by form alone. Refuses with `malformed`, `unsupported-version`, `unsupported-suite` or
 * `timestamp-out-of-range`.
 */
export function decodeLeaf(bytes: Uint8Array, crypto: Crypto): Result<Leaf, CodecReason> {
  return bytes[1] === KIND_COMMIT_RECORD ? decodeCommitRecord(bytes) : decodeLogEntry(bytes, crypto);
}

function decodeCommitRecord(bytes: Uint8Array): Result<CommitRecord, CodecReason> {
  const reader = new Reader(bytes);
  readHead(reader, LEAF_VERSION, KIND_COMMIT_RECORD);
  const commitIndex = readFromOne(reader, 'commit index');
  const timeMs = readTimestamp(reader);
  const leader = reader.hex(ID_BYTES, 'leader') as StatementId;
  const digest = reader.hex(ID_BYTES, 'D_k') as Digest;
  const stateDigest = reader.hex(ID_BYTES, 'state digest') as Digest;
  const firstPosition = readFromOne(reader, 'first position');
  const count = reader.u32('count');
  if (count === 0) reader.refuse({ code: 'malformed', field: 'count', found: 0, allowed: 'from 1' });
  const failure = reader.finish();
  if (failure !== null) return fail(failure);
  return ok({
    kind: 'commit-record',
    commitIndex,
    timeMs,
    leader,
    digest,
    stateDigest: stateDigest === NO_DIGEST ? null : stateDigest,
    firstPosition,
    count,
  });
}

function decodeLogEntry(bytes: Uint8Array, crypto: Crypto): Result<LogEntry, CodecReason> {
  const reader = new Reader(bytes);
  readHead(reader, LEAF_VERSION, KIND_LOG_ENTRY);
  const commitIndex = readFromOne(reader, 'commit index');
  const issuerIndex = readFromOne(reader, 'issuer index');
  const outcome = readOutcome(reader);
  const transactionBytes = reader.bytes(reader.remaining, 'transaction');
  const failure = reader.finish();
  if (failure !== null) return fail(failure);
  const transaction = decodeTransaction(transactionBytes, crypto);
  if (!transaction.ok) return transaction;
  return ok({ kind: 'entry', commitIndex, issuerIndex, outcome, transaction: transaction.value });
}

function readFromOne(reader: Reader, field: string): number {
  const value = reader.safeU64(field);
  if (value === 0) reader.refuse({ code: 'malformed', field, found: 0, allowed: 'from 1' });
  return value;
}

function readOutcome(reader: Reader): Outcome {
  const found = reader.u8('outcome');
  const code = OUTCOME_CODES[found];
  if (code === undefined) {
    reader.refuse({ code: 'malformed', field: 'outcome', found, allowed: `0 to ${OUTCOME_CODES.length - 1}` });
  }
  return code === undefined || code === 'accepted' ? { status: 'accepted' } : { status: 'rejected', code };
}
