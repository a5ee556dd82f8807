/**
 * Own cosignatures that are durable and not sent: under load they travel with the next own statement, which follows soon,
 * instead of in messages of their own, of which every commit would cost one for each pair of validators.
 */
import type { Cosignature } from '@tangle/core/log';

export class UnsentCosignatures {
  readonly #holdMs: number;
  #cosignatures: Cosignature[] = [];
  #dueAtMs: number | null = null;

  /** @param holdMs time they wait at most. */
  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  /** Monotonic time at which they go even without a statement; null while there are none. */
  get dueAtMs(): number | null {
    return this.#dueAtMs;
  }

  isDue(nowMs: number): boolean {
    return this.#dueAtMs !== null && this.#dueAtMs <= nowMs;
  }

  add(cosignatures: readonly Cosignature[], nowMs: number): void {
    if (cosignatures.length === 0) return;
    this.#cosignatures.push(...cosignatures);
    this.#dueAtMs ??= nowMs + this.#holdMs;
  }

  /** Hands them out, to be sent now. */
  take(): readonly Cosignature[] {
    const taken = this.#cosignatures;
    this.#cosignatures = [];
    this.#dueAtMs = null;
    return taken;
  }
}
