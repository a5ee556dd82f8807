/**
 * What the `extra` line of our proof files holds: the leaf, and where they are wanted one sample of its batch and the
 * record of its commit. The format does not authenticate the line: everything in it is checked against the root.
 *
 *   u8 version = 1 | u8 contents
 *   contents 1:     the leaf, to the end
 *   contents above: u16 length, leaf
 *     | where bit 2 is set, a reading: u32 index | 16 salt | u16 length, sample | u8 hashes | its path in the batch
 *     | where bit 4 is set, the record: u32 distance | 126 record | u8 hashes | its path up to the proof's own path
 */
import type { CodecReason } from '../codec/reasons.js';
import type { Result } from '../result.js';
import type { BatchReading } from './batch.js';
import { invariant } from '../assert.js';
import { Reader } from '../codec/reader.js';
import { Writer } from '../codec/writer.js';
import { COMMIT_RECORD_BYTES } from '../log/leaf.js';
import { HASH_BYTES } from '../log/merkle.js';
import { fail, ok } from '../result.js';
import { SALT_BYTES } from './sample.js';

const EXTRA_VERSION = 1;
const HAS_LEAF = 1;
const HAS_READING = 2;
const HAS_RECORD = 4;
const CONTENTS = [1, 3, 5, 7];
/** Hashes of a path in here: a tree of safe integers is 53 levels high. */
const EXTRA_HASHES_MAX = 53;

/** The record of the commit that a proven entry belongs to. */
export interface RecordPart {
  /** The record's leaf, 126 bytes. */
  readonly leaf: Uint8Array;
  /** Leaves from the record to the entry, from 1. */
  readonly distance: number;
  /** From the record up to where the path of the proof itself takes over, the sibling first. */
  readonly path: readonly Uint8Array[];
}

export interface ProofExtra {
  readonly leaf: Uint8Array;
  readonly reading: BatchReading | null;
  readonly record: RecordPart | null;
}

/** The bytes of the line. */
export function encodeExtra({ leaf, reading, record }: ProofExtra): Uint8Array {
  const contents = HAS_LEAF + (reading === null ? 0 : HAS_READING) + (record === null ? 0 : HAS_RECORD);
  const isLeafAlone = contents === HAS_LEAF;
  const readingBytes = reading === null ? 0 : 4 + SALT_BYTES + 2 + reading.sample.length + pathBytes(reading.path);
  const recordBytes = record === null ? 0 : 4 + COMMIT_RECORD_BYTES + pathBytes(record.path);
  const writer = new Writer(2 + (isLeafAlone ? 0 : 2) + leaf.length + readingBytes + recordBytes)
    .u8(EXTRA_VERSION)
    .u8(contents);
  if (!isLeafAlone) writer.u16(leaf.length);
  writer.bytes(leaf);
  if (reading !== null) {
    writer.u32(reading.index).bytes(reading.salt).u16(reading.sample.length).bytes(reading.sample);
    writePath(writer, reading.path);
  }
  if (record !== null) {
    writer.u32(record.distance).bytes(record.leaf);
    writePath(writer, record.path);
  }
  return writer.finish();
}

/** The parts in the bytes of an `extra` line, as views. Refuses with `unsupported-version` or `malformed`. */
export function decodeExtra(extra: Uint8Array): Result<ProofExtra, CodecReason> {
  const reader = new Reader(extra);
  const version = reader.u8('extra version');
  if (version !== EXTRA_VERSION) {
    reader.refuse({ code: 'unsupported-version', field: 'extra version', found: version, allowed: `${EXTRA_VERSION}` });
  }
  const contents = reader.u8('extra contents');
  if (!CONTENTS.includes(contents)) {
    const allowed = '1 (a leaf), and 2 (a reading) and 4 (a commit record) added to it';
    reader.refuse({ code: 'malformed', field: 'extra contents', found: contents, allowed });
  }
  const leafBytes = contents === HAS_LEAF ? reader.remaining : reader.u16('leaf length');
  const leaf = reader.bytes(leafBytes, 'leaf');
  const reading = (contents & HAS_READING) === 0 ? null : readReading(reader);
  const record = (contents & HAS_RECORD) === 0 ? null : readRecord(reader);
  const failure = reader.finish();
  return failure === null ? ok({ leaf, reading, record }) : fail(failure);
}

function readReading(reader: Reader): BatchReading {
  return {
    index: reader.u32('reading index'),
    salt: reader.bytes(SALT_BYTES, 'reading salt'),
    sample: reader.bytes(reader.u16('reading sample length'), 'reading sample'),
    path: readPath(reader, 'reading path'),
  };
}

function readRecord(reader: Reader): RecordPart {
  return {
    distance: reader.u32('record distance'),
    leaf: reader.bytes(COMMIT_RECORD_BYTES, 'record'),
    path: readPath(reader, 'record path'),
  };
}

function readPath(reader: Reader, field: string): Uint8Array[] {
  const count = reader.u8(`${field} length`);
  if (count > EXTRA_HASHES_MAX) {
    reader.refuse({ code: 'malformed', field: `${field} length`, found: count, allowed: `0 to ${EXTRA_HASHES_MAX}` });
  }
  const path: Uint8Array[] = [];
  for (let place = 0; place < count && reader.failure === null; place++) path.push(reader.bytes(HASH_BYTES, field));
  return path;
}

function writePath(writer: Writer, path: readonly Uint8Array[]): void {
  invariant(path.length <= EXTRA_HASHES_MAX, `a path of ${path.length} hashes`);
  writer.u8(path.length);
  for (const hash of path) writer.bytes(hash);
}

function pathBytes(path: readonly Uint8Array[]): number {
  return 1 + path.length * HASH_BYTES;
}
