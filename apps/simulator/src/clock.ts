/**
 * The clocks of one process: the wall clock of its machine, and a monotonic one that starts anew with every
 * process. Both are virtual; nothing in the world reads the machine's.
 */
import { invariant } from '@tangle/core/assert';
import type { UnixMs } from '@tangle/core/ids';
import type { ClockPort } from '@tangle/node/replica';
import type { EventQueue, VirtualUs } from './event-queue.js';
import type { WallClock } from './wall-clock.js';

/** How wrong the clocks of a machine are, for good. */
export interface ClockError {
  /** Wall clock ahead of true time at the start, milliseconds; negative where it is behind. */
  readonly offsetMs: number;
  /** Rate of both clocks against true time, parts per million too fast. */
  readonly driftPpm: number;
}

/** Readings at one instant after which a replica is held to be running in circles without waiting for anything. */
const READINGS_PER_INSTANT_MAX = 1_000_000;

export class SimClock implements ClockPort {
  readonly #queue: EventQueue;
  readonly #wall: WallClock;
  /** Rate of the monotonic clock against true time. */
  readonly #rate: number;
  readonly #startUs: VirtualUs;
  readonly #timers = new Set<() => void>();
  #isStopped = false;
  #readAtUs: VirtualUs = -1;
  #readings = 0;

  constructor(queue: EventQueue, wall: WallClock, { driftPpm }: ClockError) {
    this.#queue = queue;
    this.#wall = wall;
    this.#rate = 1 + driftPpm / 1e6;
    this.#startUs = queue.nowUs;
  }

  /** Timers that are armed. */
  get armed(): number {
    return this.#timers.size;
  }

  wallMs(): UnixMs {
    return this.#wall.nowMs();
  }

  monotonicMs(): number {
    this.#readings = this.#readAtUs === this.#queue.nowUs ? this.#readings + 1 : 0;
    this.#readAtUs = this.#queue.nowUs;
    invariant(this.#readings < READINGS_PER_INSTANT_MAX, 'a replica runs on and on without time passing');
    return ((this.#queue.nowUs - this.#startUs) / 1_000) * this.#rate;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    if (this.#isStopped) return () => undefined;
    // A microsecond more than asked for: rounding must not let a timer fire before its time.
    const cancel = this.#queue.after(delayMs / this.#rate + 0.001, () => {
      this.#timers.delete(disarm);
      callback();
    });
    const disarm = (): void => {
      this.#timers.delete(disarm);
      cancel();
    };
    this.#timers.add(disarm);
    return disarm;
  }

  /** The process is gone, and its timers with it. */
  stop(): void {
    this.#isStopped = true;
    for (const disarm of this.#timers) disarm();
  }
}
