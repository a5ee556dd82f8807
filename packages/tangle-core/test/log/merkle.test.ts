/** The tree of RFC 9162 against published vectors, its own definition, and sizes that need more than 32 bits. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { fromHex, toHex } from '../../src/codec/index.js';
import { nobleCrypto } from '../../src/crypto/index.js';
import {
  CompactRange,
  consistencyPath,
  emptyRoot,
  inclusionPath,
  leafHash,
  nodeHash,
  rootOf,
  tileHashReader,
  verifyConsistency,
  verifyInclusion,
} from '../../src/log/index.js';
import { consistencyProbes, inclusionProbes, merkleReference } from '../vectors/log.js';
import { ascii, naiveRoot, StoredTree, VirtualTree } from './trees.js';

const crypto = nobleCrypto;

function bytes(base64: string | null): Uint8Array {
  return new Uint8Array(Buffer.from(base64 ?? '', 'base64'));
}

function prefixes(path: readonly Uint8Array[]): string[] {
  return path.map((hash) => toHex(hash, 0, 4));
}

describe('the eight reference leaves', () => {
  const leaves = merkleReference.leafInputsHex.map((hex) => fromHex(hex));
  const tree = new StoredTree(leaves);

  test('hash with the prefixes 0x00 and 0x01', () => {
    expect(toHex(leafHash(ascii('L123456'), crypto))).toBe(merkleReference.leafHash_L123456);
    expect(toHex(nodeHash(ascii('N123'), ascii('N456'), crypto))).toBe(merkleReference.nodeHash_N123_N456);
    expect(toHex(emptyRoot(crypto))).toBe(merkleReference.emptyRoot);
  });

  test('have the published root at every size, by appending and out of the stored nodes', () => {
    const range = CompactRange.empty(crypto);
    expect(toHex(range.root())).toBe(merkleReference.emptyRoot);
    for (const [index, leaf] of leaves.entries()) {
      range.append(leafHash(leaf, crypto));
      const expected = merkleReference.rootsBySize1to8[index];
      expect(range.size).toBe(index + 1);
      expect(toHex(range.root())).toBe(expected);
      expect(toHex(rootOf(index + 1, tree, crypto))).toBe(expected);
    }
    expect(toHex(rootOf(0, tree, crypto))).toBe(merkleReference.emptyRoot);
  });

  test('report each complete node once while they are appended', () => {
    const reported = [...tree.nodes].map(([name, hash]) => [name, toHex(hash)]);
    const published = merkleReference.nodesByLevel.flatMap((nodes, level) =>
      nodes.map((hash, index) => [`${level}/${index}`, hash]),
    );
    expect(new Map(reported as [string, string][])).toEqual(new Map(published as [string, string][]));
  });

  test('have the published inclusion and consistency proofs', () => {
    expect(prefixes(inclusionPath(0, 8, tree, crypto))).toEqual(['96a296d2', '5f083f0a', '6b47aaf2']);
    expect(prefixes(inclusionPath(5, 8, tree, crypto))).toEqual(['bc1a0643', 'ca854ea1', 'd37ee418']);
    expect(prefixes(inclusionPath(2, 3, tree, crypto))).toEqual(['fac54203']);
    expect(prefixes(inclusionPath(1, 5, tree, crypto))).toEqual(['6e340b9c', '5f083f0a', 'bc1a0643']);
    expect(prefixes(consistencyPath(1, 8, tree, crypto))).toEqual(['96a296d2', '5f083f0a', '6b47aaf2']);
    expect(prefixes(consistencyPath(6, 8, tree, crypto))).toEqual(['0ebc5d34', 'ca854ea1', 'd37ee418']);
    expect(prefixes(consistencyPath(2, 5, tree, crypto))).toEqual(['5f083f0a', 'bc1a0643']);
    expect(prefixes(consistencyPath(6, 7, tree, crypto))).toEqual(['0ebc5d34', 'b08693ec', 'd37ee418']);
  });
});

/** Upstream refuses every proof from size 0; ours is empty and from the root of the empty tree, so it holds. */
const PROBE_OF_SIZE_0 = 'testdata/consistency/additional/size1-is-zero-and-size2-is-not-zero.json';

