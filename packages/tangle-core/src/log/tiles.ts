/**
 * C2SP tlog-tiles: the tree in tiles of 256 hashes and the leaves in bundles of 256 entries; which of them a size has,
 * where they are served, and what is in them. Arithmetic on names and bytes only: keeping them is the node's part.
 */
import type { CodecReason, Refusal } from '../codec/reasons.js';
import type { Result } from '../result.js';
import { invariant } from '../assert.js';
import { Reader } from '../codec/reader.js';
import { excerpt } from '../codec/reasons.js';
import { Writer } from '../codec/writer.js';
import { fail, ok } from '../result.js';
import { HASH_BYTES } from './merkle.js';

/** Levels of the tree in one tile. */
export const TILE_HEIGHT = 8;
/** Hashes in a full tile, and entries in a full bundle. */
export const TILE_WIDTH = 256;
/** Bytes of a full tile. */
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
/** Highest tile level that a path may name. */
export const TILE_LEVEL_MAX = 63;
/** Bytes of one entry: its length is a u16. */
export const ENTRY_BYTES_MAX = 0xffff;

/** A tile of hashes. Those of level 0 are leaf hashes, each of level l + 1 is the root of a full tile of level l. */
export interface Tile {
  readonly level: number;
  /** Position among the tiles of its level. */
  readonly index: number;
  /** Hashes in it: 256 where it is full, 1 to 255 where it is partial. */
  readonly width: number;
}

/** A bundle of entries; it has the index and width of the level 0 tile with their leaf hashes. */
export type EntryBundle = Omit<Tile, 'level'>;

/** Where a node of the tree is kept: hash `offset` of tile `index` at tile level `level`. */
export interface TileSlot {
  readonly level: number;
  readonly index: number;
  readonly offset: number;
}

/** What a tile level of a tree holds. */
export interface TileLevel {
  readonly level: number;
  /** Full tiles, from index 0. */
  readonly full: number;
  /** Width of the partial tile after them; 0 where there is none. */
  readonly partial: number;
}

export type TilePathReason = Refusal<'malformed'>;
/** What a path under the log's prefix names. */
export type TileResource = ({ readonly kind: 'tile' } & Tile) | ({ readonly kind: 'entries' } & EntryBundle);

const TILE_PATH = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/;
/** Groups of three digits that a safe integer can need; more are not even looked at. */
const INDEX_GROUPS_MAX = 6;

/** `tile/0/x001/x234/067`, and `.p/<width>` behind it for a partial tile. */
export function tilePath(tile: Tile): string {
  invariant(Number.isInteger(tile.level) && tile.level >= 0 && tile.level <= TILE_LEVEL_MAX, `no level ${tile.level}`);
  return `tile/${tile.level}/${indexPath(tile)}`;
}

/** `tile/entries/x001/x234/067`, and `.p/<width>` behind it for a partial bundle. */
export function entryBundlePath(bundle: EntryBundle): string {
  return `tile/entries/${indexPath(bundle)}`;
}

/** The path of a request, without the log's prefix. Exactly the text that the two functions above write, or refused. */
export function parseTilePath(path: string): Result<TileResource, TilePathReason> {
  const [, levelText = '', indexText = '', widthText] = TILE_PATH.exec(path) ?? [];
  const groups = indexText.split('/');
  const index = Number(groups.map((group) => group.slice(-3)).join(''));
  const width = widthText === undefined ? TILE_WIDTH : Number(widthText);
  const level = Number(levelText);
  if (
    indexText === '' ||
    groups.length > INDEX_GROUPS_MAX ||
    !Number.isSafeInteger(index) ||
    width < 1 ||
    (widthText !== undefined && width >= TILE_WIDTH) ||
    level > TILE_LEVEL_MAX
  ) {
    return refusePath(path);
  }
  const resource: TileResource =
    levelText === 'entries' ? { kind: 'entries', index, width } : { kind: 'tile', level, index, width };
  // One resource, one path: no superfluous zeros anywhere.
  const canonical = resource.kind === 'entries' ? entryBundlePath(resource) : tilePath(resource);
  return canonical === path ? ok(resource) : refusePath(path);
}

/** Tile levels of a tree of `size` leaves, from 0 up; none for the empty tree. */
export function tileLevelsOf(size: number): TileLevel[] {
  const levels: TileLevel[] = [];
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    levels.push({ level, full: Math.floor(hashes / TILE_WIDTH), partial: hashes % TILE_WIDTH });
  }
  return levels;
}

/** Hashes that this tile has in a tree of `size` leaves, 0 to 256; 0: there is no such tile. */
export function tileWidthAt(level: number, index: number, size: number): number {
  let hashes = size;
  for (let below = 0; below < level && hashes > 0; below++) hashes = Math.floor(hashes / TILE_WIDTH);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** Every tile of the tree of `newSize` leaves that the one of `oldSize` has not, or not as wide: levels from 0 up. */
export function* tilesAdded(oldSize: number, newSize: number): Generator<Tile> {
  let oldHashes = oldSize;
  let newHashes = newSize;
  for (let level = 0; newHashes > oldHashes; level++) {
    for (let index = Math.floor(oldHashes / TILE_WIDTH); index * TILE_WIDTH < newHashes; index++) {
      yield { level, index, width: Math.min(TILE_WIDTH, newHashes - index * TILE_WIDTH) };
    }
    oldHashes = Math.floor(oldHashes / TILE_WIDTH);
    newHashes = Math.floor(newHashes / TILE_WIDTH);
  }
}

/** The slot of a node (level, index) of the tree; null for the levels between, which are hashed anew when needed. */
export function tileSlotOf(level: number, index: number): TileSlot | null {
  if (level % TILE_HEIGHT !== 0) return null;
  return { level: level / TILE_HEIGHT, index: Math.floor(index / TILE_WIDTH), offset: index % TILE_WIDTH };
}

/** 1 to 256 entries to a bundle: u16 length and bytes of each. Throws InvariantError on an entry that is too long. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  invariant(entries.length >= 1 && entries.length <= TILE_WIDTH, `${entries.length} entries are no bundle`);
  const writer = new Writer(entries.reduce((size, entry) => size + 2 + entry.length, 0));
  for (const entry of entries) writer.u16(entry.length).bytes(entry);
  return writer.finish();
}

/** A bundle of exactly `width` entries, as views of its bytes. */
export function decodeEntryBundle(bytes: Uint8Array, width: number): Result<Uint8Array[], CodecReason> {
  const reader = new Reader(bytes);
  const entries: Uint8Array[] = [];
  for (let index = 0; index < width && reader.failure === null; index++) {
    const length = reader.u16(`entries[${index}] length`);
    entries.push(reader.bytes(length, `entries[${index}]`));
  }
  const failure = reader.finish();
  return failure === null ? ok(entries) : fail(failure);
}

function indexPath({ index, width }: EntryBundle): string {
  invariant(Number.isSafeInteger(index) && index >= 0, `no tile ${index}`);
  invariant(Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH, `no tile is ${width} wide`);
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/[0-9]{3}/g) ?? [];
  const path = groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join('/');
  return width < TILE_WIDTH ? `${path}.p/${width}` : path;
}

function refusePath(path: string): Result<never, TilePathReason> {
  const allowed = 'tile/<level or entries>/<index>, and .p/<width> for a partial one';
  return fail({ code: 'malformed', field: 'path', found: excerpt(path), allowed });
}
