/**
 * Every key space of the ledger database: one prefix byte each, then big-endian fields, so that iteration follows the
 * numbers. What the values hold is in records.ts. A number is never given to another meaning; retired ones stay listed.
 */
import { toHex, Writer } from '@tangle/core/codec';
import { ID_BYTES, KEY_BYTES } from '@tangle/core/ids';
import type { StatementId, ValidatorIndex, VertexId } from '@tangle/core/ids';

/** Values carry a checksum, but for the complete signed bytes, which are hashed to their key again. */
export const KEY_SPACE = {
  /** () -> store format, genesis hash, first start */
  identity: 0x01,
  /** () -> the order after the newest commit */
  head: 0x02,
  /** () -> newest round signed, and whether the own past is in doubt */
  guard: 0x03,
  /** () -> size, root and peaks of the log after the newest commit */
  'log-head': 0x04,
  /** () -> the newest own cosignature */
  cosigned: 0x05,
  /** () -> the newest certified head that this node knows of */
  certified: 0x06,
  /** () -> the newest certified head that its own log has */
  published: 0x07,
  /** number of a batch -> (); of the newest batches, so that a lost one leaves a gap */
  journal: 0x08,
  /** () -> the file that tells this data directory from its copies */
  home: 0x09,

  /** transaction id -> complete signed bytes */
  transaction: 0x10,
  /** transaction id -> acceptance counter; only while it is not final */
  pending: 0x11,
  /** transaction id -> commit, position, issuer, outcome; once it is final */
  final: 0x12,
  /** position -> transaction id */
  position: 0x13,
  // 0x14 is retired: issuer, issuer index -> transaction id

  /** statement id -> complete signed bytes */
  statement: 0x20,
  /** statement id -> acceptance counter, epoch, round, author, timestamp; until a commit finishes it */
  unfinished: 0x21,
  /** statement id -> epoch, round, author, timestamp; once a commit has finished it */
  finished: 0x22,
  /** epoch, round, author, statement id -> () */
  'statement-by-round': 0x23,
  /** epoch, author, round, statement id -> () */
  'statement-by-author': 0x24,

  /** commit index -> commit without what `final` holds of its entries */
  commit: 0x30,
  /** ledger state key -> ledger state value */
  state: 0x31,

  /** issuer, minute of source time, position -> transaction id; derived, can be built again */
  reading: 0x40,
  /** issuer, position -> (); derived, can be built again */
  'issuer-position': 0x41,

  /** tile level, tile index -> 256 hashes; only full tiles; derived, can be built again */
  tile: 0x50,
} as const;

export type KeySpace = keyof typeof KEY_SPACE;

const NAME_OF_PREFIX = new Map<number, string>(Object.entries(KEY_SPACE).map(([name, prefix]) => [prefix, name]));

/** suite || key. */
const ISSUER_BYTES = 1 + KEY_BYTES;
const U64_BYTES = 8;

/** Bytes of a whole key in each key space; null where they differ. */
export const KEY_BYTES_OF: Readonly<Record<KeySpace, number | null>> = {
  identity: 1,
  head: 1,
  guard: 1,
  'log-head': 1,
  cosigned: 1,
  certified: 1,
  published: 1,
  journal: 1 + U64_BYTES,
  home: 1,
  transaction: 1 + ID_BYTES,
  pending: 1 + ID_BYTES,
  final: 1 + ID_BYTES,
  position: 1 + U64_BYTES,
  statement: 1 + ID_BYTES,
  unfinished: 1 + ID_BYTES,
  finished: 1 + ID_BYTES,
  'statement-by-round': 1 + 4 + U64_BYTES + 2 + ID_BYTES,
  'statement-by-author': 1 + 4 + 2 + U64_BYTES + ID_BYTES,
  commit: 1 + U64_BYTES,
  state: null,
  reading: 1 + ISSUER_BYTES + 2 * U64_BYTES,
  'issuer-position': 1 + ISSUER_BYTES + U64_BYTES,
  tile: 1 + 1 + U64_BYTES,
};

/** Name of the key space of a whole key, for error messages. */
export function keySpaceOf(key: Uint8Array): string {
  return NAME_OF_PREFIX.get(key[0] ?? 0) ?? 'unknown';
}

export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
}

export function identityKey(): Uint8Array {
  return Uint8Array.of(KEY_SPACE.identity);
}

export function headKey(): Uint8Array {
  return Uint8Array.of(KEY_SPACE.head);
}

export function guardKey(): Uint8Array {
  return Uint8Array.of(KEY_SPACE.guard);
}

export function homeKey(): Uint8Array {
  return Uint8Array.of(KEY_SPACE.home);
}

export function logHeadKey(): Uint8Array {
  return Uint8Array.of(KEY_SPACE['log-head']);
}

/** Of what was signed of the log. */
export function signedHeadKey(space: 'cosigned' | 'certified' | 'published'): Uint8Array {
  return Uint8Array.of(KEY_SPACE[space]);
}

export function journalKey(batch: number): Uint8Array {
  return keyOf('journal', U64_BYTES).u64(batch).finish();
}

export function batchOfJournalKey(key: Uint8Array): number {
  return Number(viewOf(key).getBigUint64(1));
}

