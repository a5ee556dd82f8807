/**
 * What an observer brings to the validators again: transactions that no statement covers yet although they were here at the
 * last look already. They were pushed once when they were submitted; a link that was full or down then has lost them, and
 * an observer has no statement of its own that would cite them.
 */
import type { TransactionId } from '@tangle/core/ids';
import type { TransactionVertex } from '@tangle/core/tangle';

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
