/** PROTOCOL 12.5: an honest author ever sends at most one statement of an epoch and round, across all its restarts. */
import type { StatementId } from '@tangle/core/ids';
import type { Statement } from '@tangle/core/model';
import type { Report } from './report.js';

export class EquivocationChecker {
  readonly #report: Report;
  readonly #sent = new Map<string, StatementId>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** Distinct statements sent. */
  get statements(): number {
    return this.#sent.size;
  }

  /** The author sends a statement of its own, for the first time or again. */
  sent({ author, epoch, round, id }: Pick<Statement, 'author' | 'epoch' | 'round' | 'id'>): void {
    const slot = `${author}/${epoch}/${round}`;
    const known = this.#sent.get(slot);
    if (known === undefined) this.#sent.set(slot, id);
    else if (known !== id) this.#report(`node ${author} sent ${known} and ${id} in epoch ${epoch}, round ${round}`);
  }
}
