/** One proof for many leaves, and a leaf beside another's path: held against trees hashed by the RFC's own words. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nobleCrypto } from '../../src/crypto/index.js';
import { inclusionPath, leafHash } from '../../src/log/index.js';
import { gapHashes, rootOfParts } from '../../src/proof/multi-proof.js';
import { pathBeside, verifyBeside } from '../../src/proof/record-path.js';
import { ascii, naiveRoot, StoredTree, VirtualTree } from '../log/trees.js';

const SIZE_MAX = 70;
const entries = Array.from({ length: SIZE_MAX }, (_, index) => ascii(`leaf ${index}`));
const tree = new StoredTree(entries);
const placed = (position: number) => ({ position, hash: leafHash(entries[position]!, nobleCrypto) });

describe('leaves and the hashes between them', () => {
  const chosen = fc.integer({ min: 1, max: SIZE_MAX }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      positions: fc.subarray(Array.from({ length: size }, (_, position) => position)),
    }),
  );

  test('make the root of the tree, whichever leaves they are', () => {
    fc.assert(
      fc.property(chosen, ({ size, positions }) => {
        const gaps = gapHashes(positions, size, tree);
        const root = rootOfParts(positions.map(placed), gaps, size, nobleCrypto);
        expect(root).toEqual(naiveRoot(entries.slice(0, size)));
      }),
    );
  });

  test('make none where a hash is missing, left over or changed, or a leaf stands elsewhere', () => {
    fc.assert(
      fc.property(chosen, fc.nat(), ({ size, positions }, pick) => {
        const gaps = gapHashes(positions, size, tree);
        const leaves = positions.map(placed);
        const root = naiveRoot(entries.slice(0, size));
        const rootWith = (shown: typeof leaves, hashes: readonly Uint8Array[]): Uint8Array | null =>
          rootOfParts(shown, hashes, size, nobleCrypto);
        expect(rootWith(leaves, [...gaps, root])).toBeNull();
        expect(gaps.length === 0 || rootWith(leaves, gaps.slice(1)) === null).toBe(true);
        expect(leaves.length < 2 || rootWith(leaves.toReversed(), gaps) === null).toBe(true);
        expect(leaves.length === 0 || rootWith([leaves[0]!, ...leaves], gaps) === null).toBe(true);
        const wrong = gaps.map((hash, place) => (place === pick % gaps.length ? new Uint8Array(32) : hash));
        expect([gaps.length > 0, rootWith(leaves, wrong)]).not.toEqual([true, root]);
        expect(rootOfParts([{ ...placed(0), position: size }], gaps, size, nobleCrypto)).toBeNull();
      }),
    );
  });

  test('are few in a large tree', () => {
    const size = 2 ** 40 + 12_345;
    const positions = Array.from({ length: 100 }, (_, index) => 2 ** 39 + index * 3);
    const large = new VirtualTree(new Map());
    const gaps = gapHashes(positions, size, large);
    expect(gaps.length).toBeLessThan(100 * 2 + 100);
    const leaves = positions.map((position) => ({ position, hash: large.leaf(position) }));
    expect(rootOfParts(leaves, gaps, size, nobleCrypto)).not.toBeNull();
  });
});

describe('a leaf to the left of another', () => {
  test('is proven by the way up to the path of the other, at every distance in trees of many sizes', () => {
    for (const size of [2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 48, 64, 65, SIZE_MAX]) {
      for (let right = 1; right < size; right += 1 + (size % 3)) {
        const path = inclusionPath(right, size, tree, nobleCrypto);
        for (let left = Math.max(0, right - 9); left < right; left++) {
          const beside = pathBeside(left, right, tree);
          const at = { left, right, size };
          expect(verifyBeside(entries[left]!, at, beside, path, nobleCrypto), `${left} ${right} ${size}`).toBe(true);
          expect(verifyBeside(entries[right]!, at, beside, path, nobleCrypto)).toBe(false);
          expect(verifyBeside(entries[left]!, { ...at, left: left - 1 }, beside, path, nobleCrypto)).toBe(false);
          expect(verifyBeside(entries[left]!, at, [...beside, path[0]!], path, nobleCrypto)).toBe(false);
        }
      }
    }
  });
});
