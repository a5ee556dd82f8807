/** The Merkle map: it must give the root that the plain definition gives, however its entries came to be. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Crypto } from '../../src/crypto/index.js';
import { fromHex, toHex } from '../../src/codec/index.js';
import { taggedHash } from '../../src/crypto/index.js';
import { MerkleMap, stateDigestOf } from '../../src/ledger/index.js';
import { crypto } from './fixtures.js';

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** The definition word for word: recursive, from scratch, bits as text. */
function referenceRoot(hashes: Crypto, entries: readonly Entry[]): Uint8Array {
  const paths = entries.map(({ key, value }) => {
    const keyHash = taggedHash(hashes, 'state', key);
    const bits = Array.from(keyHash, (byte) => byte.toString(2).padStart(8, '0')).join('');
    return { bits, leaf: hashes.sha256(Uint8Array.of(0), keyHash, value) };
  });
  const rootOf = (subtree: typeof paths, depth: number): Uint8Array => {
    if (subtree.length === 0) return hashes.sha256();
    if (subtree.length === 1 && subtree[0] !== undefined) return subtree[0].leaf;
    const side = (bit: string) =>
      rootOf(
        subtree.filter(({ bits }) => bits[depth] === bit),
        depth + 1,
      );
    return hashes.sha256(Uint8Array.of(1), side('0'), side('1'));
  };
  return rootOf(paths, 0);
}

/** Key hashes that share all but their last 12 bits: the deepest forks, which real hashes never have. */
const deepCrypto: Crypto = {
  verifyEd25519: () => false,
  isAdmissibleKey: () => false,
  sha256(...parts) {
    const digest = crypto.sha256(...parts);
    // A tagged hash is the only one whose first part is longer than a prefix byte.
    if ((parts[0]?.length ?? 0) <= 1) return digest;
    const deep = new Uint8Array(32).fill(0xa5);
    deep.set([(digest[0] ?? 0) | 0xf0, digest[1] ?? 0], 30);
    return deep;
  },
};

function mapOf(hashes: Crypto, entries: readonly Entry[]): MerkleMap {
  const map = new MerkleMap(hashes);
  for (const { key, value } of entries) map.set(key, value);
  return map;
}

const entry = (key: string, value: string): Entry => ({ key: fromHex(key), value: fromHex(value) });

describe('small maps', () => {
  test('an empty map has the hash of nothing', () => {
    expect(toHex(new MerkleMap(crypto).root())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  test('a single entry is its leaf, without inner nodes', () => {
    const { key, value } = entry('aabb', 'cc');
    const leaf = crypto.sha256(Uint8Array.of(0), taggedHash(crypto, 'state', key), value);
    expect(mapOf(crypto, [{ key, value }]).root()).toEqual(leaf);
  });

  test('an empty value is an entry all the same', () => {
    expect(mapOf(crypto, [entry('aa', '')]).root()).not.toEqual(new MerkleMap(crypto).root());
  });

  test('replacing a value changes the root, and putting it back restores it', () => {
    const map = mapOf(crypto, [entry('aa', '01'), entry('bb', '02')]);
    const before = map.root();
    map.set(fromHex('aa'), fromHex('03'));
    expect(map.root()).not.toEqual(before);
    map.set(fromHex('aa'), fromHex('01'));
    expect(map.root()).toEqual(before);
  });

  test('removing what is not there changes nothing', () => {
    const map = mapOf(crypto, [entry('aa', '01'), entry('bb', '02')]);
    const before = map.root();
    map.delete(fromHex('cc'));
    expect(map.root()).toEqual(before);
    new MerkleMap(crypto).delete(fromHex('cc'));
  });

  test('removing all entries one by one passes through the root of every smaller map', () => {
    const entries = Array.from({ length: 40 }, (_, index) => entry(toHex(Uint8Array.of(index)), '77'));
    for (const hashes of [crypto, deepCrypto]) {
      const map = mapOf(hashes, entries);
      for (let left = entries.length; left > 0; left--) {
        expect(map.root()).toEqual(referenceRoot(hashes, entries.slice(0, left)));
        map.delete(fromHex(toHex(Uint8Array.of(left - 1))));
      }
      expect(map.root()).toEqual(crypto.sha256());
    }
  });
});

describe('random maps', () => {
  const keys = fc.uint8Array({ minLength: 1, maxLength: 2, max: 15 });
  const values = fc.uint8Array({ maxLength: 4 });
  const operations = fc.array(fc.record({ key: keys, value: fc.option(values, { freq: 3 }), look: fc.boolean() }), {
    maxLength: 80,
  });

  test.each([
    ['real hashes', crypto],
    ['key hashes that differ in their last bits only', deepCrypto],
  ])('under %s every history of changes gives the root of a map made from scratch', (_, hashes) => {
    fc.assert(
      fc.property(operations, (steps) => {
        const map = new MerkleMap(hashes);
        const model = new Map<string, Entry>();
        const looks: [Uint8Array, Uint8Array][] = [];
        const withoutCollision = (key: Uint8Array) => {
          const hash = toHex(taggedHash(hashes, 'state', key));
          return [...model.values()].every(
            (other) => toHex(other.key) === toHex(key) || toHex(taggedHash(hashes, 'state', other.key)) !== hash,
          );
        };
        for (const { key, value, look } of steps) {
          if (!withoutCollision(key)) continue;
          if (value === null) {
            map.delete(key);
            model.delete(toHex(key));
          } else {
            map.set(key, value);
            model.set(toHex(key), { key, value });
          }
          // Looking now and then leaves cached hashes behind, which later changes must drop.
          if (look) looks.push([map.root(), referenceRoot(hashes, [...model.values()])]);
        }
        looks.push([map.root(), referenceRoot(hashes, [...model.values()])]);
        for (const [incremental, fromScratch] of looks) expect(incremental).toEqual(fromScratch);
      }),
      { numRuns: 60 },
    );
  });

  test('the order in which entries come makes no difference', () => {
    const maps = fc.uniqueArray(fc.record({ key: keys, value: values }), { selector: ({ key }) => toHex(key) });
    const shuffles = maps.chain((entries) =>
      fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
    );
    fc.assert(
      fc.property(shuffles, ([entries, shuffled]) => {
        expect(mapOf(crypto, shuffled).root()).toEqual(mapOf(crypto, entries).root());
      }),
    );
  });
});

describe('digest of a snapshot', () => {
  test('it is the root over its entries', () => {
    const map = mapOf(crypto, [entry('aa', '01'), entry('bb', '')]);
    const entries = [
      { key: 'bb', value: fromHex('') },
      { key: 'aa', value: fromHex('01') },
    ];
    expect(stateDigestOf(crypto, entries)).toBe(toHex(map.root()));
  });

  test.each([
    ['a removed value', [{ key: 'aa', value: null }]],
    [
      'a key that comes twice',
      [
        { key: 'aa', value: fromHex('01') },
        { key: 'aa', value: fromHex('02') },
      ],
    ],
    ['a key that is not hex', [{ key: 'ag', value: fromHex('01') }]],
    ['a key in upper case', [{ key: 'AA', value: fromHex('01') }]],
  ])('%s is no state', (_, entries) => {
    expect(stateDigestOf(crypto, entries)).toBeUndefined();
  });
});
