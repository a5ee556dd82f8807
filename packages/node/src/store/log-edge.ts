/**
 * The right edge of the log's tiles: the partial tile of each level, in memory only. Hashes come in, and tiles that they
 * fill go out to be stored, once and for ever; after a restart the edge follows from the commits (log-tiles.ts).
 */
import type { TileHash } from '../replica/index.js';
import { invariant, present } from '@tangle/core/assert';
import { TILE_WIDTH } from '@tangle/core/log';

/** A tile that is full: 256 hashes. */
export interface FullTile {
  readonly level: number;
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** The partial tile of one level, which may be empty. */
interface PartialTile {
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
}

const EMPTY: PartialTile = { index: 0, hashes: [] };

/** Never changes: what a failed write would have added is in no edge that anybody has. */
export class LogEdge {
  /** By tile level. */
  readonly #partials: readonly PartialTile[];

  constructor(partials: readonly PartialTile[] = []) {
    this.#partials = partials;
  }

  /** The hashes so far of the tile that is being filled at this level. */
  partial(level: number): PartialTile {
    return this.#partials[level] ?? EMPTY;
  }

  /** The edge after these hashes, those of each level ascending, and the tiles that they filled. */
  append(tileHashes: readonly TileHash[]): { readonly edge: LogEdge; readonly full: readonly FullTile[] } {
    const partials = this.#partials.map(({ index, hashes }) => ({ index, hashes: [...hashes] }));
    const full: FullTile[] = [];
    for (const { level, index, hash } of tileHashes) {
      if (level === partials.length) partials.push({ index: 0, hashes: [] });
      const partial = present(partials[level], `a tile of level ${level} before one of the level below is full`);
      invariant(
        index === partial.index * TILE_WIDTH + partial.hashes.length,
        `hash ${index} of level ${level} is not next`,
      );
      partial.hashes.push(hash);
      if (partial.hashes.length < TILE_WIDTH) continue;
      full.push({ level, index: partial.index, bytes: joinHashes(partial.hashes) });
      partials[level] = { index: partial.index + 1, hashes: [] };
    }
    return { edge: new LogEdge(partials), full };
  }
}

/** The bytes of a tile. */
export function joinHashes(hashes: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(hashes));
}
