/** PROTOCOL 12.7: the order is topological, holds no transaction twice, and leaves no gap in the log. */
import type { TransactionId } from '@tangle/core/ids';
import type { Commit } from '@tangle/core/model';
import type { Report } from './report.js';

export class OrderChecker {
  readonly #report: Report;
  readonly #final: Set<TransactionId>;
  readonly #issuerCounts = new Map<string, number>();
  /** After each commit that appends. */
  readonly #logSizes = new Set<number>();
  #logSize = 0;
  #timeMs = 0;

  constructor(genesis: TransactionId, report: Report) {
    this.#report = report;
    this.#final = new Set([genesis]);
  }

  /** Transactions in the order. */
  get transactions(): number {
    return this.#final.size - 1;
  }

  /** Leaves of the log. */
  get logSize(): number {
    return this.#logSize;
  }

  /** Whether the log had this size after a commit. */
  isLogSize(size: number): boolean {
    return this.#logSizes.has(size);
  }

  /** The next commit of the one order. */
  committed(commit: Commit, parentsOf: (id: TransactionId) => readonly TransactionId[]): void {
    const { index, entries, recordPosition, timeMs } = commit;
    if (timeMs < this.#timeMs) this.#report(`commit ${index} is at ${timeMs}, the one before at ${this.#timeMs}`);
    this.#timeMs = timeMs;
    const expected = entries.length > 0 ? this.#logSize : null;
    if (recordPosition !== expected) {
      this.#report(`commit ${index} has its record at ${recordPosition}, not ${expected}`);
    }
    if (entries.length > 0) this.#logSize++;
    for (const { id, position, issuer, issuerIndex } of entries) {
      if (this.#final.has(id)) this.#report(`transaction ${id} is final again in commit ${index}`);
      if (position !== this.#logSize) this.#report(`transaction ${id} is at ${position}, not ${this.#logSize}`);
      this.#logSize++;
      const count = (this.#issuerCounts.get(issuer) ?? 0) + 1;
      this.#issuerCounts.set(issuer, count);
      if (issuerIndex !== count) this.#report(`transaction ${id} is number ${issuerIndex} of its issuer, not ${count}`);
      for (const parent of parentsOf(id)) {
        if (!this.#final.has(parent)) this.#report(`transaction ${id} is final before its parent ${parent}`);
      }
      this.#final.add(id);
    }
    this.#logSizes.add(this.#logSize);
  }
}
