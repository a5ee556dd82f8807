/** What became of a submission: counts, outcomes, and how long readings took to be final. */
import { createHistogram } from 'node:perf_hooks';
import type { TransactionId } from '@tangle/core/ids';
import type { FinalResult, Receipt } from '@tangle/sdk';

export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What is remembered of a transaction until it is final. */
export interface Sent {
  /** Monotonic. */
  readonly startedAtMs: number;
  /** First and last row of the file. */
  readonly lines: readonly [from: number, to: number];
  /** Whether it holds the root of a batch instead of the rows. */
  readonly isAnchor: boolean;
}

/** A transaction that the ledger rejected. */
export interface RejectedRows {
  /** Null where an earlier run read them. */
  readonly lines: Sent['lines'] | null;
  readonly code: string;
  readonly id: TransactionId;
}

/** A batch whose root the ledger holds. */
export interface AnchoredRows {
  readonly lines: Sent['lines'];
  readonly id: TransactionId;
}

/** Rejected transactions that are named; the rest is counted. */
export const REJECTED_ROWS_MAX = 1_000;
/** Batches that are named. */
export const ANCHORED_ROWS_MAX = 10_000;

/** How far submitted transactions are followed. */
export type WaitStage = 'submitted' | 'final' | 'certified';

export class Tally {
  /** Rows and readings handed to the outbox by this run. */
  rows = 0;
  readings = 0;
  /** Rows that an earlier run had handed over. */
  resumed = 0;
  /** Rows without any reading. */
  empty = 0;
  bad = 0;
  transactions = 0;
  submitted = 0;
  accepted = 0;
  /** Final with the outcome rejected, by code. */
  readonly rejected: Record<string, number> = {};
  /** The first REJECTED_ROWS_MAX of them, as they became final. */
  readonly rejectedRows: RejectedRows[] = [];
  /** The first ANCHORED_ROWS_MAX accepted batches, as they became final. */
  readonly anchoredRows: AnchoredRows[] = [];
  /** The first reason for which no node takes a transaction. */
  refusal: Error | null = null;
  /** Of microseconds: one histogram, however many transactions. */
  readonly #latencies = createHistogram();
  #open = 0;
  #wake: () => void = () => undefined;

  /** Follows a transaction to `stage`. `sent` is null where an earlier process submitted it: no latency then. */
  follow(receipt: Receipt, stage: WaitStage, sent: Sent | null): void {
    this.transactions += 1;
    const reached = reach(receipt, stage);
    this.#open += 1;
    void this.#settle(reached, sent);
  }

  /** Resolves once everything followed so far got there, or one of them was refused. */
  async settled(): Promise<void> {
    while (this.#open > 0 && this.refusal === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  get final(): number {
    return this.accepted + this.rejections;
  }

  get rejections(): number {
    return Object.values(this.rejected).reduce((sum, count) => sum + count, 0);
  }

  /** Submit-to-final in milliseconds; null before the first. */
  get latenciesMs(): Latencies | null {
    if (this.#latencies.count === 0) return null;
    const inMs = (microseconds: number): number => Math.round(microseconds / 100) / 10;
    const { max } = this.#latencies;
    return { p50: inMs(this.#latencies.percentile(50)), p99: inMs(this.#latencies.percentile(99)), max: inMs(max) };
  }

  async #settle(reached: Promise<FinalResult | null>, sent: Sent | null): Promise<void> {
    try {
      const result = await reached;
      this.submitted += 1;
      if (result !== null) this.#count(result, sent);
    } catch (error) {
      this.refusal ??= error instanceof Error ? error : new Error(String(error));
    }
    this.#open -= 1;
    this.#wake();
  }

  #count({ id, outcome }: FinalResult, sent: Sent | null): void {
    if (sent !== null) {
      this.#latencies.record(Math.max(1, Math.round((performance.now() - sent.startedAtMs) * 1_000)));
    }
    if (outcome.status === 'accepted') {
      this.accepted += 1;
      const isNamed = sent?.isAnchor === true && this.anchoredRows.length < ANCHORED_ROWS_MAX;
      if (isNamed) this.anchoredRows.push({ lines: sent.lines, id });
      return;
    }
    const { code } = outcome;
    this.rejected[code] = (this.rejected[code] ?? 0) + 1;
    if (this.rejectedRows.length < REJECTED_ROWS_MAX) {
      this.rejectedRows.push({ lines: sent?.lines ?? null, code, id });
    }
  }
}

function reach(receipt: Receipt, stage: WaitStage): Promise<FinalResult | null> {
  switch (stage) {
    case 'submitted':
      return receipt.submitted().then(() => null);
    case 'final':
      return receipt.final();
    case 'certified':
      return receipt.certified();
  }
}