/** Of the key spaces with one id as their key. */
export function idKey(
  space: 'transaction' | 'pending' | 'final' | 'statement' | 'unfinished' | 'finished',
  id: VertexId,
): Uint8Array {
  return keyOf(space, ID_BYTES).hex(id).finish();
}

/** The id that ends a key. */
export function idOfKey<Id extends VertexId>(key: Uint8Array): Id {
  return toHex(key, key.length - ID_BYTES) as Id;
}

/** From a position on. */
export function positionsFrom(position: number): KeyRange {
  return { gte: positionKey(position), lt: allOf('position').lt };
}

export function positionKey(position: number): Uint8Array {
  return keyOf('position', U64_BYTES).u64(position).finish();
}

/** Positions begin <= position < end. */
export function positionsBetween(begin: number, end: number): KeyRange {
  return { gte: positionKey(begin), lt: positionKey(end) };
}

/** The position that ends a position key, a reading key or an issuer's. */
export function positionOfKey(key: Uint8Array): number {
  return Number(viewOf(key).getBigUint64(key.length - U64_BYTES));
}

export function issuerPositionKey(issuer: string, position: number): Uint8Array {
  return keyOf('issuer-position', ISSUER_BYTES + U64_BYTES)
    .hex(issuer)
    .u64(position)
    .finish();
}

/** Entries of an issuer at positions begin <= position < end. */
export function positionsOfIssuer(issuer: string, begin: number, end: number): KeyRange {
  return { gte: issuerPositionKey(issuer, begin), lt: issuerPositionKey(issuer, end) };
}

export function tileKey(level: number, index: number): Uint8Array {
  return keyOf('tile', 1 + U64_BYTES)
    .u8(level)
    .u64(index)
    .finish();
}

export function statementByRoundKey(epoch: number, round: number, author: ValidatorIndex, id: StatementId): Uint8Array {
  const writer = keyOf('statement-by-round', 4 + U64_BYTES + 2 + ID_BYTES);
  return writer.u32(epoch).u64(round).u16(author).hex(id).finish();
}

export function statementByAuthorKey(
  epoch: number,
  round: number,
  author: ValidatorIndex,
  id: StatementId,
): Uint8Array {
  const writer = keyOf('statement-by-author', 4 + 2 + U64_BYTES + ID_BYTES);
  return writer.u32(epoch).u16(author).u64(round).hex(id).finish();
}

/** All statements of an author in an epoch, by round. */
export function statementsOfAuthor(epoch: number, author: ValidatorIndex): KeyRange {
  return rangeUnder(
    keyOf('statement-by-author', 4 + 2)
      .u32(epoch)
      .u16(author)
      .finish(),
  );
}

export function commitKey(index: number): Uint8Array {
  return keyOf('commit', U64_BYTES).u64(index).finish();
}

/** @param key of the ledger state, hex. */
export function stateKey(key: string): Uint8Array {
  return keyOf('state', key.length / 2)
    .hex(key)
    .finish();
}

export function readingKey(issuer: string, minute: number, position: number): Uint8Array {
  const writer = keyOf('reading', ISSUER_BYTES + 2 * U64_BYTES);
  return writer.hex(issuer).bytes(sortableDouble(minute)).u64(position).finish();
}

/** All readings of an issuer, by minute and position. */
export function readingsOfIssuer(issuer: string): KeyRange {
  return rangeUnder(keyOf('reading', ISSUER_BYTES).hex(issuer).finish());
}

/** The minute in a reading key. */
export function minuteOfReadingKey(key: Uint8Array): number {
  return parseSortableDouble(key.slice(1 + ISSUER_BYTES, 1 + ISSUER_BYTES + U64_BYTES));
}

/** The commit index in a commit key. */
export function indexOfCommitKey(key: Uint8Array): number {
  return Number(viewOf(key).getBigUint64(1));
}

/** Everything in a key space. */
export function allOf(space: KeySpace): KeyRange {
  return rangeUnder(Uint8Array.of(KEY_SPACE[space]));
}

/** Every key that starts with `prefix`. */
function rangeUnder(prefix: Uint8Array): KeyRange {
  const after = Uint8Array.from(prefix);
  // No key space has the number 0xff, so the carry stops at the first byte at the latest.
  for (let index = after.length - 1; index >= 0; index--) {
    const next = ((after[index] ?? 0) + 1) & 0xff;
    after[index] = next;
    if (next !== 0) {
      break;
    }
  }
  return { gte: prefix, lt: after };
}

function keyOf(space: KeySpace, fieldBytes: number): Writer {
  return new Writer(1 + fieldBytes).u8(KEY_SPACE[space]);
}

const SIGN_BIT = 1n << 63n;

/** A number in 8 bytes whose order as bytes is the numbers' own: IEEE 754 with the sign inverted, all bits below zero. */
function sortableDouble(value: number): Uint8Array {
  const bytes = new Uint8Array(U64_BYTES);
  const view = viewOf(bytes);
  // Adding zero makes one zero of both.
  view.setFloat64(0, value + 0);
  const bits = view.getBigUint64(0);
  view.setBigUint64(0, bits >= SIGN_BIT ? ~bits : bits | SIGN_BIT);
  return bytes;
}

function parseSortableDouble(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  const bits = view.getBigUint64(0);
  view.setBigUint64(0, bits >= SIGN_BIT ? bits & ~SIGN_BIT : ~bits);
  return view.getFloat64(0);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