describe('published probes', () => {
  test.each(inclusionProbes)('inclusion $file: $desc', (probe) => {
    const { leafIdx: index, treeSize: size, root, leafHash: leaf, proof } = probe;
    const claim = { index, size, root: bytes(root), leaf: bytes(leaf) };
    expect(verifyInclusion(claim, (proof ?? []).map(bytes), crypto)).toBe(!probe.wantErr);
  });

  test.each(consistencyProbes)('consistency $file: $desc', (probe) => {
    const { size1, size2, root1, root2, proof } = probe;
    const claim = { size1, size2, root1: bytes(root1), root2: bytes(root2) };
    const expected = !probe.wantErr || probe.file === PROBE_OF_SIZE_0;
    expect(verifyConsistency(claim, (proof ?? []).map(bytes), crypto)).toBe(expected);
  });

  test('there are 98 of each, of which 92 must be refused', () => {
    for (const probes of [inclusionProbes, consistencyProbes]) {
      expect(probes).toHaveLength(98);
      expect(probes.filter(({ wantErr }) => wantErr)).toHaveLength(92);
    }
  });
});

describe('consistency from size 0', () => {
  const root1 = emptyRoot(crypto);
  const root2 = leafHash(ascii('anything'), crypto);

  test('holds under an empty proof and the root of the empty tree', () => {
    expect(verifyConsistency({ size1: 0n, size2: 5n, root1, root2 }, [], crypto)).toBe(true);
    expect(verifyConsistency({ size1: 0n, size2: 0n, root1, root2: root1 }, [], crypto)).toBe(true);
    expect(consistencyPath(0, 5, new VirtualTree(new Map()), crypto)).toEqual([]);
  });

  test('is refused with any proof, or another root for size 0', () => {
    expect(verifyConsistency({ size1: 0n, size2: 5n, root1, root2 }, [root2], crypto)).toBe(false);
    expect(verifyConsistency({ size1: 0n, size2: 5n, root1: root2, root2 }, [], crypto)).toBe(false);
    expect(verifyConsistency({ size1: 0n, size2: 0n, root1: root2, root2 }, [], crypto)).toBe(false);
  });
});

describe('trees of every size up to 70', () => {
  const entries = Array.from({ length: 70 }, (_, index) => ascii(`entry ${index}`));
  const tree = new StoredTree(entries);
  const roots = entries.map((_, index) => naiveRoot(entries.slice(0, index + 1)));
  const rootAt = (size: number): Uint8Array => roots[size - 1]!;

  test('have the root of the definition, also when appending goes on from stored nodes', () => {
    for (let size = 1; size <= entries.length; size++) {
      expect(rootOf(size, tree, crypto)).toEqual(rootAt(size));
      const range = CompactRange.restore(size - 1, tree, crypto);
      range.append(leafHash(entries[size - 1]!, crypto));
      expect(range.root()).toEqual(rootAt(size));
    }
  });

  test('prove every leaf, and no leaf as another or in another tree', () => {
    for (let size = 1; size <= entries.length; size++) {
      for (let index = 0; index < size; index++) {
        const path = inclusionPath(index, size, tree, crypto);
        const leaf = tree.hash(0, index);
        const claim = { index: BigInt(index), size: BigInt(size), leaf, root: rootAt(size) };
        expect(verifyInclusion(claim, path, crypto)).toBe(true);
        expect(verifyInclusion({ ...claim, index: claim.index + 1n }, path, crypto)).toBe(false);
        expect(verifyInclusion({ ...claim, leaf: leafHash(ascii('other'), crypto) }, path, crypto)).toBe(false);
        expect(verifyInclusion(claim, [...path, leaf], crypto)).toBe(false);
        expect(verifyInclusion(claim, path.slice(1), crypto)).toBe(size === 1);
      }
    }
  });

  test('prove that each goes on from each smaller one, and from no other', () => {
    for (let size2 = 1; size2 <= entries.length; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const path = consistencyPath(size1, size2, tree, crypto);
        const claim = { size1: BigInt(size1), size2: BigInt(size2), root1: rootAt(size1), root2: rootAt(size2) };
        expect(verifyConsistency(claim, path, crypto)).toBe(true);
        const other = leafHash(ascii('other'), crypto);
        expect(verifyConsistency({ ...claim, root1: other }, path, crypto)).toBe(false);
        expect(verifyConsistency({ ...claim, root2: other }, path, crypto)).toBe(false);
        expect(verifyConsistency(claim, [...path, other], crypto)).toBe(false);
      }
    }
  });
});

