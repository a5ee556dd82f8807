/**
 * One proof for many leaves of a tree: the leaves themselves, and for each gap between them the hashes of the largest
 * complete subtrees that fill it, from left to right. There is exactly one such list for a set of leaves and a size.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { HashReader } from '../log/merkle.js';
import { invariant, present } from '../assert.js';
import { nodeHash } from '../log/merkle.js';

/** A leaf by its position and leaf hash. */
export interface PlacedHash {
  readonly position: number;
  readonly hash: Uint8Array;
}

interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** The hashes that `positions` (ascending, distinct, below `size`) leave out. */
export function gapHashes(positions: readonly number[], size: number, hashes: HashReader): Uint8Array[] {
  const found: Uint8Array[] = [];
  let begin = 0;
  for (const position of [...positions, size]) {
    invariant(position >= begin && position <= size, 'positions ascend and lie in the tree');
    for (const { level, index } of completeNodes(begin, position)) found.push(hashes.hash(level, index));
    begin = position + 1;
  }
  return found;
}

/**
 * The root over the leaves (ascending, distinct) and the hashes of the gaps between them. Null where positions are not
 * in order or hashes are missing or left over.
 */
export function rootOfParts(
  leaves: readonly PlacedHash[],
  gaps: readonly Uint8Array[],
  size: number,
  crypto: Crypto,
): Uint8Array | null {
  const peaks = new Peaks(crypto);
  let begin = 0;
  let used = 0;
  const fill = (end: number): boolean => {
    for (const { level, index } of completeNodes(begin, end)) {
      const hash = gaps[used++];
      if (hash === undefined) return false;
      peaks.push(level, index, hash);
    }
    return true;
  };
  for (const { position, hash } of leaves) {
    if (position < begin || position >= size || !fill(position)) return null;
    peaks.push(0, position, hash);
    begin = position + 1;
  }
  return fill(size) && used === gaps.length && size > 0 ? peaks.root() : null;
}

/** The largest complete subtrees over the leaves [begin, end), from left to right. */
function* completeNodes(begin: number, end: number): Generator<TreeNode> {
  let next = begin;
  while (next < end) {
    let level = 0;
    let width = 1;
    while (next % (width * 2) === 0 && next + width * 2 <= end) {
      width *= 2;
      level += 1;
    }
    yield { level, index: next / width };
    next += width;
  }
}

/** Complete subtrees, each right of the last; two siblings become their parent. At most 53 are held. */
class Peaks {
  readonly #crypto: Crypto;
  readonly #nodes: (TreeNode & { readonly hash: Uint8Array })[] = [];

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  push(level: number, index: number, hash: Uint8Array): void {
    let node = { level, index, hash };
    for (let left = this.#nodes.at(-1); left?.level === node.level && node.index % 2 === 1; left = this.#nodes.at(-1)) {
      this.#nodes.pop();
      const parent = nodeHash(left.hash, node.hash, this.#crypto);
      node = { level: node.level + 1, index: (node.index - 1) / 2, hash: parent };
    }
    this.#nodes.push(node);
  }

  root(): Uint8Array {
    const [last, ...others] = [...this.#nodes].reverse();
    let { hash } = present(last, 'a tree has leaves');
    for (const peak of others) hash = nodeHash(peak.hash, hash, this.#crypto);
    return hash;
  }
}
