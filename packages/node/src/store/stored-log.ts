/**
 * The log as it is stored: full tiles once and for ever, everything else made from the records of the commits when it
 * is asked for. So log and commits cannot disagree: what of the log is missing, damaged or behind is made again, at the
 * start or when a reader comes across it.
 */
import type { Crypto } from '@tangle/core/crypto';
import type { Genesis } from '@tangle/core/model';
import type { LogHead, RecoveredLog } from '../replica/index.js';
import type { CheckedReader, LedgerDatabase } from './checked-reader.js';
import type { Operation } from './durable-batch.js';
import { toHex } from '@tangle/core/codec';
import {
  CompactRange,
  encodeEntryBundle,
  HASH_BYTES,
  leafHash,
  rootOf,
  TILE_WIDTH,
  tileHashReader,
  tileLevelsOf,
  tileWidthAt,
  type CertifiedHead,
  type Cosignature,
  type EntryBundle,
  type HashReader,
  type Tile,
} from '@tangle/core/log';
import type { Digest } from '@tangle/core/ids';
import { seal } from './checksum.js';
import { writeDurably } from './durable-batch.js';
import { RecordCorruptError } from './errors.js';
import { headKey, issuerPositionKey, logHeadKey, readingKey, signedHeadKey, tileKey } from './keys.js';
import { joinHashes, LogEdge } from './log-edge.js';
import { readLeaves, type StoredLeaf } from './log-leaves.js';
import { readLogRange, recordOf, type CommitTimeRange, type LogRange } from './log-range.js';
import { decodeCertified, decodeCosignature, decodeLogHead, decodeTile, encodeLogHead } from './log-records.js';
import { minutesOf } from './reading-index.js';
import { decodeHead, encodeId, NO_VALUE } from './records.js';

export interface StoredLogOptions {
  readonly database: LedgerDatabase;
  readonly reader: CheckedReader;
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  /** Told in words of whatever had to be made again. */
  readonly onRepair: (what: string) => void;
}

/** A full tile that is not there, or not as it was written. */
class TileDamagedError extends Error {
  override readonly name = 'TileDamagedError';
  readonly level: number;
  readonly index: number;

  constructor(level: number, index: number, cause?: unknown) {
    super(`tile ${level}/${index} is missing or damaged`, { cause });
    this.level = level;
    this.index = index;
  }
}

export class StoredLog {
  /** The partial tiles after everything that is durable; the store replaces it with each batch. */
  edge = new LogEdge();
  readonly #options: StoredLogOptions;

  private constructor(options: StoredLogOptions) {
    this.#options = options;
  }

  /** Rejects with `record-corrupt` where the commits cannot make the log that a quorum certified, or this node cosigned. */
  static async open(options: StoredLogOptions): Promise<StoredLog> {
    const log = new StoredLog(options);
    const size = (await options.reader.get(headKey(), decodeHead))?.logSize ?? 0;
    const head = await log.#readHead();
    if (head?.size !== size && size > 0) await log.#rebuild(size, head === undefined ? 'is not there' : 'is behind');
    else if (head !== undefined) await log.#restore(head);
    for (const space of ['cosigned', 'published', 'certified'] as const) await log.#compareSigned(space, size);
    return log;
  }

