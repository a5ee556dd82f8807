/** One sample of a batch: its canonical bytes (see anchor.ts), and the leaf of the salted tree that they make. */
import type { Crypto } from '../crypto/crypto.js';
import type { Refusal } from '../codec/reasons.js';
import type { Result } from '../result.js';
import type { Anchor, BatchSchema } from './anchor.js';
import { Writer } from '../codec/writer.js';
import { hmacSha256 } from '../crypto/noble.js';
import { fail, ok } from '../result.js';
import { regularTimeMs } from './anchor.js';
import { F64_BYTES, viewF64 } from './f64.js';

/** Bytes of salt before each sample: nobody guesses a hidden one by hashing all values a sensor can have. */
export const SALT_BYTES = 16;

/** The value of one channel. */
export interface SampleValue {
  readonly name: string;
  /** Empty for none. */
  readonly unit: string;
  /** Null where the channel gave none. */
  readonly value: number | null;
}

export interface Sample {
  /** In its batch, from 0. */
  readonly index: number;
  /** Source time, unix milliseconds, whole or with a fraction. */
  readonly timeMs: number;
  readonly values: readonly SampleValue[];
}

/** Bytes of every sample of a batch. */
export function sampleBytesOf({ timing, channels }: BatchSchema): number {
  return F64_BYTES * ((timing.kind === 'each' ? 1 : 0) + channels.length);
}

/** The sample in canonical bytes. Refuses with `malformed` what no sample of this batch can be. */
export function decodeSample(bytes: Uint8Array, index: number, anchor: Anchor): Result<Sample, Refusal<'malformed'>> {
  const { timing, channels } = anchor;
  const size = sampleBytesOf(anchor);
  if (bytes.length !== size) return refuse('sample', `${bytes.length} bytes`, `${size} bytes`);
  if (index >= anchor.count) return refuse('sample index', `${index}`, `below ${anchor.count}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const ownTimeMs = timing.kind === 'each' ? viewF64(view, 0) : regularTimeMs(timing, index);
  if (ownTimeMs === null || ownTimeMs === undefined) return refuse('sample time', 'no number', 'unix ms');
  if (timing.kind === 'each' && (ownTimeMs < timing.firstTimeMs || ownTimeMs > timing.lastTimeMs)) {
    return refuse('sample time', `${ownTimeMs}`, `${timing.firstTimeMs} to ${timing.lastTimeMs}`);
  }
  const values: SampleValue[] = [];
  const first = size - channels.length * F64_BYTES;
  for (const [place, { name, unit }] of channels.entries()) {
    const value = viewF64(view, first + place * F64_BYTES);
    if (value === undefined) return refuse(`sample ${name}`, 'no canonical number', 'a finite number, or none');
    values.push({ name, unit, value });
  }
  return ok({ index, timeMs: ownTimeMs, values });
}

/** HMAC-SHA-256 of the u32 index under the batch's seed, its first 16 bytes; one for each index. */
export function saltsOf(seed: Uint8Array): (index: number) => Uint8Array {
  const hmac = hmacSha256(seed);
  return (index) => hmac(new Writer(4).u32(index).finish()).subarray(0, SALT_BYTES);
}

const LEAF_PREFIX = Uint8Array.of(0);

/** RFC 6962 leaf hash of salt || sample. */
export function sampleLeafHash(salt: Uint8Array, sample: Uint8Array, crypto: Crypto): Uint8Array {
  return crypto.sha256(LEAF_PREFIX, salt, sample);
}

function refuse(field: string, found: string, allowed: string): Result<never, Refusal<'malformed'>> {
  return fail({ code: 'malformed', field, found, allowed });
}
