/** PROTOCOL 12.15: what a client saw final is never lost, moved or changed, over any restarts. */
import type { TransactionId, ValidatorIndex } from '@tangle/core/ids';
import type { StoredTransaction } from '@tangle/node/replica';
import type { Report } from './report.js';

type Final = NonNullable<StoredTransaction['final']>;

/** Where a node's durable answer about a final transaction comes from. */
export interface FinalTransactions {
  final(id: TransactionId): Final | undefined;
}

export class FinalityChecker {
  readonly #report: Report;
  readonly #seen = new Map<ValidatorIndex, Map<TransactionId, string>>();
  readonly #places = new Map<TransactionId, string>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** A client at this node was told. */
  told(node: ValidatorIndex, id: TransactionId, final: Final): void {
    const place = JSON.stringify(final);
    const known = this.#places.get(id);
    if (known === undefined) this.#places.set(id, place);
    else if (known !== place) this.#report(`transaction ${id} was final as ${known}, at node ${node} as ${place}`);
    const seen = this.#seen.get(node) ?? new Map<TransactionId, string>();
    this.#seen.set(node, seen.set(id, place));
  }

  /** What clients of this node were told still stands; asked after each restart and at the end. */
  stands(node: ValidatorIndex, disk: FinalTransactions): void {
    for (const [id, place] of this.#seen.get(node) ?? []) {
      const now = JSON.stringify(disk.final(id) ?? null);
      if (now !== place) this.#report(`transaction ${id} was final at node ${node} as ${place}, now ${now}`);
    }
  }
}
