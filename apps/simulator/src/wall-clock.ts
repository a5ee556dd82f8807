/** The time of day of one machine: off by an offset, drifting, set forward and back, or standing still. */
import type { UnixMs } from '@tangle/core/ids';
import type { ClockError } from './clock.js';
import type { EventQueue } from './event-queue.js';

export class WallClock {
  readonly #queue: EventQueue;
  readonly #worldStartMs: UnixMs;
  readonly #driftPpm: number;
  #offsetMs: number;
  #frozenMs: UnixMs | null = null;
  #latestMs: UnixMs = 0;

  constructor(queue: EventQueue, worldStartMs: UnixMs, { offsetMs, driftPpm }: ClockError) {
    this.#queue = queue;
    this.#worldStartMs = worldStartMs;
    this.#driftPpm = driftPpm;
    this.#offsetMs = offsetMs;
  }

  nowMs(): UnixMs {
    const ms = this.#frozenMs ?? this.#runningMs();
    this.#latestMs = Math.max(this.#latestMs, ms);
    return ms;
  }

  /** The latest that it ever showed to anybody who looked. */
  get latestMs(): UnixMs {
    return this.#latestMs;
  }

  /** Sets it forward, or back. */
  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }

  freeze(): void {
    this.#frozenMs ??= this.#runningMs();
  }

  /** It runs again, and is as right as before it stood still. */
  thaw(): void {
    this.#frozenMs = null;
  }

  /** Never below 0: a clock that was set back before 1970 is one that shows 1970. */
  #runningMs(): UnixMs {
    const elapsedMs = (this.#queue.nowUs / 1_000) * (1 + this.#driftPpm / 1e6);
    return Math.max(0, this.#worldStartMs + Math.floor(this.#offsetMs + elapsedMs));
  }
}
