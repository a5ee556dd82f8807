/**
 * Inclusion and consistency proofs: built from a stored tree, and verified exactly as RFC 9162 sections 2.1.3.2 and
 * 2.1.4.2 say. What we build concerns our own leaves, whose positions are safe integers; what we verify stands in a
 * stranger's file, where an index is any u64.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { HashReader } from './merkle.js';
import { invariant } from '../assert.js';
import { HASH_BYTES, emptyRoot, nodeHash, rangeHash } from './merkle.js';

/** What an inclusion proof claims: `leaf` is the hash of leaf `index` of the tree of `size` leaves under `root`. */
export interface InclusionClaim {
  readonly index: bigint;
  readonly size: bigint;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
}

/** What a consistency proof claims: the tree of `size1` leaves is the start of the one of `size2`. */
export interface ConsistencyClaim {
  readonly size1: bigint;
  readonly size2: bigint;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
}

/** The path from leaf `index` to the root of the first `size` leaves, the leaf's sibling first (RFC 9162 2.1.3.1). */
export function inclusionPath(index: number, size: number, hashes: HashReader, crypto: Crypto): Uint8Array[] {
  invariant(Number.isSafeInteger(size) && Number.isSafeInteger(index), 'positions and sizes are safe integers');
  invariant(index >= 0 && index < size, `no leaf ${index} in a tree of ${size}`);
  const path: Uint8Array[] = [];
  let begin = 0;
  let end = size;
  while (end - begin > 1) {
    const middle = begin + leftWidth(end - begin);
    if (index < middle) {
      path.push(rangeHash(middle, end, hashes, crypto));
      end = middle;
    } else {
      path.push(rangeHash(begin, middle, hashes, crypto));
      begin = middle;
    }
  }
  return path.reverse();
}

/**
 * The proof that the first `size1` leaves are the start of the first `size2` (RFC 9162 2.1.4.1). Empty for two equal
 * sizes, and from 0: every tree goes on from the empty one.
 */
export function consistencyPath(size1: number, size2: number, hashes: HashReader, crypto: Crypto): Uint8Array[] {
  invariant(Number.isSafeInteger(size1) && Number.isSafeInteger(size2), 'sizes are safe integers');
  invariant(size1 >= 0 && size1 <= size2, `a tree of ${size2} does not go on from one of ${size1}`);
  if (size1 === 0 || size1 === size2) return [];
  const path: Uint8Array[] = [];
  let begin = 0;
  let end = size2;
  while (size1 < end) {
    const middle = begin + leftWidth(end - begin);
    if (size1 <= middle) {
      path.push(rangeHash(middle, end, hashes, crypto));
      end = middle;
    } else {
      path.push(rangeHash(begin, middle, hashes, crypto));
      begin = middle;
    }
  }
  // A verifier has the root of the old tree: only where its last subtree is a part of it does the proof start there.
  if (begin > 0) path.push(rangeHash(begin, end, hashes, crypto));
  return path.reverse();
}

/** RFC 9162 section 2.1.3.2. False for any claim that does not hold, whatever its numbers and lengths. */
export function verifyInclusion(claim: InclusionClaim, path: readonly Uint8Array[], crypto: Crypto): boolean {
  const { index, size, leaf, root } = claim;
  if (index < 0n || index >= size || leaf.length !== HASH_BYTES || !areHashes(path)) return false;
  let node = index;
  let last = size - 1n;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0n) return false;
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash, crypto);
      // A last node without a right sibling moves up unhashed until it is a right child.
      while (!isOdd(node) && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      hash = nodeHash(hash, sibling, crypto);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n && equalHashes(hash, root);
}

/**
 * RFC 9162 section 2.1.4.2. The RFC is silent about size 0; here, as in c2sp.org/tlog-witness, every tree is consistent
 * with the empty one under an empty proof, as long as the root claimed for size 0 is the only one it has, SHA-256("").
 */
export function verifyConsistency(claim: ConsistencyClaim, path: readonly Uint8Array[], crypto: Crypto): boolean {
  const { size1, size2, root1, root2 } = claim;
  if (size1 < 0n || size1 > size2 || !areHashes(path)) return false;
  if (size1 === 0n && !equalHashes(root1, emptyRoot(crypto))) return false;
  if (size1 === size2) return path.length === 0 && equalHashes(root1, root2);
  if (size1 === 0n) return path.length === 0;
  if (path.length === 0) return false;
  const [first = root1, ...rest] = isPowerOfTwo(size1) ? [root1, ...path] : path;
  let node = size1 - 1n;
  let last = size2 - 1n;
  while (isOdd(node)) [node, last] = [node >> 1n, last >> 1n];
  let oldHash = first;
  let newHash = first;
  for (const sibling of rest) {
    if (last === 0n) return false;
    if (isOdd(node) || node === last) {
      oldHash = nodeHash(sibling, oldHash, crypto);
      newHash = nodeHash(sibling, newHash, crypto);
      while (!isOdd(node) && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      newHash = nodeHash(newHash, sibling, crypto);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n && equalHashes(oldHash, root1) && equalHashes(newHash, root2);
}

/** Leaves in the left half of a tree of `count` >= 2 leaves: the largest power of two below it. */
function leftWidth(count: number): number {
  let width = 1;
  while (width * 2 < count) width *= 2;
  return width;
}

function isOdd(value: bigint): boolean {
  return (value & 1n) === 1n;
}

function isPowerOfTwo(value: bigint): boolean {
  return (value & (value - 1n)) === 0n;
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES);
}

function equalHashes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
