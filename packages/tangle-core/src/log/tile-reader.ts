/** Nodes of the tree out of its tiles: what proofs are built from where a log is kept, or fetched, as tlog-tiles. */
import type { Crypto } from '../crypto/crypto.js';
import type { HashReader } from './merkle.js';
import type { Tile } from './tiles.js';
import { invariant } from '../assert.js';
import { CompactRange, HASH_BYTES } from './merkle.js';
import { TILE_HEIGHT, TILE_WIDTH, tileWidthAt } from './tiles.js';

/** Tiles that one reader keeps. A proof needs two at each of at most 7 levels: none is read twice for it. */
const TILES_HELD_MAX = 16;

/**
 * Reads the tree of `size` leaves. `readTile` gives the bytes of a tile of that tree, or of the same tile once it was
 * wider; shorter ones throw an InvariantError. Make a reader for each proof or two: it holds up to 16 tiles.
 */
export function tileHashReader(size: number, readTile: (tile: Tile) => Uint8Array, crypto: Crypto): HashReader {
  const held = new Map<string, Uint8Array>();

  function tileAt(level: number, index: number): Uint8Array {
    const key = `${level}/${index}`;
    const known = held.get(key);
    if (known !== undefined) return known;
    const width = tileWidthAt(level, index, size);
    const bytes = readTile({ level, index, width });
    invariant(
      bytes.length >= width * HASH_BYTES,
      `tile ${key} has ${bytes.length} bytes, and ${width} hashes need more`,
    );
    if (held.size >= TILES_HELD_MAX) held.clear();
    held.set(key, bytes);
    return bytes;
  }

  /** A hash that stands in a tile itself. */
  function storedHash(level: number, index: number): Uint8Array {
    const tileIndex = Math.floor(index / TILE_WIDTH);
    const offset = index - tileIndex * TILE_WIDTH;
    invariant(
      offset < tileWidthAt(level, tileIndex, size),
      `hash ${index} of level ${level} is not in a tree of ${size}`,
    );
    return tileAt(level, tileIndex).slice(offset * HASH_BYTES, (offset + 1) * HASH_BYTES);
  }

  return {
    hash(level, index) {
      const tileLevel = Math.floor(level / TILE_HEIGHT);
      const width = 2 ** (level % TILE_HEIGHT);
      // The levels inside a tile are not stored: its hashes are the leaves of a small tree of their own.
      const range = CompactRange.empty(crypto);
      for (let offset = 0; offset < width; offset++) range.append(storedHash(tileLevel, index * width + offset));
      return range.root();
    },
  };
}
