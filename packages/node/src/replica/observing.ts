/**
 * What a node without a validator's key does beside following: it brings what devices submitted to it to the validators
 * until one of them has signed for it, and passes on to observers that follow it what it has accepted itself.
 */
import type { Effects } from '@tangle/core/engine';
import type { TransactionId } from '@tangle/core/ids';
import type { TransactionVertex } from '@tangle/core/tangle';

/** Transactions without a statement over them that were here at the last look already, and are sent again. */
export class Unwitnessed {
  readonly #bytesMax: number;
  #seen = new Set<TransactionId>();

  /** @param bytesMax of what is sent again at one time. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Those to send again now, in the order in which they were accepted: parents before children. */
  take(open: Iterable<Pick<TransactionVertex, 'id' | 'approvalWeight' | 'transaction'>>): Uint8Array[] {
    const seen = new Set<TransactionId>();
    const due: Uint8Array[] = [];
    let left = this.#bytesMax;
    for (const { id, approvalWeight, transaction } of open) {
      if (approvalWeight > 0) continue;
      if (left < transaction.bytes.length) break;
      left -= transaction.bytes.length;
      seen.add(id);
      if (this.#seen.has(id)) due.push(transaction.bytes);
    }
    this.#seen = seen;
    return due;
  }
}

/** All vertices that a turn has accepted: transactions cite transactions alone, so they come first. */
export function acceptedBytes({ acceptedTransactions, acceptedStatements }: Effects): Uint8Array[] {
  return [...acceptedTransactions, ...acceptedStatements].map(({ bytes }) => bytes);
}
