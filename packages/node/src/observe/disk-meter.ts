/** How full the disk of a data directory is, and how much of it is the node's. What cannot be read is NaN. */
import { readdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';

/** Between two looks at all the files: a ledger of many gigabytes has some thousands. */
const USED_INTERVAL_MS = 10_000;

export interface DiskSpace {
  /** What this user can still write. */
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

export class DiskMeter {
  readonly #directory: string;
  #used: { readonly atMs: number; readonly bytes: Promise<number> } | null = null;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async space(): Promise<DiskSpace> {
    try {
      const { bavail, blocks, bsize } = await statfs(this.#directory);
      return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
    } catch {
      // The other metrics have to be told all the same, most of all where the disk is what fails.
      return { freeBytes: Number.NaN, sizeBytes: Number.NaN };
    }
  }

  /** Bytes of all files below the directory, at most a few seconds old. */
  async usedBytes(): Promise<number> {
    const nowMs = performance.now();
    if (this.#used === null || nowMs - this.#used.atMs >= USED_INTERVAL_MS) {
      this.#used = { atMs: nowMs, bytes: bytesBelow(this.#directory) };
    }
    return this.#used.bytes;
  }
}

/** Bytes of the files below a directory; of those that go away meanwhile nothing. NaN where it cannot be read. */
export async function bytesBelow(directory: string): Promise<number> {
  try {
    let bytes = 0;
    for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) bytes += await bytesOf(path.join(entry.parentPath, entry.name));
    }
    return bytes;
  } catch {
    return Number.NaN;
  }
}

/** LevelDB removes files whenever it likes. */
async function bytesOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
