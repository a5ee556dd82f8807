/**
 * The values of the key spaces in keys.ts, as bytes and back. Decoders read what passed its checksum and still answer
 * undefined for anything they did not write themselves.
 */
import type { Guard } from '@tangle/core/engine';
import type { Digest, StatementId, TransactionId } from '@tangle/core/ids';
import type { Commit, CommitEntry, CommitHead, Outcome } from '@tangle/core/model';
import type { FinishedStatement } from '@tangle/core/tangle';
import { Reader, Writer } from '@tangle/core/codec';
import { ID_BYTES, KEY_BYTES } from '@tangle/core/ids';
import { OUTCOME_CODES } from '@tangle/core/model';

const U64_BYTES = 8;
const ISSUER_BYTES = 1 + KEY_BYTES;

export interface Identity {
  readonly format: number;
  readonly genesisHash: Digest;
  /** The directory was made fresh for this store: an empty past is its whole past (PROTOCOL 9). */
  readonly firstStart: boolean;
}

const IDENTITY_BYTES = 2 + ID_BYTES + 1;

export function encodeIdentity(identity: Identity): Uint8Array {
  const writer = new Writer(IDENTITY_BYTES).u16(identity.format).hex(identity.genesisHash);
  return writer.u8(identity.firstStart ? 1 : 0).finish();
}

/** Reads the fields of format 1; what a newer format may add after them is left alone. */
export function decodeIdentity(value: Uint8Array): Identity | undefined {
  const reader = new Reader(value);
  const format = reader.u16('format');
  const genesisHash = reader.hex(ID_BYTES, 'genesis hash') as Digest;
  const firstStart = reader.u8('first start') === 1;
  return reader.failure === null ? { format, genesisHash, firstStart } : undefined;
}

export function encodeGuard(guard: Guard): Uint8Array {
  const writer = new Writer(4 + U64_BYTES + 1 + ID_BYTES + 1).u32(guard.epoch).u64(guard.round);
  return writeOptionalId(writer, guard.id)
    .u8(guard.inDoubt ? 1 : 0)
    .finish();
}

export function decodeGuard(value: Uint8Array): Guard | undefined {
  const reader = new Reader(value);
  const epoch = reader.u32('epoch');
  const round = reader.safeU64('round');
  const id = readOptionalId(reader, 'id') as StatementId | null;
  const inDoubt = reader.u8('in doubt') === 1;
  return reader.finish() === null ? { epoch, round, id, inDoubt } : undefined;
}

/** The file that tells a data directory from its copies, as of one opening. */
export interface Home {
  /** Counts openings from 1; its parity names the file. */
  readonly opening: number;
  readonly inode: bigint;
  readonly changedNs: bigint;
}

export function encodeHome({ opening, inode, changedNs }: Home): Uint8Array {
  return new Writer(3 * U64_BYTES).u64(opening).u64(inode).u64(changedNs).finish();
}

export function decodeHome(value: Uint8Array): Home | undefined {
  const reader = new Reader(value);
  const opening = reader.safeU64('opening');
  const inode = reader.u64('inode');
  const changedNs = reader.u64('changed');
  return reader.finish() === null ? { opening, inode, changedNs } : undefined;
}

const HEAD_BYTES = 5 * U64_BYTES + 4 + 1 + 2 * ID_BYTES;

export function encodeHead(head: CommitHead): Uint8Array {
  const writer = new Writer(HEAD_BYTES).u64(head.index).u32(head.epoch).u64(head.round);
  writeOptionalId(writer, head.leader);
  writer.u64(head.timeMs).hex(head.digest).u64(head.logSize).u64(head.appendingCommits);
  return writer.finish();
}

export function decodeHead(value: Uint8Array): CommitHead | undefined {
  const reader = new Reader(value);
  const head = {
    index: reader.safeU64('index'),
    epoch: reader.u32('epoch'),
    round: reader.safeU64('round'),
    leader: readOptionalId(reader, 'leader') as StatementId | null,
    timeMs: reader.safeU64('time'),
    digest: reader.hex(ID_BYTES, 'digest') as Digest,
    logSize: reader.safeU64('log size'),
    appendingCommits: reader.safeU64('appending commits'),
  };
  return reader.finish() === null ? head : undefined;
}

/** A commit without its entries' places, which the `final` records hold. */
export interface CommitRecord extends Omit<Commit, 'entries'> {
  readonly ids: readonly TransactionId[];
}

const COMMIT_HEADER_BYTES = 4 + 3 * U64_BYTES + 3 * ID_BYTES + 2 + 2 * 4;

export function encodeCommit(commit: Commit): Uint8Array {
  const idBytes = (commit.entries.length + commit.statements.length) * ID_BYTES;
  const writer = new Writer(COMMIT_HEADER_BYTES + idBytes).u32(commit.epoch).u64(commit.round).hex(commit.leader);
  writer.u64(commit.timeMs).hex(commit.digest);
  writeOptionalId(writer, commit.stateDigest);
  writer.u8(commit.recordPosition === null ? 0 : 1).u64(commit.recordPosition ?? 0);
  writer.u32(commit.entries.length).u32(commit.statements.length);
  for (const entry of commit.entries) {
    writer.hex(entry.id);
  }
  for (const id of commit.statements) {
    writer.hex(id);
  }
  return writer.finish();
}

