/**
 * The payload of an `anchor` transaction: the root over a batch of samples that stays off the ledger, and what a reader
 * needs to understand one of them. A sample is one value for each channel at one instant. Canonical, never executed.
 *
 *   u8 version = 1 | u8 timing | u32 count | 32 root | f64 first time (unix ms)
 *   | f64 rate per second (timing 1, regular) or f64 last time (timing 2, each sample bears its own)
 *   | u8 length, stream | u8 channels | for each: u8 length, name | u8 length, unit
 *
 *   sample: f64 time (timing 2 only) | f64 value of each channel, the one NaN 7ff8000000000000 where there is none
 */
import type { CodecReason } from '../codec/reasons.js';
import type { Result } from '../result.js';
import { invariant } from '../assert.js';
import { Reader } from '../codec/reader.js';
import { excerpt } from '../codec/reasons.js';
import { Writer } from '../codec/writer.js';
import { TIMESTAMP_MS_MAX } from '../ids.js';
import { HASH_BYTES } from '../log/merkle.js';
import { fail, ok } from '../result.js';
import { F64_BYTES, f64Bytes, isCanonicalNumber, readF64 } from './f64.js';

export const ANCHOR_VERSION = 1;
/** Samples of one batch: more than three seconds at 20,000 a second. */
export const BATCH_SAMPLES_MAX = 65_536;
/** Channels of one sample: 520 bytes of it are shown in a proof at most. */
export const BATCH_CHANNELS_MAX = 64;
/** Characters of stream and channel name together: what a SenML name may have here. */
export const BATCH_NAME_LENGTH_MAX = 256;
/** Characters of a unit. */
export const BATCH_UNIT_LENGTH_MAX = 64;

/** When the samples of a batch were taken; times are unix milliseconds, whole or with a fraction. */
export type BatchTiming =
  /** Sample i at `firstTimeMs` + i seconds / `ratePerSecond`. */
  | { readonly kind: 'regular'; readonly firstTimeMs: number; readonly ratePerSecond: number }
  /** Each sample bears its own time, from `firstTimeMs` to `lastTimeMs`. */
  | { readonly kind: 'each'; readonly firstTimeMs: number; readonly lastTimeMs: number };

export interface BatchChannel {
  /** With the stream before it a SenML name (RFC 8428 section 4.5.1); differs from all others of the batch. */
  readonly name: string;
  /** Printable ASCII, best of the SenML registry; empty for none. */
  readonly unit: string;
}

/** What all samples of a batch have in common. */
export interface BatchSchema {
  /** Written before every channel name (SenML base name); may be empty. */
  readonly stream: string;
  readonly timing: BatchTiming;
  /** 1 to 64, in the order of a sample's values. */
  readonly channels: readonly BatchChannel[];
}

export interface Anchor extends BatchSchema {
  /** Samples, 1 to 65,536. */
  readonly count: number;
  /** Root of the salted tree over them, 32 bytes. */
  readonly root: Uint8Array;
}

const TIMING_REGULAR = 1;
const TIMING_EACH = 2;
const FULL_NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/;
const UNIT = /^[!-~]*$/;
/** Version, timing, count, root, two numbers, and the lengths of stream and channels. */
const FIXED_BYTES = 1 + 1 + 4 + HASH_BYTES + 2 * F64_BYTES + 1 + 1;

/** The canonical payload. Throws InvariantError on a field that no batch can have (`checkBatchSchema` tells before). */
export function encodeAnchor(anchor: Anchor): Uint8Array {
  const refusal = checkBatchSchema(anchor, anchor.count);
  invariant(refusal === null, `no anchor has this ${refusal?.field}: ${refusal?.found}`);
  const { stream, timing, channels, count, root } = anchor;
  const texts = channels.flatMap(({ name, unit }) => [name, unit]);
  const writer = new Writer(FIXED_BYTES + stream.length + texts.reduce((size, text) => size + 1 + text.length, 0))
    .u8(ANCHOR_VERSION)
    .u8(timing.kind === 'regular' ? TIMING_REGULAR : TIMING_EACH)
    .u32(count)
    .bytes(root)
    .bytes(f64Bytes(timing.firstTimeMs))
    .bytes(f64Bytes(timing.kind === 'regular' ? timing.ratePerSecond : timing.lastTimeMs));
  writeText(writer, stream);
  writer.u8(channels.length);
  for (const text of texts) writeText(writer, text);
  return writer.finish();
}

