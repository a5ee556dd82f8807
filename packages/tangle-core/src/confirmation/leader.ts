/** Who leads a slot: smooth weighted round-robin, the same at every node, rotating by weight (PROTOCOL 5). */
import { present } from '../assert.js';
import type { Round, ValidatorIndex } from '../ids.js';
import type { Committee } from '../model/committee.js';

/**
 * The schedule of one epoch. Weights 3,1 give A A B A; 5,1,1 give A A B A C A A; then it repeats.
 * The counters return to zero after W rounds at the latest, so one cycle is computed and kept (at most 65,535 steps).
 */
export class LeaderSchedule {
  readonly #cycle: readonly ValidatorIndex[];

  constructor(committee: Committee) {
    const counters = committee.validators.map(() => 0);
    const cycle: ValidatorIndex[] = [];
    do {
      let leader = 0;
      for (const { index, weight } of committee.validators) {
        counters[index] = (counters[index] ?? 0) + weight;
        if ((counters[index] ?? 0) > (counters[leader] ?? 0)) leader = index;
      }
      counters[leader] = (counters[leader] ?? 0) - committee.totalWeight;
      cycle.push(leader);
    } while (counters.some((counter) => counter !== 0));
    this.#cycle = cycle;
  }

  /** Leader of the slot of a round >= 1. */
  leaderOf(round: Round): ValidatorIndex {
    return present(this.#cycle[(round - 1) % this.#cycle.length], () => `no leader for round ${round}`);
  }
}
