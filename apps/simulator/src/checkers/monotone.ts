/** PROTOCOL 12.10: the approval weight that a process shows of a transaction never sinks. */
import type { TransactionId, ValidatorIndex } from '@tangle/core/ids';
import type { Report } from './report.js';

export class MonotoneChecker {
  readonly #report: Report;
  readonly #weights = new Map<ValidatorIndex, ReadonlyMap<TransactionId, number>>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** The open transactions that were looked at now; those of the look before are compared. */
  looked(node: ValidatorIndex, weights: ReadonlyMap<TransactionId, number>): void {
    const before = this.#weights.get(node);
    for (const [id, weight] of weights) {
      const last = before?.get(id) ?? 0;
      if (weight < last) {
        this.#report(`node ${node} shows approval weight ${weight} of ${id}, and showed ${last} before`);
      }
    }
    this.#weights.set(node, weights);
  }

  /** Another process counts anew, from what is durable. */
  started(node: ValidatorIndex): void {
    this.#weights.delete(node);
  }
}
