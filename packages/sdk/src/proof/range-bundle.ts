/**
 * Makes a range bundle out of what one node serves: positions from its index, leaves and hashes from its tiles, the
 * checkpoint. Nothing of it is believed: the bundle is verified with the genesis before anybody sees it.
 */
import type { DeviceId, UnixMs } from '@tangle/core/ids';
import type { HashReader, Tile } from '@tangle/core/log';
import type { Genesis } from '@tangle/core/model';
import type { PlacedLeaf, RangeParts, RangeVerdict } from '@tangle/core/proof';
import type { NodeClient } from '../client/node-client.js';
import type { LogRange } from '../client/wire.js';
import type { Connection } from '../connection.js';
import { present } from '@tangle/core/assert';
import { describeReason } from '@tangle/core/codec';
import {
  decodeEntryBundle,
  decodeLeaf,
  entryBundlePath,
  HASH_BYTES,
  parseCheckpoint,
  parseNote,
  TILE_HEIGHT,
  TILE_WIDTH,
  tileHashReader,
  tilePath,
  tileWidthAt,
} from '@tangle/core/log';
import { createRangeBundle, leastCheckpoint, RANGE_LEAVES_MAX, verifyRangeBundle } from '@tangle/core/proof';
import { readLogRange } from '../client/wire.js';
import { invalidArgument, TangleError } from '../errors.js';
import { pause } from '../ports.js';
import { invalidProof, requireGenesis } from './proof-source.js';

/** A bundle and the verdict about it, which is a good one. */
export interface RangeBundle {
  /** The text of the bundle file. */
  readonly text: string;
  readonly verdict: RangeVerdict & { readonly ok: true };
}

/** Requests of one bundle in flight. */
const REQUESTS_MAX = 8;
/** Looks at a log that grows between two answers, and requests to a node that is busy, before it is given up. */
const TRIES_MAX = 5;

/** From the first node whose answers hold. Throws `genesis-needed`, `nothing-to-show`, `proof-invalid`. */
export async function fetchRangeBundle(
  device: DeviceId,
  span: { readonly fromMs: UnixMs; readonly toMs: UnixMs },
  connection: Connection,
): Promise<RangeBundle> {
  const genesis = requireGenesis(connection);
  const { pool, crypto, controller } = connection;
  return pool.read(async (client) => {
    const log = new RemoteLog(client, genesis, connection);
    const text = await log.bundle(device, span);
    const verdict = verifyRangeBundle(text, genesis, crypto);
    if (!verdict.ok) throw invalidProof(client, verdict);
    return { text, verdict };
  }, controller.signal);
}

/** The log as one node serves it. */
class RemoteLog {
  readonly #client: NodeClient;
  readonly #genesis: Genesis;
  readonly #connection: Connection;

  constructor(client: NodeClient, genesis: Genesis, connection: Connection) {
    this.#client = client;
    this.#genesis = genesis;
    this.#connection = connection;
  }

  async bundle(device: DeviceId, span: { readonly fromMs: UnixMs; readonly toMs: UnixMs }): Promise<string> {
    for (let tries = TRIES_MAX; ; tries--) {
      const { positions, range } = await this.#positions(device, span);
      const checkpoint = await this.#checkpoint();
      const size = this.#sizeOf(checkpoint);
      const parts = await this.#parts(device, span, range, positions, checkpoint, size);
      const created = await this.#create(parts);
      if (created.ok) return created.value;
      // The log may have grown between index and checkpoint; a span whose end is closed does not care.
      if (created.reason.code === 'span' && range.recordAtTo === null && tries > 1) continue;
      const shown = describeReason(created.reason);
      if (created.reason.code === 'nothing-to-show' || isAfterLog(range)) {
        throw new TangleError('nothing-to-show', shown, { node: this.#client.url, details: { ...created.reason } });
      }
      throw this.#unexpected(shown);
    }
  }

  get #signal(): AbortSignal {
    return this.#connection.controller.signal;
  }

  async #positions(
    device: DeviceId,
    { fromMs, toMs }: { readonly fromMs: UnixMs; readonly toMs: UnixMs },
  ): Promise<{ readonly positions: number[]; readonly range: LogRange }> {
    const [from, to] = [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString());
    const query = new URLSearchParams({ device, from: from ?? '', to: to ?? '' });
    const positions: number[] = [];
    for (;;) {
      const range = readLogRange(await this.#client.getJson(`/v1/log/range?${query.toString()}`, this.#signal));
      for (const position of range.positions) positions.push(position);
      if (positions.length > RANGE_LEAVES_MAX) {
        throw invalidArgument('span', `more than ${RANGE_LEAVES_MAX} entries`, `a span of at most ${RANGE_LEAVES_MAX}`);
      }
      if (range.next === null) return { positions, range };
      if (range.positions.length === 0) throw this.#unexpected('an empty page that is not the last one');
      query.set('cursor', range.next);
    }
  }

  /** Without the signatures that a bundle can do without. */
  async #checkpoint(): Promise<string> {
    const text = await this.#client.getText('/checkpoint', this.#signal);
    const least = leastCheckpoint(text, this.#genesis, this.#connection.crypto);
    if (!least.ok) throw this.#unexpected(`checkpoint: ${describeReason(least.reason)}`);
    return least.value;
  }

  #sizeOf(checkpoint: string): number {
    const note = parseNote(checkpoint);
    const parsed = note.ok ? parseCheckpoint(note.value.text) : note;
    if (!parsed.ok) throw this.#unexpected(`checkpoint: ${describeReason(parsed.reason)}`);
    return Number(parsed.value.size);
  }

