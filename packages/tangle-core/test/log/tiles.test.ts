/** Tiles and bundles: the examples of the specification, and every tree built out of its tiles. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { toHex } from '../../src/codec/index.js';
import { nobleCrypto } from '../../src/crypto/index.js';
import {
  CompactRange,
  decodeEntryBundle,
  encodeEntryBundle,
  ENTRY_BYTES_MAX,
  entryBundlePath,
  inclusionPath,
  leafHash,
  parseTilePath,
  rootOf,
  TILE_BYTES,
  tileHashReader,
  tileLevelsOf,
  tilePath,
  tilesAdded,
  tileSlotOf,
  tileWidthAt,
  type Tile,
} from '../../src/log/index.js';
import { noteVectors } from '../vectors/log.js';
import { ascii, StoredTree } from './trees.js';

const crypto = nobleCrypto;

describe('paths', () => {
  test.each([
    ['tile/0/x001/x234/067', { kind: 'tile', level: 0, index: 1_234_067, width: 256 }],
    ['tile/0/000', { kind: 'tile', level: 0, index: 0, width: 256 }],
    ['tile/63/999.p/1', { kind: 'tile', level: 63, index: 999, width: 1 }],
    ['tile/1/x001/000.p/255', { kind: 'tile', level: 1, index: 1_000, width: 255 }],
    ['tile/entries/x273/000.p/112', { kind: 'entries', index: 273_000, width: 112 }],
    ['tile/0/x009/x007/x199/x254/x740/991', { kind: 'tile', level: 0, index: Number.MAX_SAFE_INTEGER, width: 256 }],
  ] as const)('%s names one resource and back', (path, resource) => {
    expect(parseTilePath(path)).toEqual({ ok: true, value: resource });
    expect(resource.kind === 'tile' ? tilePath(resource) : entryBundlePath(resource)).toBe(path);
  });

  test.each([
    '',
    'tile',
    'checkpoint',
    '/tile/0/000',
    'tile/0/000/',
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/001/001',
    'tile/0/x001/x001',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/data/000',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/../000',
    'tile/0/000\n',
    'tile/0/x009/x007/x199/x254/x740/992',
    `tile/0/${'x001/'.repeat(40)}001`,
  ])('%j is none', (path) => {
    expect(parseTilePath(path).ok).toBe(false);
  });

  test('only real tiles have one', () => {
    for (const width of [0, 257, 1.5]) expect(() => tilePath({ level: 0, index: 0, width })).toThrow(InvariantError);
    expect(() => tilePath({ level: 64, index: 0, width: 1 })).toThrow(InvariantError);
    expect(() => entryBundlePath({ index: -1, width: 1 })).toThrow(InvariantError);
  });
});

describe('which tiles a size has', () => {
  test('as in the examples of the specification', () => {
    expect(tileLevelsOf(70_000)).toEqual([
      { level: 0, full: 273, partial: 112 },
      { level: 1, full: 1, partial: 17 },
      { level: 2, full: 0, partial: 1 },
    ]);
    expect(tileLevelsOf(256)).toEqual([
      { level: 0, full: 1, partial: 0 },
      { level: 1, full: 0, partial: 1 },
    ]);
    expect(tileLevelsOf(0)).toEqual([]);
  });

  test('past 2^32 too', () => {
    expect(tileLevelsOf(2 ** 33 + 5)).toEqual([
      { level: 0, full: 2 ** 25, partial: 5 },
      { level: 1, full: 2 ** 17, partial: 0 },
      { level: 2, full: 2 ** 9, partial: 0 },
      { level: 3, full: 2, partial: 0 },
      { level: 4, full: 0, partial: 2 },
    ]);
    expect(tileWidthAt(0, 2 ** 25, 2 ** 33 + 5)).toBe(5);
    expect(tileWidthAt(0, 2 ** 25 + 1, 2 ** 33 + 5)).toBe(0);
    expect(tileWidthAt(4, 0, 2 ** 33 + 5)).toBe(2);
    expect(tileWidthAt(5, 0, 2 ** 33 + 5)).toBe(0);
  });

  test('a size that fills a tile adds no empty one after it', () => {
    expect([...tilesAdded(250, 256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect([...tilesAdded(256, 258)]).toEqual([{ level: 0, index: 1, width: 2 }]);
    expect([...tilesAdded(0, 70_000)]).toHaveLength(273 + 1 + 1 + 1 + 1);
    expect([...tilesAdded(70_000, 70_000)]).toEqual([]);
  });

  test('what a larger size adds, together with what was there, is what it has', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200_000 }), fc.nat({ max: 3_000 }), (oldSize, more) => {
        const newSize = oldSize + more;
        const added = [...tilesAdded(oldSize, newSize)];
        for (const { level, index, width } of added) {
          expect(tileWidthAt(level, index, newSize)).toBe(width);
          expect(tileWidthAt(level, index, oldSize)).toBeLessThan(width);
        }
        const names = new Set(added.map(({ level, index }) => `${level}/${index}`));
        for (const { level, full, partial } of tileLevelsOf(newSize)) {
          for (let index = Math.max(0, full - 15); index < full + (partial > 0 ? 1 : 0); index++) {
            const same = tileWidthAt(level, index, oldSize) === tileWidthAt(level, index, newSize);
            expect(names.has(`${level}/${index}`)).toBe(!same);
          }
        }
      }),
    );
  });
});

describe('a tree kept in tiles', () => {
  const size = 66_000;
  const tiles = new Map<string, Uint8Array>();
  const range = CompactRange.empty(crypto);
  const sizes = [1, 255, 256, 257, 511, 512, 513, 1_000, 65_535, 65_536, 65_537, size];
  const roots = new Map<number, string>();
  for (let index = 0; index < size; index++) {
    range.append(leafHash(ascii(`entry ${index}`), crypto), (level, at, hash) => {
      const slot = tileSlotOf(level, at);
      if (slot === null) return;
      const key = `${slot.level}/${slot.index}`;
      const tile = tiles.get(key) ?? new Uint8Array(TILE_BYTES);
      tile.set(hash, slot.offset * 32);
      tiles.set(key, tile);
    });
    if (sizes.includes(range.size)) roots.set(range.size, toHex(range.root()));
  }
  const readTile = ({ level, index, width }: Tile): Uint8Array =>
    tiles.get(`${level}/${index}`)!.subarray(0, width * 32);

  test.each(sizes)('has the root it had at size %i', (at) => {
    expect(toHex(rootOf(at, tileHashReader(at, readTile, crypto), crypto))).toBe(roots.get(at));
  });

  test('asks only for tiles that the size has, each at most once for a proof', () => {
    for (const at of sizes) {
      for (const index of [0, Math.floor(at / 2), at - 1]) {
        const asked: string[] = [];
        const reader = tileHashReader(
          at,
          (tile) => {
            expect(tile.width).toBe(tileWidthAt(tile.level, tile.index, at));
            expect(tile.width).toBeGreaterThan(0);
            asked.push(`${tile.level}/${tile.index}`);
            return readTile(tile);
          },
          crypto,
        );
        inclusionPath(index, at, reader, crypto);
        expect(new Set(asked).size).toBe(asked.length);
      }
    }
  });

  test('takes a tile that has grown since, and no tile that is too short', () => {
    const reader = tileHashReader(1_000, ({ level, index }) => tiles.get(`${level}/${index}`)!, crypto);
    expect(toHex(rootOf(1_000, reader, crypto))).toBe(roots.get(1_000));
    const short = tileHashReader(1_000, (tile) => readTile(tile).subarray(1), crypto);
    expect(() => rootOf(1_000, short, crypto)).toThrow(InvariantError);
    expect(() => reader.hash(0, 1_000)).toThrow(InvariantError);
  });
});

describe('entry bundles', () => {
  test('have the bytes of the Tessera test log', () => {
    const [one, two, three] = noteVectors.tessera_testlog.entries.map(ascii);
    expect(toHex(encodeEntryBundle([one!]))).toBe('00036f6e65');
    expect(toHex(encodeEntryBundle([two!, three!]))).toBe('000374776f00057468726565');
    expect(toHex(new StoredTree([one!, two!, three!]).range.root())).toBe(
      toHex(new Uint8Array(Buffer.from('Wqx3HImawpLnS/Gv4ubjAvi1WIOy0b8Ze0amvqbavKk=', 'base64'))),
    );
  });

  test('are read as they are written, and only with the right number of entries', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 20 }), (entries) => {
        const bytes = encodeEntryBundle(entries);
        expect(decodeEntryBundle(bytes, entries.length)).toEqual({ ok: true, value: entries });
        expect(decodeEntryBundle(bytes, entries.length + 1).ok).toBe(false);
        expect(decodeEntryBundle(bytes, entries.length - 1).ok).toBe(false);
        expect(decodeEntryBundle(bytes.subarray(0, -1), entries.length).ok).toBe(false);
      }),
    );
  });

  test('hold 1 to 256 entries of at most 65,535 bytes', () => {
    const full = Array.from({ length: 256 }, () => ascii('x'));
    expect(encodeEntryBundle(full)).toHaveLength(256 * 3);
    expect(encodeEntryBundle([new Uint8Array(ENTRY_BYTES_MAX)])).toHaveLength(2 + ENTRY_BYTES_MAX);
    expect(() => encodeEntryBundle([])).toThrow(InvariantError);
    expect(() => encodeEntryBundle([...full, ascii('x')])).toThrow(InvariantError);
    expect(() => encodeEntryBundle([new Uint8Array(ENTRY_BYTES_MAX + 1)])).toThrow(InvariantError);
  });
});
