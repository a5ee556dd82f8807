/**
 * The own past in doubt (PROTOCOL 9): after a lost or restored disk, or when an own statement turns up that the store
 * lacks, this validator signs nothing until a quorum of others has said what they hold of theirs and of ours.
 */
import type { Round, ValidatorIndex } from '../ids.js';
import { MARK, reached } from '../marks/reached.js';
import type { Committee } from '../model/committee.js';
import type { CheckedStatement } from '../model/statement.js';
import type { Tangle } from '../tangle/tangle.js';

interface Recollection {
  readonly own: CheckedStatement | null;
  readonly yours: CheckedStatement | null;
}

export class Doubt {
  readonly #committee: Committee;
  readonly #self: ValidatorIndex;
  readonly #answers = new Map<ValidatorIndex, Recollection>();

  constructor(committee: Committee, self: ValidatorIndex) {
    this.#committee = committee;
    this.#self = self;
  }

  /** The newest answer of each peer counts. */
  answer(from: ValidatorIndex, recollection: Recollection): void {
    if (from !== this.#self) this.#answers.set(from, recollection);
  }

  /**
   * R, once answers of non-self weight >= 2f + 1 are accepted: sign from R + 2 on. My last statement, at p, cites a
   * quorum of p - 1, so one honest answer is >= p - 1, even where no honest node ever saw p.
   */
  resolvedRound(tangle: Tangle): Round | null {
    let weight = 0;
    let highest: Round = 0;
    for (const [author, { own, yours }] of this.#answers) {
      const named = [own, yours].filter((statement) => statement !== null);
      if (named.some(({ id }) => !tangle.hasStatement(id))) {
        reached(MARK.doubtAnswerWaits);
        continue;
      }
      weight += this.#committee.weightOf(author);
      for (const { round } of named) highest = Math.max(highest, round);
    }
    return weight >= 2 * this.#committee.faultWeight + 1 ? highest : null;
  }
}
