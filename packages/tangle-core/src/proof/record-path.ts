/**
 * A commit record on the path of one of its entries. The record stands to the left of the entry, so where their ways to
 * the root meet, the proof's own path holds the complete subtree with the record: only the way below it is needed.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { HashReader } from '../log/merkle.js';
import { invariant } from '../assert.js';
import { leafHash } from '../log/merkle.js';
import { verifyInclusion } from '../log/merkle-proof.js';

/** The hashes from leaf `left` up to the subtree beside the path of leaf `right`; left < right. */
export function pathBeside(left: number, right: number, hashes: HashReader): Uint8Array[] {
  invariant(left >= 0 && left < right, `leaf ${left} is not to the left of ${right}`);
  const path: Uint8Array[] = [];
  const levels = meetingLevel(left, right);
  let index = left;
  for (let level = 0; level < levels; level++) {
    path.push(hashes.hash(level, index % 2 === 0 ? index + 1 : index - 1));
    index = Math.floor(index / 2);
  }
  return path;
}

/** Whether `leaf` is leaf `left` of the tree in which `path` leads from leaf `right` to the root. */
export function verifyBeside(
  leaf: Uint8Array,
  { left, right, size }: { readonly left: number; readonly right: number; readonly size: number },
  pathToMeeting: readonly Uint8Array[],
  path: readonly Uint8Array[],
  crypto: Crypto,
): boolean {
  if (left < 0 || left >= right || right >= size) return false;
  const level = meetingLevel(left, right);
  const root = path[placeOnPath(right, size, level)];
  if (root === undefined) return false;
  const width = 2 ** level;
  const claim = { index: BigInt(left % width), size: BigInt(width), leaf: leafHash(leaf, crypto), root };
  return verifyInclusion(claim, pathToMeeting, crypto);
}

/** Level of the two siblings above which both leaves have the same ancestors. */
function meetingLevel(left: number, right: number): number {
  let level = 0;
  for (let width = 2; Math.floor(left / width) !== Math.floor(right / width); width *= 2) level++;
  return level;
}

/** Where the sibling at `level` stands in the path of leaf `index`: the levels below have one unless they end there. */
function placeOnPath(index: number, size: number, level: number): number {
  let place = 0;
  for (let width = 1, below = 0; below < level; below++, width *= 2) {
    const node = Math.floor(index / width);
    if (node % 2 === 1 || node < Math.floor((size - 1) / width)) place += 1;
  }
  return place;
}
