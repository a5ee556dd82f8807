/**
 * Quota-capped uniform recent, the strategy of a node: a uniform draw over tips of which no device has more than its
 * quota, so that no weights are computed and flooding gains nothing. Lazy tips are left to the statements.
 */
import type { Round } from '@tangle/core/ids';
import type { TipLimits } from './limits.js';
import { growBytes, growIntegers, lengthFor, NONE } from './numbers.js';
import { PoolSampler, type Verdict } from './pool-sampler.js';
import type { RandomUint32 } from './random.js';
import type { Placement } from './sampler.js';

export class QuotaSampler extends PoolSampler {
  readonly #limits: TipLimits;
  readonly #quotaOf: (device: number) => number;
  /** The highest round heard of. */
  #round: Round = 0;
  #newestCovered = NONE;
  /** By transaction: its anchor round, and the round that it stands for as a parent; side by side, read together. */
  #rounds = new Int32Array(0);
  #isCovered = new Uint8Array(0);

  /** @param quotaOf eligible tips for a device, held between 1 and `quotaMax` */
  constructor(limits: TipLimits, quotaOf: (device: number) => number) {
    super({ drawsPerParentMax: limits.drawsPerParentMax, isReplacing: false });
    this.#limits = limits;
    this.#quotaOf = quotaOf;
  }

  override advance(round: Round): void {
    this.#round = Math.max(this.#round, round);
  }

  override cover(transaction: number): void {
    this.table.drop(transaction);
    if (this.#isCovered[transaction] === 1) return;
    this.#isCovered[transaction] = 1;
    this.#setAnchorRound(transaction, this.#round);
    this.#setParentRound(transaction, this.#round);
    this.#newestCovered = transaction;
  }

  override forget(transaction: number): void {
    super.forget(transaction);
    if (transaction === this.#newestCovered) this.#newestCovered = NONE;
  }

  override draw(into: Int32Array, device: number, time: number, random: RandomUint32): number {
    const chosen = super.draw(into, device, time, random);
    if (chosen === into.length) this.#stitch(into);
    return chosen;
  }

  override isSaturated(device: number): boolean {
    return this.#isFull(device, this.#quota(device));
  }

  protected place(transaction: number, device: number, parents: Int32Array): Placement {
    if (transaction >= this.#isCovered.length) this.#grow(transaction);
    // Parents that are not known, or the genesis, count as round 0: as old as can be.
    let anchorRound = 0;
    let oldestParentRound = this.#round;
    for (let index = 0; index < parents.length; index += 1) {
      const parent = parents[index] as number;
      anchorRound = Math.max(anchorRound, parent === NONE ? 0 : this.#anchorRoundOf(parent));
      oldestParentRound = Math.min(oldestParentRound, parent === NONE ? 0 : this.#parentRoundOf(parent));
    }
    this.#setAnchorRound(transaction, anchorRound);
    this.#setParentRound(transaction, oldestParentRound);
    this.#isCovered[transaction] = 0;
    if (this.#isLazy(transaction)) return 'sweep-only';
    // A healthy tip stands for the round it came in, a lazy one for its oldest parent's until it is covered: else one
    // device could grow a second generation of healthy tips on lazy ones.
    this.#setParentRound(transaction, this.#round);
    const quota = this.#quota(device);
    return this.#isFull(device, quota) ? 'backpressure' : this.table.admit(transaction, quota);
  }

  protected override judge(tip: number, into: Int32Array, chosen: number, device: number): Verdict {
    // Checked again at the draw, once for a tip: it may have grown old while it was eligible.
    if (this.#isLazy(tip)) return 'demote';
    // Two own parents would let a device grow a chain that nobody else's transactions hold.
    if (device === NONE || this.table.deviceOf(tip) !== device) return 'take';
    for (let index = 0; index < chosen; index += 1) {
      if (this.table.deviceOf(into[index] as number) === device) return 'skip';
    }
    return 'take';
  }

  #quota(device: number): number {
    const quota = Math.floor(this.#quotaOf(device));
    return quota >= 1 ? Math.min(quota, this.#limits.quotaMax) : 1;
  }

  #isFull(device: number, quota: number): boolean {
    return this.table.eligibleOf(device) >= quota && this.table.waitingOf(device) >= quota * this.#limits.waitingQuotas;
  }

  #isLazy(tip: number): boolean {
    return (
      this.#round - this.#anchorRoundOf(tip) > this.#limits.anchorLagRoundsMax ||
      this.#round - this.#parentRoundOf(tip) > this.#limits.parentLagRoundsMax
    );
  }

  /**
   * Keeps the tips tied to what statements cover. A tip's anchor is known at constant cost only from its parents, which
   * were uncovered tips themselves: where covering takes rounds, anchors would fall behind until tips look lazy.
   */
  #stitch(chosen: Int32Array): void {
    const newest = this.#newestCovered;
    if (newest === NONE) return;
    let anchorRound = 0;
    for (let index = 0; index < chosen.length; index += 1) {
      anchorRound = Math.max(anchorRound, this.#anchorRoundOf(chosen[index] as number));
    }
    const isStale = this.#round - anchorRound > this.#limits.stitchLagRounds;
    if (isStale && this.#anchorRoundOf(newest) > anchorRound) chosen[chosen.length - 1] = newest;
  }

  /** Newest round known to have covered something in its cone; its own once it is covered. */
  #anchorRoundOf(transaction: number): number {
    return this.#rounds[2 * transaction] as number;
  }

  #setAnchorRound(transaction: number, round: Round): void {
    this.#rounds[2 * transaction] = round;
  }

  /** The round when it was attached, or covered; for a lazy one its oldest parent's. */
  #parentRoundOf(transaction: number): number {
    return this.#rounds[2 * transaction + 1] as number;
  }

  #setParentRound(transaction: number, round: Round): void {
    this.#rounds[2 * transaction + 1] = round;
  }

  #grow(transaction: number): void {
    const length = lengthFor(transaction, this.#isCovered.length);
    this.#rounds = growIntegers(this.#rounds, 2 * length);
    this.#isCovered = growBytes(this.#isCovered, length);
  }
}