describe('trees that need more than 32 bits', () => {
  const corners = [
    0,
    1,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 31 + 1,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 32 + 1,
    2 ** 33 + 12_345,
    2 ** 52,
  ];
  const special = new Map(corners.map((index) => [index, ascii(`leaf ${index}`)]));
  const tree = new VirtualTree(special);
  const sizes = [
    2 ** 31 + 1,
    2 ** 32,
    2 ** 32 + 2,
    2 ** 33 + 12_346,
    2 ** 40 - 1,
    2 ** 52 + 1,
    Number.MAX_SAFE_INTEGER,
  ];

  test.each(sizes)('of %i leaves prove their corners', (size) => {
    const root = rootOf(size, tree, crypto);
    for (const index of [...corners, size - 1].filter((corner) => corner < size)) {
      const path = inclusionPath(index, size, tree, crypto);
      const claim = { index: BigInt(index), size: BigInt(size), leaf: tree.leaf(index), root };
      expect(verifyInclusion(claim, path, crypto)).toBe(true);
      // What 32-bit arithmetic would take for the same leaf.
      expect(verifyInclusion({ ...claim, index: claim.index + 2n ** 32n }, path, crypto)).toBe(false);
    }
  });

  test('are consistent with one another', () => {
    for (const size2 of sizes) {
      for (const size1 of [1, 5, 2 ** 31, ...sizes].filter((size) => size <= size2)) {
        const path = consistencyPath(size1, size2, tree, crypto);
        const root1 = rootOf(size1, tree, crypto);
        const root2 = rootOf(size2, tree, crypto);
        const claim = { size1: BigInt(size1), size2: BigInt(size2), root1, root2 };
        expect(verifyConsistency(claim, path, crypto)).toBe(true);
      }
    }
  });

  test('go on from their stored border', () => {
    const range = CompactRange.restore(2 ** 32 - 1, tree, crypto);
    const visited: string[] = [];
    range.append(tree.leaf(2 ** 32 - 1), (level, index) => visited.push(`${level}/${index}`));
    expect(visited).toHaveLength(33);
    expect(visited.at(-1)).toBe('32/0');
    range.append(tree.leaf(2 ** 32));
    expect(range.root()).toEqual(rootOf(2 ** 32 + 1, tree, crypto));
  });

  test('give the same proofs out of tiles', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 53 - 2 }), fc.nat({ max: 2 ** 53 - 2 }), (left, right) => {
        const [index, size] = left < right ? [left, right] : [right, left + 1];
        const tiles = tileHashReader(
          size,
          (tile) => {
            const hashes = Array.from({ length: tile.width }, (_, at) =>
              tree.hash(tile.level * 8, tile.index * 256 + at),
            );
            return new Uint8Array(hashes.flatMap((hash) => [...hash]));
          },
          crypto,
        );
        expect(inclusionPath(index, size, tiles, crypto)).toEqual(inclusionPath(index, size, tree, crypto));
      }),
      { numRuns: 4 },
    );
  });
});

test('a position outside the tree or a size above 2^53 - 1 is a bug of the caller', () => {
  const tree = new VirtualTree(new Map());
  expect(() => inclusionPath(5, 5, tree, crypto)).toThrow(InvariantError);
  expect(() => inclusionPath(-1, 5, tree, crypto)).toThrow(InvariantError);
  expect(() => consistencyPath(6, 5, tree, crypto)).toThrow(InvariantError);
  expect(() => rootOf(2 ** 53, tree, crypto)).toThrow(InvariantError);
  const full = CompactRange.restore(Number.MAX_SAFE_INTEGER, tree, crypto);
  expect(() => full.append(tree.leaf(0))).toThrow(InvariantError);
});