export function decodeCommit(index: number, value: Uint8Array): CommitRecord | undefined {
  const reader = new Reader(value);
  const epoch = reader.u32('epoch');
  const round = reader.safeU64('round');
  const leader = reader.hex(ID_BYTES, 'leader') as StatementId;
  const timeMs = reader.safeU64('time');
  const digest = reader.hex(ID_BYTES, 'digest') as Digest;
  const stateDigest = readOptionalId(reader, 'state digest') as Digest | null;
  const hasRecord = reader.u8('has record') === 1;
  const position = reader.safeU64('record position');
  const idCount = reader.u32('ids');
  const statementCount = reader.u32('statements');
  const ids = readIds(reader, idCount) as readonly TransactionId[];
  const statements = readIds(reader, statementCount) as readonly StatementId[];
  if (reader.finish() !== null) {
    return undefined;
  }
  const recordPosition = hasRecord ? position : null;
  return { index, epoch, round, leader, timeMs, digest, stateDigest, recordPosition, ids, statements };
}

/** Where a final transaction stands: its entry, and what of its commit is asked for with it. */
export type FinalTransaction = CommitEntry & { readonly commitIndex: number; readonly commitTimeMs: number };

const FINAL_BYTES = 4 * U64_BYTES + ISSUER_BYTES + 2;

export function encodeFinal(entry: CommitEntry, commit: Commit): Uint8Array {
  const { outcome } = entry;
  return new Writer(FINAL_BYTES)
    .u64(commit.index)
    .u64(commit.timeMs)
    .u64(entry.position)
    .hex(entry.issuer)
    .u64(entry.issuerIndex)
    .u8(OUTCOME_CODES.indexOf(outcome.status === 'accepted' ? 'accepted' : outcome.code))
    .u8(entry.evidence ? 1 : 0)
    .finish();
}

export function decodeFinal(id: TransactionId, value: Uint8Array): FinalTransaction | undefined {
  const reader = new Reader(value);
  const commitIndex = reader.safeU64('commit index');
  const commitTimeMs = reader.safeU64('commit time');
  const position = reader.safeU64('position');
  const issuer = reader.hex(ISSUER_BYTES, 'issuer');
  const issuerIndex = reader.safeU64('issuer index');
  const code = OUTCOME_CODES[reader.u8('outcome')];
  const evidence = reader.u8('evidence') === 1;
  if (reader.finish() !== null || code === undefined) {
    return undefined;
  }
  const outcome: Outcome = code === 'accepted' ? { status: 'accepted' } : { status: 'rejected', code };
  return { id, position, issuer, issuerIndex, outcome, evidence, commitIndex, commitTimeMs };
}

const FINISHED_BYTES = 4 + 2 * U64_BYTES + 2;

export function encodeFinished(statement: FinishedStatement): Uint8Array {
  return writeFinished(new Writer(FINISHED_BYTES), statement).finish();
}

export function decodeFinished(value: Uint8Array): FinishedStatement | undefined {
  const reader = new Reader(value);
  const statement = readFinished(reader);
  return reader.finish() === null ? statement : undefined;
}

/** An accepted statement that no commit has finished, and when in the order of acceptance it came. */
export interface UnfinishedStatement extends FinishedStatement {
  readonly acceptance: number;
}

export function encodeUnfinished(statement: UnfinishedStatement): Uint8Array {
  return writeFinished(new Writer(U64_BYTES + FINISHED_BYTES).u64(statement.acceptance), statement).finish();
}

export function decodeUnfinished(value: Uint8Array): UnfinishedStatement | undefined {
  const reader = new Reader(value);
  const acceptance = reader.safeU64('acceptance');
  const statement = readFinished(reader);
  return reader.finish() === null ? { acceptance, ...statement } : undefined;
}

export function encodeCounter(value: number): Uint8Array {
  return new Writer(U64_BYTES).u64(value).finish();
}

export function decodeCounter(value: Uint8Array): number | undefined {
  const reader = new Reader(value);
  const counter = reader.safeU64('counter');
  return reader.finish() === null ? counter : undefined;
}

export function encodeId(id: TransactionId): Uint8Array {
  return new Writer(ID_BYTES).hex(id).finish();
}

export function decodeId(value: Uint8Array): TransactionId | undefined {
  const reader = new Reader(value);
  const id = reader.hex(ID_BYTES, 'id') as TransactionId;
  return reader.finish() === null ? id : undefined;
}

/** Of the key spaces that say all in their keys. */
export const NO_VALUE = new Uint8Array(0);

function writeFinished(writer: Writer, statement: FinishedStatement): Writer {
  return writer.u32(statement.epoch).u64(statement.round).u16(statement.author).u64(statement.timestampMs);
}

function readFinished(reader: Reader): FinishedStatement {
  return {
    epoch: reader.u32('epoch'),
    round: reader.safeU64('round'),
    author: reader.u16('author'),
    timestampMs: reader.safeU64('timestamp'),
  };
}

/** One byte whether there is one, then 32, zeros where there is none. */
function writeOptionalId(writer: Writer, id: string | null): Writer {
  return writer.u8(id === null ? 0 : 1).hex(id ?? '0'.repeat(ID_BYTES * 2));
}

function readOptionalId(reader: Reader, field: string): string | null {
  const isPresent = reader.u8(field) === 1;
  const id = reader.hex(ID_BYTES, field);
  return isPresent ? id : null;
}

function readIds(reader: Reader, count: number): readonly string[] {
  const ids: string[] = [];
  for (let index = 0; index < count && reader.failure === null; index++) {
    ids.push(reader.hex(ID_BYTES, 'id'));
  }
  return ids;
}
