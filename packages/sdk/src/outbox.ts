/**
 * The outbox port: what a device signed and does not know to be final, kept until it is. The memory one lives as long
 * as the process; `directoryOutbox` of `@tangle/sdk/node` survives a crash. One outbox belongs to one device.
 */
import type { DeviceId, NetworkId, TransactionId } from '@tangle/core/ids';
import { TangleError } from './errors.js';

/** Where a transaction came from in the caller's own terms, such as a file and a row: what makes a resume exact. */
export interface SubmissionSource {
  /** 1 to 256 characters. */
  readonly name: string;
  /** Grows from one submission to the next; a safe integer from 0. */
  readonly position: number;
}

/** One version of a transaction: the same content under other parents has other bytes. */
export interface Attachment {
  readonly id: TransactionId;
  /** The complete signed bytes. */
  readonly bytes: Uint8Array;
}

/** A sequence number and every version that was signed for it, oldest first. */
export interface OutboxEntry {
  readonly sequence: bigint;
  readonly attachments: readonly Attachment[];
}

export interface OutboxState {
  /** Entries that are not settled, by ascending sequence number. */
  readonly entries: readonly OutboxEntry[];
  /** Highest sequence number ever kept; null in a new outbox. */
  readonly highestSequence: bigint | null;
}

/** Who an outbox belongs to. */
export interface OutboxOwner {
  readonly device: DeviceId;
  readonly network: NetworkId;
}

export interface Outbox {
  /** Whether entries and the highest sequence number outlive the process. */
  readonly durable: boolean;
  /**
   * What is kept. Called once, before anything else. Throws `outbox-mismatch` for another owner, `outbox-locked`,
   * `outbox-damaged`.
   */
  open(owner: OutboxOwner): Promise<OutboxState>;
  /** Resolves once the bytes are as safe as this outbox makes them; nothing is sent before. Throws `outbox-failed`. */
  append(sequence: bigint, attachment: Attachment, source: SubmissionSource | null): Promise<void>;
  /** The number is final, or will never be used: nothing of it is needed any more. */
  settle(sequence: bigint): void;
  /** Throws `already-submitted` or `outbox-full` for a source that `append` must not get; changes nothing. */
  checkSource(source: SubmissionSource): void;
  /** Highest position ever kept under a source name; null where none. */
  highWater(name: string): number | null;
  close(): Promise<void>;
}

/** Source names one outbox remembers. */
export const SOURCE_NAMES_MAX = 4_096;
const SOURCE_NAME_CHARACTERS_MAX = 256;

/** Highest positions by source name; shared by every outbox. */
export class HighWaterMarks {
  readonly #positions = new Map<string, number>();

  get(name: string): number | null {
    return this.#positions.get(name) ?? null;
  }

  entries(): [string, number][] {
    return [...this.#positions];
  }

  /** Throws `already-submitted`, `outbox-full` or `invalid-argument`; changes nothing. */
  check(source: SubmissionSource): void {
    const { name, position } = source;
    if (
      name.length === 0 ||
      name.length > SOURCE_NAME_CHARACTERS_MAX ||
      !Number.isSafeInteger(position) ||
      position < 0
    ) {
      throw new TangleError(
        'invalid-argument',
        `source ${JSON.stringify(name.slice(0, 80))} at ${position} cannot be kept`,
        {
          details: {
            field: 'source',
            allowed: `a name of 1 to ${SOURCE_NAME_CHARACTERS_MAX} characters, a position from 0`,
          },
        },
      );
    }
    const highest = this.#positions.get(name);
    if (highest === undefined && this.#positions.size >= SOURCE_NAMES_MAX) {
      throw new TangleError('outbox-full', `the outbox remembers ${SOURCE_NAMES_MAX} source names already`);
    }
    if (highest !== undefined && position <= highest) {
      throw new TangleError('already-submitted', `${name} was submitted up to position ${highest}`, {
        details: { field: 'source.position', found: position, allowed: `above ${highest}` },
      });
    }
  }

  raise(source: SubmissionSource): void {
    this.#positions.set(source.name, Math.max(source.position, this.#positions.get(source.name) ?? 0));
  }
}

/** An outbox that forgets everything with the process. */
export function memoryOutbox(): Outbox {
  const marks = new HighWaterMarks();
  return {
    durable: false,
    open: () => Promise.resolve({ entries: [], highestSequence: null }),
    append(_sequence, _attachment, source) {
      if (source !== null) marks.raise(source);
      return Promise.resolve();
    },
    settle: () => undefined,
    checkSource: (source) => {
      marks.check(source);
    },
    highWater: (name) => marks.get(name),
    close: () => Promise.resolve(),
  };
}