  /** Each of the two certified heads stands in for the other where it can: both were compared with the log at the start. */
  async recover(): Promise<RecoveredLog> {
    const { reader } = this.#options;
    const head = (await reader.get(logHeadKey(), decodeLogHead)) ?? null;
    const cosigned = await this.#cosignedHead();
    const published = await this.#certifiedHead('published');
    const certified = (await this.#certifiedHead('certified')) ?? published;
    const isCovered = certified !== null && certified.size <= (head?.size ?? 0);
    return { head, cosigned, certified, published: isCovered ? certified : published };
  }

  /** The bytes of a tile of a tree of `size` leaves, which the log must have; undefined where that has no such tile. */
  async tile({ level, index, width }: Tile, size: number): Promise<Uint8Array | undefined> {
    if (width > tileWidthAt(level, index, size)) return undefined;
    const bytes = await this.#healing(() => this.#readTile(level, index));
    return bytes.subarray(0, width * HASH_BYTES);
  }

  /** The bytes of an entry bundle, under the same conditions. */
  async entries({ index, width }: EntryBundle, size: number): Promise<Uint8Array | undefined> {
    if (width > tileWidthAt(0, index, size)) return undefined;
    const leaves = await this.leaves(index * TILE_WIDTH, index * TILE_WIDTH + width);
    return encodeEntryBundle(leaves.map(({ bytes }) => bytes));
  }

  /** Leaves begin <= position < end, which the log must have. */
  leaves(begin: number, end: number): Promise<StoredLeaf[]> {
    return readLeaves(this.#options.reader, begin, end);
  }

  /** Position of the record of the commit that has the leaf at `position`. */
  recordOf(position: number): Promise<number> {
    return recordOf(this.#options.reader, position);
  }

  /** Positions of a device's entries by commit time, among the first `size` leaves; see `readLogRange`. */
  range(issuer: string, range: CommitTimeRange, size: number, cursor: number | null, limit: number): Promise<LogRange> {
    return readLogRange(this.#options.reader, issuer, range, size, cursor, limit);
  }

  /** What `use` makes of the hashes of the first `size` leaves, which the log must have. It may run more than once. */
  withHashes<Value>(size: number, use: (hashes: HashReader) => Value): Promise<Value> {
    const { crypto } = this.#options;
    return this.#healing(() => use(tileHashReader(size, ({ level, index }) => this.#readTile(level, index), crypto)));
  }

  async #readHead(): Promise<LogHead | undefined> {
    try {
      return await this.#options.reader.get(logHeadKey(), decodeLogHead);
    } catch (error) {
      if (!(error instanceof RecordCorruptError)) throw error;
      this.#options.onRepair(`${error.keySpace} record ${error.key} ${error.found}`);
      return undefined;
    }
  }

  /** The edge out of tiles and leaves; made again altogether where that does not give the root of the head. */
  async #restore(head: LogHead): Promise<void> {
    const { crypto } = this.#options;
    this.edge = await this.#edgeOf(head.size);
    const range = CompactRange.fromPeaks(head.size, head.peaks, crypto);
    const root = await this.withHashes(head.size, (hashes) => toHex(rootOf(head.size, hashes, crypto)));
    if (root !== head.root || toHex(range.root()) !== root) await this.#rebuild(head.size, 'has another root');
  }

  async #edgeOf(size: number): Promise<LogEdge> {
    const partials = [];
    for (const { level, full, partial } of tileLevelsOf(size)) {
      partials.push({ index: full, hashes: await this.#hashesOf(level, full * TILE_WIDTH, partial) });
    }
    return new LogEdge(partials);
  }

  /** `count` hashes of a tile level from `first` on, out of what lies below: leaves, or full tiles. */
  async #hashesOf(level: number, first: number, count: number): Promise<Uint8Array[]> {
    const { crypto } = this.#options;
    if (level === 0) return (await this.leaves(first, first + count)).map(({ bytes }) => leafHash(bytes, crypto));
    const hashes: Uint8Array[] = [];
    for (let index = first; index < first + count; index++) {
      const below = await this.#healing(() => this.#readTile(level - 1, index));
      hashes.push(this.#rootOfTile(below));
    }
    return hashes;
  }

  /** Every full tile again, and what else follows from the commits. Reads the whole log. */
  async #rebuild(size: number, why: string): Promise<void> {
    this.#options.onRepair(`the log of ${size} leaves ${why}: it is made again from the commits`);
    for (const { level, full } of tileLevelsOf(size)) {
      for (let index = 0; index < full; index++) await this.#makeTile(level, index);
    }
    const rest = size % TILE_WIDTH;
    await this.#write(indexOperations(await this.leaves(size - rest, size)));
    this.edge = await this.#edgeOf(size);
    const { crypto } = this.#options;
    const range = await this.withHashes(size, (hashes) => CompactRange.restore(size, hashes, crypto));
    const root = toHex(range.root()) as Digest;
    await this.#write([putSealed(logHeadKey(), encodeLogHead({ size, root, peaks: range.peaks }))]);
  }

  /** What was signed must be a head of the log that our commits make: going on from another, we would fork it. */
  async #compareSigned(space: 'cosigned' | 'certified' | 'published', size: number): Promise<void> {
    const { crypto } = this.#options;
    const head = space === 'cosigned' ? await this.#cosignedHead() : await this.#certifiedHead(space);
    // A log that lags has not got there yet; what was published or cosigned it has.
    if (head === null || (space === 'certified' && head.size > size)) return;
    if (head.size <= size) {
      const root = await this.withHashes(head.size, (hashes) => toHex(rootOf(head.size, hashes, crypto)));
      if (root === head.root) return;
    }
    const found = `names size ${head.size} and root ${head.root}, which is no head of the log that the stored commits make`;
    throw new RecordCorruptError(space, toHex(signedHeadKey(space)), found);
  }

  async #cosignedHead(): Promise<Cosignature | null> {
    return (await this.#options.reader.get(signedHeadKey('cosigned'), decodeCosignature)) ?? null;
  }

  async #certifiedHead(space: 'certified' | 'published'): Promise<CertifiedHead | null> {
    const { reader, genesis } = this.#options;
    return (await reader.get(signedHeadKey(space), (value) => decodeCertified(value, genesis.committee))) ?? null;
  }

