/**
 * Events that need not happen at their very microsecond: all those of one poll interval share one event of the queue, at its
 * end, in the order in which they were asked for. Large clusters have a hundred times more messages than intervals.
 */
import type { EventQueue, VirtualUs } from '../event-queue.js';

export class Polls {
  readonly #queue: EventQueue;
  readonly #intervalUs: number;
  readonly #waiting = new Map<VirtualUs, (() => void)[]>();

  constructor(queue: EventQueue, intervalUs: number) {
    this.#queue = queue;
    this.#intervalUs = intervalUs;
  }

  /** Runs `action` at the end of the interval that holds this time, which is not before now. */
  at(timeUs: number, action: () => void): void {
    const atUs = Math.ceil(timeUs / this.#intervalUs) * this.#intervalUs;
    const waiting = this.#waiting.get(atUs);
    if (waiting !== undefined) {
      waiting.push(action);
      return;
    }
    const actions = [action];
    this.#waiting.set(atUs, actions);
    this.#queue.at(atUs, () => {
      this.#waiting.delete(atUs);
      for (const run of actions) run();
    });
  }
}
