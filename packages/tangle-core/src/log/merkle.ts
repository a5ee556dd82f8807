/**
 * The Merkle tree of RFC 6962 / 9162 over the leaves of the log: hashing, and the compact range that appends to it.
 * A node is named (level, index): it covers the leaves [index * 2^level, (index + 1) * 2^level). Where nodes are kept
 * is the caller's part (tiles.ts says how they are served). Positions are safe integers, so no 32-bit shifts here.
 */
import type { Crypto } from '../crypto/crypto.js';
import { invariant, present } from '../assert.js';

/** SHA-256, in bytes. */
export const HASH_BYTES = 32;

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

/** Where hashes of a stored tree come from. Only complete nodes are asked for: every leaf below one exists. */
export interface HashReader {
  /** 32 bytes. A node that should be there and is not is the store's failure: it throws. */
  hash(level: number, index: number): Uint8Array;
}

/** Told of every node that an append completes, leaf first. */
export type NodeVisitor = (level: number, index: number, hash: Uint8Array) => void;

/** SHA-256(0x00 || entry). */
export function leafHash(entry: Uint8Array, crypto: Crypto): Uint8Array {
  return crypto.sha256(LEAF_PREFIX, entry);
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, crypto: Crypto): Uint8Array {
  return crypto.sha256(NODE_PREFIX, left, right);
}

/** Root of the tree without leaves: SHA-256(""). */
export function emptyRoot(crypto: Crypto): Uint8Array {
  return crypto.sha256();
}

/** MTH(D[begin:end]) where `begin` is a multiple of the largest power of two <= end - begin, as in every RFC split. */
export function rangeHash(begin: number, end: number, hashes: HashReader, crypto: Crypto): Uint8Array {
  const nodes: Uint8Array[] = [];
  let level = 0;
  let width = 1;
  for (; width * 2 <= end - begin; width *= 2) level++;
  for (let next = begin; next < end; next += width) {
    for (; width > end - next; width /= 2) level--;
    nodes.push(hashes.hash(level, next / width));
  }
  return foldPeaks(nodes, crypto);
}

/** Root of the first `size` leaves of a stored tree. */
export function rootOf(size: number, hashes: HashReader, crypto: Crypto): Uint8Array {
  checkSize(size);
  return rangeHash(0, size, hashes, crypto);
}

/** The right border of a tree: all that appending and the root need, at most 53 hashes. */
export class CompactRange {
  readonly #crypto: Crypto;
  /** Roots of the complete subtrees from left to right, one for each bit of the size. */
  readonly #peaks: Uint8Array[];
  #size: number;

  private constructor(size: number, peaks: Uint8Array[], crypto: Crypto) {
    this.#crypto = crypto;
    this.#peaks = peaks;
    this.#size = size;
  }

  static empty(crypto: Crypto): CompactRange {
    return new CompactRange(0, [], crypto);
  }

  /** Goes on from the first `size` leaves of a stored tree. */
  static restore(size: number, hashes: HashReader, crypto: Crypto): CompactRange {
    checkSize(size);
    const peaks: Uint8Array[] = [];
    rangeHash(0, size, { hash: (level, index) => keep(peaks, hashes.hash(level, index)) }, crypto);
    return new CompactRange(size, peaks, crypto);
  }

  /** Goes on from the peaks of a tree of `size` leaves, as `peaks` gave them. */
  static fromPeaks(size: number, peaks: readonly Uint8Array[], crypto: Crypto): CompactRange {
    checkSize(size);
    const bits = size.toString(2).replaceAll('0', '').length;
    invariant(peaks.length === bits, `a tree of ${size} leaves has ${bits} peaks, not ${peaks.length}`);
    return new CompactRange(size, [...peaks], crypto);
  }

  /** Roots of the complete subtrees from left to right: with the size, all that is needed to go on. */
  get peaks(): readonly Uint8Array[] {
    return [...this.#peaks];
  }

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** Appends one leaf by its hash; `visit` learns of it and of each node that it completes, to be stored. */
  append(leaf: Uint8Array, visit?: NodeVisitor): void {
    checkSize(this.#size + 1);
    let hash = leaf;
    let index = this.#size;
    visit?.(0, index, hash);
    for (let level = 1; index % 2 === 1; level++) {
      hash = nodeHash(present(this.#peaks.pop(), 'a peak for each bit of the size'), hash, this.#crypto);
      index = (index - 1) / 2;
      visit?.(level, index, hash);
    }
    this.#peaks.push(hash);
    this.#size += 1;
  }

  /** Root of the tree as it is now. */
  root(): Uint8Array {
    return foldPeaks(this.#peaks, this.#crypto);
  }
}

function keep(peaks: Uint8Array[], hash: Uint8Array): Uint8Array {
  peaks.push(hash);
  return hash;
}

/** Complete subtrees, from left to right, to the hash over all of them. */
function foldPeaks(peaks: readonly Uint8Array[], crypto: Crypto): Uint8Array {
  let hash = peaks.at(-1);
  if (hash === undefined) return emptyRoot(crypto);
  for (let index = peaks.length - 2; index >= 0; index--) {
    hash = nodeHash(present(peaks[index], 'an index within the peaks'), hash, crypto);
  }
  return hash;
}

function checkSize(size: number): void {
  // The message is made for none but a bug: appending comes by here for every leaf.
  if (!Number.isSafeInteger(size) || size < 0) invariant(false, `${size} is no size of a log`);
}