  /** A full tile from the disk, or a partial one from memory. */
  #readTile(level: number, index: number): Uint8Array {
    const partial = this.edge.partial(level);
    if (partial.index === index && partial.hashes.length > 0) return joinHashes(partial.hashes);
    let bytes: Uint8Array | undefined;
    try {
      bytes = this.#options.reader.getSync(tileKey(level, index), decodeTile);
    } catch (error) {
      if (error instanceof RecordCorruptError) throw new TileDamagedError(level, index, error);
      throw error;
    }
    if (bytes === undefined) throw new TileDamagedError(level, index);
    return bytes;
  }

  /** Reads, makes a damaged tile again, and reads once more. */
  async #healing<Value>(read: () => Value): Promise<Value> {
    for (;;) {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof TileDamagedError)) throw error;
        this.#options.onRepair(`${error.message}: it is made again from the commits`);
        await this.#makeTile(error.level, error.index);
      }
    }
  }

  async #makeTile(level: number, index: number): Promise<void> {
    const operations: Operation[] = [];
    let hashes: readonly Uint8Array[];
    if (level === 0) {
      const leaves = await this.leaves(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
      hashes = leaves.map(({ bytes }) => leafHash(bytes, this.#options.crypto));
      operations.push(...indexOperations(leaves));
    } else {
      hashes = await this.#hashesOf(level, index * TILE_WIDTH, TILE_WIDTH);
    }
    await this.#write([...operations, putSealed(tileKey(level, index), joinHashes(hashes))]);
  }

  #rootOfTile(tile: Uint8Array): Uint8Array {
    const range = CompactRange.empty(this.#options.crypto);
    for (let start = 0; start < tile.length; start += HASH_BYTES) range.append(tile.slice(start, start + HASH_BYTES));
    return range.root();
  }

  #write(operations: readonly Operation[]): Promise<void> {
    return writeDurably(this.#options.database, operations);
  }
}

/** The indexes over entries, which go with their leaves. */
function indexOperations(leaves: readonly StoredLeaf[]): Operation[] {
  return leaves.flatMap(({ entry, position }) => {
    if (entry === null) return [];
    const { final, transaction } = entry;
    const { id, issuer, outcome } = final;
    const minutes = outcome.status === 'accepted' ? [...minutesOf(transaction)] : [];
    return [
      putSealed(issuerPositionKey(issuer, position), NO_VALUE),
      ...minutes.map((minute) => putSealed(readingKey(issuer, minute, position), encodeId(id))),
    ];
  });
}

function putSealed(key: Uint8Array, value: Uint8Array): Operation {
  return { type: 'put', key, value: seal(key, value) };
}
