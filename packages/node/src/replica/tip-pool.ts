/** Tips for devices: the strategy of @tangle/tip-selection, told what the replica accepts, covers and finalises. */
import type { Round, TransactionId } from '@tangle/core/ids';
import type { Effects } from '@tangle/core/engine';
import type { Transaction } from '@tangle/core/model';
import { createSelector, quotaForRate, selectParents, type TipStrategy } from '@tangle/tip-selection';
import type { RandomPort } from './ports.js';

/** Relay delay that the quota of a device is reckoned with, in seconds: generous for a WAN. */
const RELAY_DELAY_SECONDS = 0.2;
/** Selections for each parent asked for: few tips must not cost many draws. */
const SELECTIONS_PER_PARENT_MAX = 2;

export class TipPool {
  readonly #genesis: TransactionId;
  readonly #random: RandomPort;
  readonly #strategy: TipStrategy;

  /** @param rateOf provisioned transactions per second of an issuer (hex of suite || key). */
  constructor(genesis: TransactionId, rateOf: (issuer: string) => number, random: RandomPort) {
    this.#genesis = genesis;
    this.#random = random;
    this.#strategy = createSelector('quota', {
      quotaOf: (issuer) => quotaForRate(rateOf(issuer), RELAY_DELAY_SECONDS),
    });
  }

  attach({ id, issuer, parents }: Transaction, round: Round): void {
    this.#strategy.onAttach({ id, issuer, parents, round });
  }

  /** Follows what a step has done, at the highest round there is. */
  note(effects: Effects, round: Round): void {
    for (const transaction of effects.acceptedTransactions) this.attach(transaction, round);
    for (const statement of effects.acceptedStatements) {
      for (const id of statement.tips) this.#strategy.onCovered(id, statement.round);
    }
    for (const commit of effects.commits) for (const { id } of commit.entries) this.#strategy.onFinal(id, round);
  }

  /**
   * 2 to `count` parents, all distinct where there are at least two to choose from; the genesis twice where there is
   * nothing else at all.
   */
  parents(count: number, issuer: string | null): TransactionId[] {
    const chosen = new Set<TransactionId>();
    const request = { random: () => this.#random.nextU32(), ...(issuer === null ? {} : { issuer }) };
    const selections = count * SELECTIONS_PER_PARENT_MAX;
    for (let selection = 0; selection < selections && chosen.size < count; selection++) {
      for (const id of selectParents(this.#strategy, request, this.#genesis)) chosen.add(id);
    }
    if (chosen.size > 2) chosen.delete(this.#genesis);
    const parents = [...chosen].slice(0, count);
    return parents.length === 1 ? [...parents, this.#genesis] : parents;
  }
}
