/**
 * How many of the places for transactions that are not final one device may hold: no more than are still free (dynamic
 * thresholds; Choudhury and Hahne, IEEE/ACM ToN 6(2), 1998). One that floods leaves half of them, k that flood leave one
 * share in k + 1, and whoever holds few is let in. Nobody has to be counted or told apart for that.
 */
import type { TransactionId } from '@tangle/core/ids';

export class FairShare {
  /** Admitted here and not final, with their issuers: as many as the node has places, at most. */
  readonly #issuers = new Map<TransactionId, string>();
  readonly #counts = new Map<string, number>();

  /** Transactions that hold a place by way of this node. */
  get size(): number {
    return this.#issuers.size;
  }

  /** Places that a device holds. */
  held(issuer: string): number {
    return this.#counts.get(issuer) ?? 0;
  }

  /** Whether it may have one more of `free` places. Where none is free it is not its share that stands in the way. */
  isWithin(issuer: string, free: number): boolean {
    return free <= 0 || this.held(issuer) < free;
  }

  add(id: TransactionId, issuer: string): void {
    if (this.#issuers.has(id)) return;
    this.#issuers.set(id, issuer);
    this.#counts.set(issuer, this.held(issuer) + 1);
  }

  /** It is final, or was not taken. */
  remove(id: TransactionId): void {
    const issuer = this.#issuers.get(id);
    if (issuer === undefined) return;
    this.#issuers.delete(id);
    const left = this.held(issuer) - 1;
    if (left > 0) this.#counts.set(issuer, left);
    else this.#counts.delete(issuer);
  }
}
