/** PROTOCOL 9: the guard of a round is durable before a statement of it is sent, so that no restart signs it again. */
import type { Guard } from '@tangle/core/engine';
import type { Statement } from '@tangle/core/model';
import type { Report } from './report.js';

export class GuardChecker {
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** The author hands a statement of its own to the network; `guard` is what its disk holds now. */
  sent({ author, round, id }: Pick<Statement, 'author' | 'round' | 'id'>, guard: Pick<Guard, 'round'> | null): void {
    if (guard !== null && guard.round >= round) return;
    this.#report(`node ${author} sent ${id} of round ${round} with its guard at ${guard?.round ?? 'nothing'}`);
  }
}
