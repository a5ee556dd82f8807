/** PROTOCOL 12.15: what a client saw final is never lost, moved or changed, over any restarts. */
import type { TransactionId, ValidatorIndex } from '@tangle/core/ids';
import type { StoredTransaction } from '@tangle/node/replica';
import { isSameEntry } from './agreement.js';
import type { Report } from './report.js';

type Final = NonNullable<StoredTransaction['final']>;

/** Where a node's durable answer about a final transaction comes from. */
export interface FinalTransactions {
  final(id: TransactionId): Final | undefined;
}

export class FinalityChecker {
  readonly #report: Report;
  readonly #seen = new Map<ValidatorIndex, Map<TransactionId, Final>>();
  readonly #places = new Map<TransactionId, Final>();
  /** Nodes that have lost their disk and may not have caught up yet. */
  readonly #behind = new Set<ValidatorIndex>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** A client at this node was told. */
  told(node: ValidatorIndex, id: TransactionId, final: Final): void {
    const known = this.#places.get(id);
    if (known === undefined) this.#places.set(id, final);
    else if (!isSame(known, final)) {
      this.#report(`transaction ${id} was final as ${describe(known)}, at node ${node} as ${describe(final)}`);
    }
    let seen = this.#seen.get(node);
    if (seen === undefined) {
      seen = new Map();
      this.#seen.set(node, seen);
    }
    seen.set(id, known ?? final);
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
      const now = disk.final(id);
      if (now !== undefined && isSame(now, place)) continue;
      this.#report(`transaction ${id} was final at node ${node} as ${describe(place)}, now ${describe(now)}`);
    }
  }
}

function isSame(one: Final, other: Final): boolean {
  return isSameEntry(one, other) && one.commitIndex === other.commitIndex && one.commitTimeMs === other.commitTimeMs;
}

function describe(final: Final | undefined): string {
  return JSON.stringify(final ?? null);
}
