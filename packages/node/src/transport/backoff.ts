/** Delays before dialling again: exponential to a cap, with jitter so that a restarted network does not dial in step. */
export class Backoff {
  readonly #msMin: number;
  readonly #msMax: number;
  readonly #random: () => number;
  #failures = 0;

  /** @param random uniform in [0, 1). */
  constructor(msMin: number, msMax: number, random: () => number) {
    this.#msMin = msMin;
    this.#msMax = msMax;
    this.#random = random;
  }

  /** Delays handed out since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  /** The next delay, between half of and the whole step. */
  nextMs(): number {
    // The exponent is capped so that the power stays a finite number after years of failures.
    const stepMs = Math.min(this.#msMax, this.#msMin * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return Math.round(stepMs * (0.5 + this.#random() / 2));
  }

  reset(): void {
    this.#failures = 0;
  }
}
