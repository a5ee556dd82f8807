/**
 * Keeps strangers from writing our log: of each kind of line one goes out in an interval, and the next one says how
 * many were left out.
 */
export interface LogThrottleOptions {
  readonly intervalMs: number;
  /** Kinds remembered; beyond, the one that has been silent longest is forgotten. */
  readonly kindsMax: number;
}

interface Kind {
  /** Start of the interval in which a line already went out, monotonic ms. */
  sinceMs: number;
  suppressed: number;
}

export class LogThrottle {
  readonly #options: LogThrottleOptions;
  /** In order of the last line written: the first key is the one to forget. */
  readonly #kinds = new Map<string, Kind>();

  constructor(options: LogThrottleOptions) {
    this.#options = options;
  }

  /** How many lines of this kind were left out since the last one, or null where this one is to be left out too. */
  admit(kind: string, nowMs: number): number | null {
    const known = this.#kinds.get(kind);
    if (known !== undefined && nowMs - known.sinceMs < this.#options.intervalMs) {
      known.suppressed++;
      return null;
    }
    this.#kinds.delete(kind);
    if (this.#kinds.size >= this.#options.kindsMax) {
      const [oldest] = this.#kinds.keys();
      if (oldest !== undefined) this.#kinds.delete(oldest);
    }
    this.#kinds.set(kind, { sinceMs: nowMs, suppressed: 0 });
    return known?.suppressed ?? 0;
  }
}
