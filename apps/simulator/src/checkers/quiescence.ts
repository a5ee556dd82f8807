/** PROTOCOL 12.9: after the last finalisation no new statement appears and no pacemaker timer is armed. */
import type { StatementId, ValidatorIndex } from '@tangle/core/ids';
import type { Report } from './report.js';

export class QuiescenceChecker {
  readonly #report: Report;
  #isIdle = false;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Everything is final everywhere, or there is something to do again. */
  set idle(isIdle: boolean) {
    this.#isIdle = isIdle;
  }

  /** A node writes a new statement of its own. */
  signed(node: ValidatorIndex, id: StatementId): void {
    if (this.#isIdle) this.#report(`node ${node} signed ${id} with everything final`);
  }

  /** Looked at when the last repairs must be over: `wakeAtMs` of the node's engine. */
  rests(node: ValidatorIndex, wakeAtMs: number | null): void {
    if (wakeAtMs !== null) this.#report(`node ${node} has a timer armed for ${wakeAtMs} with everything final`);
  }
}
