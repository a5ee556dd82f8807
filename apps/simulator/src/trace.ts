/** The trace: one hash over everything that happened, so that two runs can be compared by a line. */
import { createHash } from 'node:crypto';
import type { EventQueue } from './event-queue.js';

/** What happened, in words; `--trace` prints it. */
export type TraceListener = (line: string) => void;

/** Characters gathered before they are hashed: hashing each line by itself takes longer than making it. */
const GATHERED_CHARACTERS_MAX = 65_536;

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #queue: EventQueue;
  readonly #listener: TraceListener | null;
  /** Lines that are not hashed yet. */
  #gathered = '';
  #events = 0;

  constructor(queue: EventQueue, listener: TraceListener | null) {
    this.#queue = queue;
    this.#listener = listener;
  }

  get events(): number {
    return this.#events;
  }

  /** Notes one event: its name and the values that make it what it is, none of which may hold a newline. */
  note(...values: readonly (string | number)[]): void {
    this.#events++;
    let line = `${this.#queue.nowUs}`;
    for (const value of values) line += ` ${value}`;
    this.#gathered += `${line}\n`;
    if (this.#gathered.length >= GATHERED_CHARACTERS_MAX) this.#hashGathered();
    this.#listener?.(line);
  }

  /** SHA-256 over all events so far, hex. */
  digest(): string {
    this.#hashGathered();
    return this.#hash.copy().digest('hex');
  }

  #hashGathered(): void {
    this.#hash.update(this.#gathered);
    this.#gathered = '';
  }
}
