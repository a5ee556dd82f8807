/** The trace: one hash over everything that happened, so that two runs can be compared by a line. */
import { createHash } from 'node:crypto';
import type { EventQueue } from './event-queue.js';

/** What happened, in words; `--trace` prints it. */
export type TraceListener = (line: string) => void;

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #queue: EventQueue;
  readonly #listener: TraceListener | null;
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
    const line = `${this.#queue.nowUs} ${values.join(' ')}`;
    this.#hash.update(`${line}\n`);
    this.#listener?.(line);
  }

  /** SHA-256 over all events so far, hex. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
