/**
 * Keeps the disk from filling up under a node. LevelDB takes no write any more once one has failed for want of room, and
 * nobody knows what became of that one; so the node stops taking transactions while there is still room for what its
 * peers send, and stops altogether, in good order, while there is still room for its last files.
 */
import { statfsSync } from 'node:fs';
import { asStoreError, StoreError } from './errors.js';

export interface DiskReserveOptions {
  /** Any directory of the file system in question. */
  readonly directory: string;
  /** Free bytes below which no transaction is taken from a client. */
  readonly reserveBytes: number;
  /** Free bytes below which nothing is written. */
  readonly stopBytes: number;
  /** Told when the node begins and when it ceases to be short of room. */
  readonly onChange?: (isShort: boolean, freeBytes: number) => void;
  /** Default: what the file system says an ordinary user may still write. */
  readonly freeBytes?: () => number;
}

/** Between two looks while nothing is written: how soon a node goes on after somebody has made room. */
const LOOK_INTERVAL_MS = 1_000;
/** Room must be an eighth above the reserve again, or a node at its brink would change its mind with every batch. */
const RETURN_SHARE = 1 / 8;

export class DiskReserve {
  readonly #options: DiskReserveOptions;
  readonly #read: () => number;
  #freeBytes: number | null = null;
  #isShort = false;

  constructor(options: DiskReserveOptions) {
    this.#options = options;
    this.#read = options.freeBytes ?? (() => freeBytesOf(options.directory));
  }

  /** As of the last look; null before the first. */
  get freeBytes(): number | null {
    return this.#freeBytes;
  }

  /** Whether clients are to be refused, as of the last look. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /**
   * Looks, a system call of some microseconds. Throws a StoreError `disk-full` where nothing may be written any more, or
   * `disk-failed` where the file system does not answer.
   */
  ensureRoom(): void {
    const { reserveBytes, stopBytes, directory, onChange } = this.#options;
    let freeBytes: number;
    try {
      freeBytes = this.#read();
    } catch (error) {
      throw asStoreError(error, `asking for the free room of ${directory}`);
    }
    this.#freeBytes = freeBytes;
    const enough = this.#isShort ? reserveBytes * (1 + RETURN_SHARE) : reserveBytes;
    const isShort = freeBytes < enough;
    if (isShort !== this.#isShort) {
      this.#isShort = isShort;
      onChange?.(isShort, freeBytes);
    }
    if (freeBytes >= stopBytes) return;
    const text = `${freeBytes} bytes are free on the disk of ${directory}, ${stopBytes} are needed (config field disk.stopBytes)`;
    throw new StoreError('disk-full', `${text}: make room and start the node again; nothing that it wrote is lost`);
  }

  /** Looks from time to time until the answer is called; calls back once where a look throws. */
  watch(onFailure: (error: Error) => void): () => void {
    const timer = setInterval(() => {
      try {
        this.ensureRoom();
      } catch (error) {
        clearInterval(timer);
        onFailure(error instanceof Error ? error : new Error(String(error)));
      }
    }, LOOK_INTERVAL_MS);
    return () => clearInterval(timer);
  }
}

function freeBytesOf(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
