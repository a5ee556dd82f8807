/**
 * A token bucket for each device, in the form of the generic cell rate algorithm (ITU-T I.371): one number says when the
 * bucket would be full again. A full one is like none, so only devices that send are remembered.
 */

/** A device that was out of reach may send so many seconds of its rate at once. */
const BURST_SECONDS = 10;
/** Devices remembered, those that sent last: what is forgotten starts again with a full bucket. */
const BUCKETS_MAX = 65_536;

export class DeviceRates {
  /** When the bucket is full again, monotonic ms; in the order of the last use. */
  readonly #fullAtMs = new Map<string, number>();

  /** Devices remembered. */
  get size(): number {
    return this.#fullAtMs.size;
  }

  /**
   * Takes a token. Answers 0, or how many milliseconds it takes until there is one.
   * @param ratePerSecond above 0.
   */
  take(issuer: string, ratePerSecond: number, nowMs: number): number {
    const intervalMs = 1_000 / ratePerSecond;
    const toleranceMs = Math.max(0, BURST_SECONDS * 1_000 - intervalMs);
    const fullAtMs = Math.max(nowMs, this.#fullAtMs.get(issuer) ?? nowMs);
    const waitMs = fullAtMs - nowMs - toleranceMs;
    if (waitMs > 0) return Math.ceil(waitMs);
    this.#fullAtMs.delete(issuer);
    this.#fullAtMs.set(issuer, fullAtMs + intervalMs);
    if (this.#fullAtMs.size > BUCKETS_MAX) this.#forgetOldest();
    return 0;
  }

  /** What was taken for nothing: the node did not take the transaction after all, for a reason of its own. */
  giveBack(issuer: string, ratePerSecond: number): void {
    const fullAtMs = this.#fullAtMs.get(issuer);
    if (fullAtMs !== undefined) this.#fullAtMs.set(issuer, fullAtMs - 1_000 / ratePerSecond);
  }

  #forgetOldest(): void {
    for (const issuer of this.#fullAtMs.keys()) {
      this.#fullAtMs.delete(issuer);
      return;
    }
  }
}