/** The payload of a stranger's anchor transaction. Refuses with `malformed` or `unsupported-version`. */
export function decodeAnchor(payload: Uint8Array): Result<Anchor, CodecReason> {
  const reader = new Reader(payload);
  const version = reader.u8('version');
  if (version !== ANCHOR_VERSION) {
    reader.refuse({ code: 'unsupported-version', field: 'version', found: version, allowed: `${ANCHOR_VERSION}` });
  }
  const kind = reader.u8('timing');
  if (kind !== TIMING_REGULAR && kind !== TIMING_EACH) {
    reader.refuse({ code: 'malformed', field: 'timing', found: kind, allowed: '1 (regular) or 2 (each its own)' });
  }
  const count = reader.u32('count');
  const root = new Uint8Array(reader.bytes(HASH_BYTES, 'root'));
  const firstTimeMs = readF64(reader, 'first time');
  const second = readF64(reader, kind === TIMING_REGULAR ? 'rate' : 'last time');
  const stream = readText(reader, 'stream');
  const channels: BatchChannel[] = [];
  const channelCount = reader.u8('channels');
  for (let index = 0; index < channelCount && reader.failure === null; index++) {
    const name = readText(reader, `channels[${index}].name`);
    channels.push({ name, unit: readText(reader, `channels[${index}].unit`) });
  }
  const failure = reader.finish();
  if (failure !== null) return fail(failure);
  const timing: BatchTiming =
    kind === TIMING_REGULAR
      ? { kind: 'regular', firstTimeMs, ratePerSecond: second }
      : { kind: 'each', firstTimeMs, lastTimeMs: second };
  const anchor = { stream, timing, channels, count, root };
  const refusal = checkBatchSchema(anchor, count);
  return refusal === null ? ok(anchor) : fail(refusal);
}

/** The first field that no batch can have, or null. */
export function checkBatchSchema(schema: BatchSchema, count: number): CodecReason | null {
  const { stream, channels } = schema;
  if (!Number.isInteger(count) || count < 1 || count > BATCH_SAMPLES_MAX) {
    return malformed('count', count, `1 to ${BATCH_SAMPLES_MAX} samples`);
  }
  if (channels.length < 1 || channels.length > BATCH_CHANNELS_MAX) {
    return malformed('channels', channels.length, `1 to ${BATCH_CHANNELS_MAX}`);
  }
  const names = new Set<string>();
  for (const [index, { name, unit }] of channels.entries()) {
    const field = `channels[${index}]`;
    const fullName = stream + name;
    if (name === '' || fullName.length > BATCH_NAME_LENGTH_MAX || !FULL_NAME.test(fullName) || stream.length > 0xff) {
      const allowed = `with the stream before it 1 to ${BATCH_NAME_LENGTH_MAX} of A-Z a-z 0-9 - : . / _`;
      return malformed(`${field}.name`, excerpt(JSON.stringify(fullName)), allowed);
    }
    if (names.has(name)) return malformed(`${field}.name`, excerpt(name), 'a name of its own');
    names.add(name);
    if (unit.length > BATCH_UNIT_LENGTH_MAX || !UNIT.test(unit)) {
      const allowed = `at most ${BATCH_UNIT_LENGTH_MAX} printable ASCII characters without spaces`;
      return malformed(`${field}.unit`, excerpt(JSON.stringify(unit)), allowed);
    }
  }
  return checkTiming(schema.timing, count);
}

/** When sample `index` was taken by the clock of a regular batch, unix milliseconds. */
export function regularTimeMs(timing: BatchTiming & { readonly kind: 'regular' }, index: number): number {
  return timing.firstTimeMs + (index * 1_000) / timing.ratePerSecond;
}

function checkTiming(timing: BatchTiming, count: number): CodecReason | null {
  if (!isTimeMs(timing.firstTimeMs)) return malformed('first time', timing.firstTimeMs, TIMES_ALLOWED);
  if (timing.kind === 'each') {
    const { firstTimeMs, lastTimeMs } = timing;
    if (isTimeMs(lastTimeMs) && lastTimeMs >= firstTimeMs) return null;
    return malformed('last time', lastTimeMs, `${TIMES_ALLOWED}, not before the first`);
  }
  const { ratePerSecond } = timing;
  if (isCanonicalNumber(ratePerSecond) && ratePerSecond > 0 && isTimeMs(regularTimeMs(timing, count - 1))) return null;
  return malformed('rate', ratePerSecond, 'samples per second above 0, the last one before the year 10000');
}

const TIMES_ALLOWED = `unix ms from 0 to ${TIMESTAMP_MS_MAX}`;

function isTimeMs(value: number): boolean {
  return isCanonicalNumber(value) && value >= 0 && value <= TIMESTAMP_MS_MAX;
}

/** ASCII: a character is a byte. */
function writeText(writer: Writer, text: string): void {
  writer.u8(text.length).bytes(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

function readText(reader: Reader, field: string): string {
  let text = '';
  for (const byte of reader.bytes(reader.u8(`${field} length`), field)) text += String.fromCharCode(byte);
  return text;
}

function malformed(field: string, found: string | number, allowed: string): CodecReason {
  return { code: 'malformed', field, found: typeof found === 'number' ? `${found}` : found, allowed };
}
