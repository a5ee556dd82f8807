/**
 * An outbox in a directory: `outbox.log`, synced before anything is sent, and `outbox.lock`. Appends that come together
 * share one sync. Settled numbers go with the next write and cost none: a crash that forgets them only sends bytes again
 * that the ledger has.
 */
import type { TransactionId } from '@tangle/core/ids';
import type { FileHandle } from 'node:fs/promises';
import type { Attachment, Outbox, OutboxEntry, OutboxOwner, OutboxState, SubmissionSource } from '../outbox.js';
import type { AppendRecord, LogRecord, OwnerRecord } from './outbox-log.js';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant, present } from '@tangle/core/assert';
import { asTangleError, TangleError } from '../errors.js';
import { HighWaterMarks } from '../outbox.js';
import { hasCode, takeLock } from './lock-file.js';
import { decodeLog, encodeLine } from './outbox-log.js';
import { syncDirectory } from './sync-directory.js';

const LOG_NAME = 'outbox.log';
const LOCK_NAME = 'outbox.lock';
/** A log above this, most of it settled, is written anew. */
const COMPACT_BYTES_MIN = 4 * 1024 * 1024;

/** One durable write to come. */
interface Waiting {
  readonly record: LogRecord;
  readonly resolve: () => void;
  readonly reject: (error: TangleError) => void;
}

/**
 * An outbox that survives the process. The directory is made where it is missing (mode 0700) and locked while open.
 * @example
 * const device = await Device.open({ key, genesis, nodes, outbox: directoryOutbox('./outbox') });
 */
export function directoryOutbox(directory: string): Outbox {
  return new DirectoryOutbox(directory);
}

class DirectoryOutbox implements Outbox {
  readonly durable = true;
  readonly #directory: string;
  readonly #path: string;
  readonly #marks = new HighWaterMarks();
  /** What is kept, by number. */
  readonly #live = new Map<string, AppendRecord[]>();
  #liveBytes = 0;
  #highestSequence = 0n;
  #owner: OutboxOwner | null = null;
  #file: FileHandle | null = null;
  #fileBytes = 0;
  #releaseLock: (() => Promise<void>) | null = null;
  #waiting: Waiting[] = [];
  #settled: LogRecord[] = [];
  #flushing: Promise<void> | null = null;
  #failure: TangleError | null = null;

  constructor(directory: string) {
    this.#directory = directory;
    this.#path = join(directory, LOG_NAME);
  }

