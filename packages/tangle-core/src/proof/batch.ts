/**
 * A batch: samples of one stream under one signature (PROTOCOL 11). Their salted tree's root goes on the ledger in an
 * anchor; samples and seed stay off it, in a blob. Each sample can be shown alone: its salt and path tell nothing of its
 * neighbours. Where blobs are kept is the caller's part.
 *
 *   blob: u8 version = 1 | 32 seed | the samples
 */
import type { Crypto } from '../crypto/crypto.js';
import type { Refusal } from '../codec/reasons.js';
import type { HashReader } from '../log/merkle.js';
import type { Result } from '../result.js';
import type { Anchor, BatchSchema } from './anchor.js';
import type { Sample } from './sample.js';
import { invariant } from '../assert.js';
import { inclusionPath } from '../log/merkle-proof.js';
import { HASH_BYTES, nodeHash, rootOf } from '../log/merkle.js';
import { fail, ok } from '../result.js';
import { checkBatchSchema, encodeAnchor } from './anchor.js';
import { writeF64 } from './f64.js';
import { decodeSample, sampleBytesOf, sampleLeafHash, saltsOf } from './sample.js';

export const BLOB_VERSION = 1;
/** Bytes of the secret from which all salts of a batch follow. */
export const BATCH_SEED_BYTES = 32;
const BLOB_HEAD_BYTES = 1 + BATCH_SEED_BYTES;

/** What a device hands over. */
export interface Samples extends BatchSchema {
  /** Sample after sample, each with a value for every channel; NaN where a channel gave none. */
  readonly values: Float64Array;
  /** One a sample, not descending, where the timing is `each`; else left out. */
  readonly timesMs?: Float64Array;
}

/** One sample with what proves it against the root in the anchor. */
export interface BatchReading {
  readonly index: number;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** Its canonical bytes. */
  readonly sample: Uint8Array;
  /** From its leaf to the root, the sibling first. */
  readonly path: readonly Uint8Array[];
}

/** Why samples make no batch, or null. For what a caller hands over: `createBatch` throws on the same. */
export function checkSamples(samples: Samples): Refusal<'malformed'> | null {
  const { channels, values, timesMs, timing } = samples;
  const count = values.length / Math.max(1, channels.length);
  const refusal = checkBatchSchema(samples, count);
  if (refusal !== null) return { ...refusal, code: 'malformed' };
  const infinite = values.findIndex((value) => Math.abs(value) === Infinity);
  if (infinite >= 0) {
    const found = `${values[infinite]}`;
    return { code: 'malformed', field: `values[${infinite}]`, found, allowed: 'finite numbers, NaN for none' };
  }
  if (timing.kind === 'regular') return null;
  let before = timing.firstTimeMs;
  for (let index = 0; index < count; index++) {
    const timeMs = timesMs?.[index] ?? NaN;
    if (!(timeMs >= before && timeMs <= timing.lastTimeMs)) {
      const allowed = `a time for each sample, not descending, ${timing.firstTimeMs} to ${timing.lastTimeMs}`;
      return { code: 'malformed', field: `timesMs[${index}]`, found: `${timeMs}`, allowed };
    }
    before = timeMs;
  }
  return null;
}

/**
 * Hashes the samples under salts of `seed`: 32 random bytes, of this batch alone and secret as long as samples are to
 * stay hidden. Throws InvariantError on samples that `checkSamples` refuses.
 */
export function createBatch(samples: Samples, seed: Uint8Array, crypto: Crypto): Batch {
  const refusal = checkSamples(samples);
  invariant(refusal === null, `no batch has ${refusal?.field} ${refusal?.found}`);
  invariant(seed.length === BATCH_SEED_BYTES, `a batch's seed has ${BATCH_SEED_BYTES} bytes, not ${seed.length}`);
  const { stream, timing, channels, values, timesMs } = samples;
  const count = values.length / channels.length;
  const sampleBytes = sampleBytesOf(samples);
  const blob = new Uint8Array(BLOB_HEAD_BYTES + count * sampleBytes);
  blob[0] = BLOB_VERSION;
  blob.set(seed, 1);
  const view = new DataView(blob.buffer);
  let offset = BLOB_HEAD_BYTES;
  const write = (value: number): void => {
    writeF64(view, offset, value);
    offset += 8;
  };
  for (let index = 0; index < count; index++) {
    if (timing.kind === 'each') write(timesMs?.[index] ?? NaN);
    const first = index * channels.length;
    for (let place = first; place < first + channels.length; place++) write(values[place] ?? NaN);
  }
  const tree = new SampleTree(blob, count, sampleBytes, crypto);
  const anchor: Anchor = { stream, timing, channels, count, root: tree.root() };
  return new Batch(anchor, blob, tree, crypto);
}

/**
 * The batch of an anchor out of its blob, hashed again. Refuses with `does-not-match` whatever is not the very blob
 * that the anchor commits to.
 */
