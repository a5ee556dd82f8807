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
  /** Nodes that have lost their disk and may not have caught up yet. */
  readonly #behind = new Set<ValidatorIndex>();

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

  /** The node has lost its disk, or part of it: it says less than before until it has caught up, and nothing else. */
  forgot(node: ValidatorIndex): void {
    this.#behind.add(node);
  }

  /** What clients of this node were told still stands; asked after each restart. */
  stands(node: ValidatorIndex, disk: FinalTransactions): void {
    if (!this.#behind.has(node)) this.standsInTheEnd(node, disk);
  }

  /** As `stands`, when every node has caught up. */
  standsInTheEnd(node: ValidatorIndex, disk: FinalTransactions): void {
    for (const [id, place] of this.#seen.get(node) ?? []) {
      const now = JSON.stringify(disk.final(id) ?? null);
      if (now !== place) this.#report(`transaction ${id} was final at node ${node} as ${place}, now ${now}`);
    }
  }
}