  async open(owner: OutboxOwner): Promise<OutboxState> {
    invariant(this.#owner === null, 'an outbox is opened once');
    this.#owner = owner;
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      this.#releaseLock = await takeLock(join(this.#directory, LOCK_NAME));
      this.#load(decodeLog(await readIfThere(this.#path), this.#path).records, owner);
      await this.#rewrite();
    } catch (error) {
      await this.close();
      throw asTangleError(error, 'outbox-failed', `${this.#path} cannot be opened`);
    }
    return { entries: this.#entries(), highestSequence: this.#highestSequence === 0n ? null : this.#highestSequence };
  }

  append(sequence: bigint, { id, bytes }: Attachment, source: SubmissionSource | null): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const record: AppendRecord = {
      kind: 'append',
      sequence: String(sequence),
      id,
      bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
      ...(source !== null && { source: { name: source.name, position: source.position } }),
    };
    this.#keep(record);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      this.#flush();
    });
  }

  settle(sequence: bigint): void {
    const key = String(sequence);
    if (!this.#forget(key)) return;
    this.#settled.push({ kind: 'settle', sequence: key });
    this.#flush();
  }

  checkSource(source: SubmissionSource): void {
    this.#marks.check(source);
  }

  highWater(name: string): number | null {
    return this.#marks.get(name);
  }

  async close(): Promise<void> {
    while (this.#flushing !== null) await this.#flushing;
    this.#failure ??= new TangleError('closed', 'the outbox was closed');
    await this.#file?.close();
    this.#file = null;
    await this.#releaseLock?.();
    this.#releaseLock = null;
  }

  #load(records: readonly LogRecord[], owner: OutboxOwner): void {
    const first = records[0];
    if (first !== undefined) this.#loadOwner(first, owner);
    for (const record of records.slice(1)) {
      if (record.kind === 'append') this.#keep(record);
      else if (record.kind === 'settle') this.#forget(record.sequence);
    }
  }

  #loadOwner(record: LogRecord, owner: OutboxOwner): void {
    if (record.kind !== 'owner' || record.version !== 1) {
      throw new TangleError('outbox-damaged', `${this.#path} does not start as an outbox`, {
        details: { path: this.#path },
      });
    }
    for (const field of ['device', 'network'] as const) {
      if (record[field] === owner[field]) continue;
      throw new TangleError(
        'outbox-mismatch',
        `${this.#path} belongs to ${field} ${record[field]}, not ${owner[field]}`,
        {
          details: { field, found: record[field], allowed: owner[field] },
        },
      );
    }
    this.#highestSequence = BigInt(record.highestSequence);
    for (const [name, position] of record.marks) this.#marks.raise({ name, position });
  }

  #keep(record: AppendRecord): void {
    const versions = this.#live.get(record.sequence);
    if (versions === undefined) this.#live.set(record.sequence, [record]);
    else versions.push(record);
    this.#liveBytes += record.bytes.length;
    const sequence = BigInt(record.sequence);
    if (sequence > this.#highestSequence) this.#highestSequence = sequence;
    if (record.source !== undefined) this.#marks.raise(record.source);
  }

  #forget(sequence: string): boolean {
    for (const record of this.#live.get(sequence) ?? []) this.#liveBytes -= record.bytes.length;
    return this.#live.delete(sequence);
  }

  #entries(): OutboxEntry[] {
    const entries = [...this.#live].map(([sequence, versions]) => ({
      sequence: BigInt(sequence),
      attachments: versions.map(({ id, bytes }) => ({
        id: id as TransactionId,
        bytes: new Uint8Array(Buffer.from(bytes, 'base64')),
      })),
    }));
    return entries.sort((left, right) => (left.sequence < right.sequence ? -1 : 1));
  }

  /** Starts to write what waits, unless that is under way. */
  #flush(): void {
    if (this.#failure !== null) return;
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = null;
      // What came between the last look and now found a write under way and left it at that.
      if (this.#waiting.length + this.#settled.length > 0) this.#flush();
    });
  }

  async #write(): Promise<void> {
    // What comes in the same turn of the event loop shares the sync.
    await Promise.resolve();
    while (this.#waiting.length + this.#settled.length > 0) {
      const group = this.#waiting;
      const settled = this.#settled;
      this.#waiting = [];
      this.#settled = [];
      try {
        // A number may be settled in the group that keeps it: the append comes first.
        await this.#writeLine([...group.map(({ record }) => record), ...settled], group.length > 0);
        if (this.#fileBytes > COMPACT_BYTES_MIN && this.#fileBytes > 4 * this.#liveBytes) await this.#rewrite();
      } catch (error) {
        this.#fail(error, group);
        return;
      }
      for (const { resolve } of group) resolve();
    }
  }

  /** After a failed write nothing on this handle can be trusted: whoever opens next reads what is there. */
  #fail(error: unknown, group: readonly Waiting[]): void {
    const failure = new TangleError('outbox-failed', `${this.#path} cannot be written`, {
      cause: error,
      details: { path: this.#path },
    });
    this.#failure = failure;
    const all = [...group, ...this.#waiting];
    this.#waiting = [];
    for (const { reject } of all) reject(failure);
  }

  async #writeLine(records: readonly LogRecord[], sync: boolean): Promise<void> {
    const file = present(this.#file, 'an outbox is written while it is open');
    const line = Buffer.from(encodeLine(records), 'utf8');
    await file.appendFile(line);
    if (sync) await file.datasync();
    this.#fileBytes += line.length;
  }

  /** Everything that is kept into a new file, which then takes the place of the old one. */
  async #rewrite(): Promise<void> {
    const { device, network } = present(this.#owner, 'an outbox is written while it is open');
    const owner: OwnerRecord = {
      kind: 'owner',
      version: 1,
      device,
      network,
      highestSequence: String(this.#highestSequence),
      marks: this.#marks.entries(),
    };
    const draft = `${this.#path}.new`;
    const file = await open(draft, 'w', 0o600);
    try {
      const lines = [owner, ...[...this.#live.values()].flat()].map((record) => encodeLine([record]));
      const content = Buffer.from(lines.join(''), 'utf8');
      await file.appendFile(content);
      await file.sync();
      await rename(draft, this.#path);
      await syncDirectory(this.#directory);
      await this.#file?.close();
      this.#file = file;
      this.#fileBytes = content.length;
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
}