  async #parts(
    device: DeviceId,
    span: { readonly fromMs: UnixMs; readonly toMs: UnixMs },
    range: LogRange,
    positions: readonly number[],
    checkpoint: string,
    size: number,
  ): Promise<RangeParts> {
    const { recordBeforeFrom, recordBeforeTo, recordAtTo, before, after } = range;
    const known = (places: readonly (number | null)[]): number[] => places.filter((place) => place !== null);
    const entries = known([before, ...positions, after]);
    const records = known([recordBeforeFrom, recordBeforeTo, recordAtTo]);
    const leaves = await this.#leaves([...entries, ...records], size);
    const leafAt = (position: number): PlacedLeaf => ({
      position,
      leaf: present(leaves.get(position), 'every leaf asked for is there'),
    });
    const first = recordBeforeFrom === null ? 0 : this.#placeAfter(leafAt(recordBeforeFrom).leaf);
    if (first < size) {
      records.push(first);
      for (const [position, leaf] of await this.#leaves([first], size)) leaves.set(position, leaf);
    }
    return { device, ...span, records: records.map(leafAt), entries: entries.map(leafAt), size, checkpoint };
  }

  /** The leaf after a commit's last: the next record. */
  #placeAfter(record: Uint8Array): number {
    const decoded = decodeLeaf(record, this.#connection.crypto);
    if (!decoded.ok || decoded.value.kind !== 'commit-record') throw this.#unexpected('a record is no commit record');
    return decoded.value.firstPosition + decoded.value.count;
  }

  /** Leaves out of the bundles that hold them, each fetched once. */
  async #leaves(positions: readonly number[], size: number): Promise<Map<number, Uint8Array>> {
    const wanted = new Map<number, Set<number>>();
    for (const position of positions) {
      if (position >= size) throw this.#unexpected(`position ${position} in a log of ${size}`);
      const index = Math.floor(position / TILE_WIDTH);
      const places = wanted.get(index) ?? new Set();
      wanted.set(index, places.add(position));
    }
    const leaves = new Map<number, Uint8Array>();
    await inParallel([...wanted], async ([index, places]) => {
      const width = tileWidthAt(0, index, size);
      const bytes = await this.#bytes(`/${entryBundlePath({ index, width })}`);
      const entries = decodeEntryBundle(bytes, width);
      if (!entries.ok) throw this.#unexpected(`entries: ${describeReason(entries.reason)}`);
      // Copies, so that a bundle of 256 entries does not stay in memory for one of them.
      for (const position of places) {
        const leaf = present(
          entries.value[position - index * TILE_WIDTH],
          'a bundle has as many entries as it is wide',
        );
        leaves.set(position, new Uint8Array(leaf));
      }
    });
    return leaves;
  }

  /** First without hashes, to learn which tiles it takes; then with them. */
  async #create(parts: RangeParts): Promise<ReturnType<typeof createRangeBundle>> {
    const { crypto } = this.#connection;
    const tiles = new Map<string, Tile>();
    const trial = createRangeBundle(parts, tileCollector(tiles, parts.size), crypto);
    if (!trial.ok) return trial;
    const fetched = new Map<string, Uint8Array>();
    await inParallel([...tiles], async ([key, tile]) => {
      const bytes = await this.#bytes(`/${tilePath(tile)}`);
      if (bytes.length !== tile.width * HASH_BYTES) throw this.#unexpected(`a tile of ${bytes.length} bytes`);
      fetched.set(key, bytes);
    });
    const readTile = ({ level, index }: Tile): Uint8Array =>
      present(fetched.get(`${level}/${index}`), 'the tiles of a trial are those of the bundle');
    return createRangeBundle(parts, tileHashReader(parts.size, readTile, crypto), crypto);
  }

  /** A node that serves many at the moment says when to come back: it is no failure yet. */
  async #bytes(path: string): Promise<Uint8Array> {
    const { clock, limits } = this.#connection;
    for (let tries = TRIES_MAX; ; tries--) {
      try {
        return await this.#client.getBytes(path, this.#signal);
      } catch (error) {
        const isBusy = error instanceof TangleError && (error.status === 503 || error.status === 429);
        if (!isBusy || tries <= 1) throw error;
        await pause(clock, error.retryAfterMs ?? limits.backoffMsMin, this.#signal);
      }
    }
  }

  #unexpected(message: string): TangleError {
    return new TangleError('unexpected-response', message, { node: this.#client.url });
  }
}

/** Gives no hashes, but notes the tiles that hold them. */
function tileCollector(tiles: Map<string, Tile>, size: number): HashReader {
  const nothing = new Uint8Array(HASH_BYTES);
  return {
    hash(nodeLevel, nodeIndex) {
      const level = Math.floor(nodeLevel / TILE_HEIGHT);
      // The levels inside a tile are hashed from its own hashes, all of which lie in one tile.
      const index = Math.floor((nodeIndex * 2 ** (nodeLevel % TILE_HEIGHT)) / TILE_WIDTH);
      tiles.set(`${level}/${index}`, { level, index, width: tileWidthAt(level, index, size) });
      return nothing;
    },
  };
}

/** Nothing of the log lies in the span. */
function isAfterLog({ recordBeforeFrom, recordBeforeTo, recordAtTo }: LogRange): boolean {
  return recordAtTo === null && recordBeforeFrom === recordBeforeTo;
}

async function inParallel<Item>(items: readonly Item[], operation: (item: Item) => Promise<void>): Promise<void> {
  const iterator = items.values();
  const worker = async (): Promise<void> => {
    for (const item of iterator) await operation(item);
  };
  await Promise.all(Array.from({ length: Math.min(REQUESTS_MAX, items.length) }, worker));
}
