/** PROTOCOL 12.4: verdicts never change. What a node commits shows them: the slots in between are skipped for good. */
import type { Round, StatementId, ValidatorIndex } from '@tangle/core/ids';
import type { Commit } from '@tangle/core/model';
import type { Report } from './report.js';

const SKIPPED = 'skipped';

export class VerdictChecker {
  readonly #report: Report;
  /** Of every slot, as whoever came first had it; [0] stands for nothing. */
  readonly #verdicts: (StatementId | typeof SKIPPED)[] = [SKIPPED];
  /** Round of each node's last commit. */
  readonly #rounds = new Map<ValidatorIndex, Round>();

  constructor(report: Report) {
    this.#report = report;
  }

  committed(node: ValidatorIndex, { round, leader }: Pick<Commit, 'round' | 'leader'>): void {
    const last = this.#rounds.get(node) ?? 0;
    if (round <= last) this.#report(`node ${node} commits slot ${round} after slot ${last}`);
    for (let slot = last + 1; slot < round; slot++) this.#decided(node, slot, SKIPPED);
    this.#decided(node, round, leader);
    this.#rounds.set(node, round);
  }

  /** The node goes on from an older disk, whose last commit is at this round. */
  rewound(node: ValidatorIndex, round: Round): void {
    this.#rounds.set(node, round);
  }

  #decided(node: ValidatorIndex, slot: Round, verdict: StatementId | typeof SKIPPED): void {
    const known = (this.#verdicts[slot] ??= verdict);
    if (known !== verdict) this.#report(`slot ${slot} is ${verdict} at node ${node}, was ${known}`);
  }
}