export function openBatch(anchor: Anchor, blob: Uint8Array, crypto: Crypto): Result<Batch, Refusal<'does-not-match'>> {
  const sampleBytes = sampleBytesOf(anchor);
  const size = BLOB_HEAD_BYTES + anchor.count * sampleBytes;
  if (blob.length !== size) return refuse('blob', `${blob.length} bytes`, `${size} bytes`);
  if (blob[0] !== BLOB_VERSION) return refuse('blob version', `${blob[0]}`, `${BLOB_VERSION}`);
  const own = new Uint8Array(blob);
  const tree = new SampleTree(own, anchor.count, sampleBytes, crypto);
  const root = tree.root();
  if (!root.every((byte, place) => byte === anchor.root[place])) {
    return refuse('blob', 'samples or a seed of another root', 'those of the anchor');
  }
  const batch = new Batch(anchor, own, tree, crypto);
  for (let index = 0; index < anchor.count; index++) {
    const sample = batch.decode(index);
    if (!sample.ok) return refuse(`sample ${index}`, `${sample.reason.found}`, sample.reason.allowed);
  }
  return ok(batch);
}

/** A whole batch in memory: its blob, and some 64 bytes a sample for the tree. Made by the two functions above. */
export class Batch {
  readonly anchor: Anchor;
  /** What has to be kept off the ledger: who has it can read and prove every sample. */
  readonly blob: Uint8Array;
  readonly #tree: SampleTree;
  readonly #crypto: Crypto;

  constructor(anchor: Anchor, blob: Uint8Array, tree: SampleTree, crypto: Crypto) {
    this.anchor = anchor;
    this.blob = blob;
    this.#tree = tree;
    this.#crypto = crypto;
  }

  /** What goes on the ledger, in a transaction of payload type `anchor`. */
  get payload(): Uint8Array {
    return encodeAnchor(this.anchor);
  }

  /** Sample `index`, from 0 and below the count. */
  sample(index: number): Sample {
    const decoded = this.decode(index);
    invariant(decoded.ok, `sample ${index} of a checked batch cannot be read`);
    return decoded.value;
  }

  /** The sample and what proves it, for `addReadingToProof`. */
  reading(index: number): BatchReading {
    const { count } = this.anchor;
    invariant(Number.isInteger(index) && index >= 0 && index < count, `no sample ${index} in a batch of ${count}`);
    return {
      index,
      salt: this.#tree.saltOf(index),
      sample: this.#tree.sampleAt(index),
      path: inclusionPath(index, count, this.#tree, this.#crypto),
    };
  }

  decode(index: number): ReturnType<typeof decodeSample> {
    return decodeSample(this.#tree.sampleAt(index), index, this.anchor);
  }
}

/** The complete nodes of the salted tree, level by level, each level in one buffer. */
class SampleTree implements HashReader {
  readonly saltOf: (index: number) => Uint8Array;
  readonly #blob: Uint8Array;
  readonly #count: number;
  readonly #sampleBytes: number;
  readonly #crypto: Crypto;
  readonly #levels: readonly Uint8Array[];

  constructor(blob: Uint8Array, count: number, sampleBytes: number, crypto: Crypto) {
    this.#blob = blob;
    this.#count = count;
    this.#sampleBytes = sampleBytes;
    this.#crypto = crypto;
    this.saltOf = saltsOf(blob.subarray(1, BLOB_HEAD_BYTES));
    this.#levels = this.#hashAll();
  }

  sampleAt(index: number): Uint8Array {
    const start = BLOB_HEAD_BYTES + index * this.#sampleBytes;
    return this.#blob.subarray(start, start + this.#sampleBytes);
  }

  hash(level: number, index: number): Uint8Array {
    const hashes = this.#levels[level];
    const start = index * HASH_BYTES;
    invariant(hashes !== undefined && start < hashes.length, `no node ${level}/${index} in this batch`);
    return hashes.subarray(start, start + HASH_BYTES);
  }

  root(): Uint8Array {
    return rootOf(this.#count, this, this.#crypto);
  }

  #hashAll(): Uint8Array[] {
    const crypto = this.#crypto;
    let below = new Uint8Array(this.#count * HASH_BYTES);
    for (let index = 0; index < this.#count; index++) {
      below.set(sampleLeafHash(this.saltOf(index), this.sampleAt(index), crypto), index * HASH_BYTES);
    }
    const levels = [below];
    for (let width = Math.floor(this.#count / 2); width > 0; width = Math.floor(width / 2)) {
      const nodes = new Uint8Array(width * HASH_BYTES);
      for (let index = 0; index < width; index++) {
        const start = index * 2 * HASH_BYTES;
        const left = below.subarray(start, start + HASH_BYTES);
        const right = below.subarray(start + HASH_BYTES, start + 2 * HASH_BYTES);
        nodes.set(nodeHash(left, right, crypto), index * HASH_BYTES);
      }
      levels.push(nodes);
      below = nodes;
    }
    return levels;
  }
}

function refuse(field: string, found: string, allowed: string): Result<never, Refusal<'does-not-match'>> {
  return fail({ code: 'does-not-match', field, found, allowed });
}
