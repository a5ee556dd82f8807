/** What many seeds came to together. */
import { percentile } from '../percentile.js';
import type { RunResult } from '../run.js';

export interface Totals {
  readonly seeds: number;
  readonly failed: number;
  readonly simulatedHours: number;
  /** Simulated seconds for each second of the machine, all threads together. */
  readonly speed: number;
  readonly transactions: number;
  readonly commits: number;
  /** From the end of the faults until everything was final everywhere, milliseconds; null where no seed got there. */
  readonly settledMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
}

export class Summary {
  readonly #settledMs: number[] = [];
  #seeds = 0;
  #failed = 0;
  #simulatedMs = 0;
  #transactions = 0;
  #commits = 0;

  get seeds(): number {
    return this.#seeds;
  }

  get simulatedMs(): number {
    return this.#simulatedMs;
  }

  add({ verdict, simulatedMs, transactions, commits, settledMs }: RunResult): void {
    this.#seeds++;
    if (verdict.kind !== 'Pass') this.#failed++;
    this.#simulatedMs += simulatedMs;
    this.#transactions += transactions;
    this.#commits += commits;
    if (settledMs !== null) this.#settledMs.push(settledMs);
  }

  /** @param elapsedMs of the wall clock. */
  totals(elapsedMs: number): Totals {
    const settledMs = this.#settledMs.toSorted((left, right) => left - right);
    return {
      seeds: this.#seeds,
      failed: this.#failed,
      simulatedHours: this.#simulatedMs / 3_600_000,
      speed: this.#simulatedMs / elapsedMs,
      transactions: this.#transactions,
      commits: this.#commits,
      settledMs:
        settledMs.length === 0
          ? null
          : { p50: percentile(settledMs, 0.5), p99: percentile(settledMs, 0.99), max: percentile(settledMs, 1) },
    };
  }
}
