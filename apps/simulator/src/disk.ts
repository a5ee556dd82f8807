/**
 * The disk of one machine. Its contents are the MemoryDisk of the replica; here is when a batch becomes durable, what a
 * crash or a fault makes of the batch under way, and which records have rotted. What LevelDB guarantees is modelled: a
 * batch is there whole or not at all, and every acknowledged one is synced, so only the one under way can be lost. A disk
 * that loses what it has synced is a wipe, or a copy put back.
 */
import type { VertexId } from '@tangle/core/ids';
import { MemoryDisk, MemoryStore, type StoreRecord, type WriteFate } from '@tangle/node/replica';
import type { EventQueue } from './event-queue.js';
import type { Random } from './prng.js';

export interface DiskOptions {
  /** Time of a synced write: `writeMinMs` and an exponential part on top, so that the mean is `writeMeanMs`. */
  readonly writeMinMs: number;
  readonly writeMeanMs: number;
}

export interface DiskListener {
  /** A write begins; the process may crash from here. */
  onWrite(records: readonly StoreRecord[]): void;
  /** A write ends, and the process that wrote is told. */
  onWritten(records: readonly StoreRecord[], fate: WriteFate): void;
}

/** What happens to the batch under way when the process ends. */
export type CrashFate = 'durable' | 'lost';

export class SimDisk {
  readonly #options: DiskOptions;
  readonly #queue: EventQueue;
  readonly #random: Random;
  #contents = new MemoryDisk({ firstStart: true });
  #store: MemoryStore | null = null;
  #underWay: { readonly records: readonly StoreRecord[]; readonly cancel: () => void } | null = null;
  #nextFate: WriteFate = 'written';
  readonly #rotten = new Set<VertexId | number>();

  constructor(options: DiskOptions, queue: EventQueue, random: Random) {
    this.#options = options;
    this.#queue = queue;
    this.#random = random;
  }

  /** What is durable now. */
  get contents(): MemoryDisk {
    return this.#contents;
  }

  /** A process opens the disk; the one before must have crashed. */
  open(listener: DiskListener): MemoryStore {
    this.#store = new MemoryStore({
      disk: this.#contents,
      isRotten: (record) => this.#rotten.has(record),
      beforeWrite: (records) =>
        new Promise((resolve) => {
          const cancel = this.#queue.after(this.#latencyMs(), () => {
            this.#underWay = null;
            const fate = this.#nextFate;
            this.#nextFate = 'written';
            listener.onWritten(records, fate);
            resolve(fate);
          });
          this.#underWay = { records, cancel };
          listener.onWrite(records);
        }),
    });
    return this.#store;
  }

  /** The process ends at once: its last batch is on the disk or not, and it never hears which. */
  crash(fate: CrashFate): void {
    this.#store?.crash();
    this.#store = null;
    this.#underWay?.cancel();
    if (this.#underWay !== null && fate === 'durable') this.#contents.apply(this.#underWay.records);
    this.#underWay = null;
    this.#nextFate = 'written';
  }

  /** The next write fails: the process has to stop, whether or not the batch is there. */
  failNextWrite(fate: Exclude<WriteFate, 'written'>): void {
    this.#nextFate = fate;
  }

  /** Record of this disk that reads back altered from now on. */
  rot(record: VertexId | number): void {
    this.#rotten.add(record);
  }

  get isRotten(): boolean {
    return this.#rotten.size > 0;
  }

  /** What has rotted and was not noticed is right again, and no write will fail. */
  cure(): void {
    this.#rotten.clear();
    this.#nextFate = 'written';
  }

  /** A backup as of now. */
  snapshot(): MemoryDisk {
    return this.#contents.snapshot();
  }

  /** Puts a backup back, or an empty disk; no process may have it open. */
  restore(contents: MemoryDisk): void {
    this.#contents = contents;
    this.#rotten.clear();
  }

  #latencyMs(): number {
    const { writeMinMs, writeMeanMs } = this.#options;
    return writeMinMs + this.#random.exponential(writeMeanMs - writeMinMs);
  }
}
