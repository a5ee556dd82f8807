/**
 * The weighted random walk of Popov, The Tangle (2017), section 4.1: from an old transaction on to an approver y with
 * probability in proportion to exp(alpha * weight(y)), until there is none. For research: it pays for weights that the
 * confirmation rule does not need, and leaves transactions behind, the more the larger alpha is.
 */
import type { Round } from '@tangle/core/ids';
import { Approvals } from './approvals.js';
import type { TipLimits } from './limits.js';
import { growFloats, growIntegers, lengthFor, NONE } from './numbers.js';
import { drawBelow, type RandomUint32 } from './random.js';
import type { Placement, TipSampler } from './sampler.js';
import { TipTable } from './tip-table.js';

/**
 * Where walks begin: at the oldest transaction known; at one that was issued between `depth` and 9/8 `depth` ago; or at the
 * newest covered one (before there is one, as `genesis`). Of several such the heaviest of a few that are drawn, so that a
 * walk does not begin on a branch that everybody left.
 */
export type WalkStart = 'genesis' | 'window' | 'final';

export interface WalkOptions {
  /** From 0, where all approvers are alike and no weights are computed. */
  readonly alpha: number;
  readonly start: WalkStart;
  /** How long ago, in the unit of `time`, a walk from a window begins. */
  readonly depth: number;
  /** Parents that a transaction may have. */
  readonly parentsMax: number;
  /** Walks that may end at the same tip, as in the paper; else a tip that is there already is walked for again. */
  readonly isReplacing: boolean;
}

const APPROVERS_INITIAL = 64;
const START_CANDIDATES = 4;
/** How far beyond `depth` a walk from a window may begin. */
const DEPTH_SPREAD = 9 / 8;

export class WalkSampler implements TipSampler {
  readonly #options: WalkOptions;
  readonly #limits: TipLimits;
  readonly #table = new TipTable();
  readonly #approvals: Approvals;
  #issued = new Float64Array(0);
  /** Sequences between which a walk from a window begins: the first one inside either bound. */
  #windowFrom = 0;
  #windowTo = 0;
  #newestCovered = NONE;
  #approvalsLeft = 0;
  /** Where a step may lead: the approvers, their weights at first, then the running sum of their chances. */
  #approvers = new Int32Array(APPROVERS_INITIAL);
  #chances = new Float64Array(APPROVERS_INITIAL);

  constructor(limits: TipLimits, options: WalkOptions) {
    this.#limits = limits;
    this.#options = options;
    this.#approvals = new Approvals(limits.weighedMax, options.parentsMax);
  }

  get tipCount(): number {
    return this.#table.eligibleCount;
  }

  get waitingCount(): number {
    return 0;
  }

  advance(_round: Round): void {
    // Walks know ages and weights, not rounds.
  }

  attach(transaction: number, device: number, parents: Int32Array, time: number): Placement {
    if (transaction >= this.#issued.length) {
      this.#issued = growFloats(this.#issued, lengthFor(transaction, this.#issued.length));
    }
    this.#issued[transaction] = time;
    for (let index = 0; index < parents.length; index += 1) {
      const parent = parents[index] as number;
      if (parent !== NONE) this.#table.drop(parent);
    }
    this.#approvals.add(transaction, parents);
    if (this.#options.alpha > 0) this.#approvals.weigh(this.#lowestWeighed(time));
    this.#table.add(transaction, device);
    return this.#table.admit(transaction, Number.MAX_SAFE_INTEGER);
  }

  cover(transaction: number): void {
    this.#table.drop(transaction);
    const newest = this.#newestCovered;
    const isNewer = newest === NONE || this.#approvals.sequenceOf(transaction) > this.#approvals.sequenceOf(newest);
    if (isNewer) this.#newestCovered = transaction;
  }

  forget(transaction: number): void {
    this.#table.drop(transaction);
    this.#approvals.forget(transaction);
    if (transaction === this.#newestCovered) this.#newestCovered = NONE;
  }

  draw(into: Int32Array, _device: number, time: number, random: RandomUint32): number {
    if (this.#approvals.next === this.#approvals.first) return 0;
    let chosen = 0;
    const walks = into.length * (this.#options.isReplacing ? 1 : this.#limits.drawsPerParentMax);
    for (let walk = 0; walk < walks && chosen < into.length; walk += 1) {
      const tip = this.#walk(time, random);
      if (!this.#options.isReplacing && into.subarray(0, chosen).includes(tip)) continue;
      into[chosen] = tip;
      chosen += 1;
    }
    return chosen;
  }

  isSaturated(): boolean {
    return false;
  }

  #walk(time: number, random: RandomUint32): number {
    let here = this.#start(time, random);
    this.#approvalsLeft = this.#limits.walkApprovalsMax;
    for (;;) {
      const next = this.#step(here, random);
      if (next !== NONE) {
        here = next;
      } else if (this.#approvalsLeft > 0 || this.tipCount === 0) {
        return here;
      } else {
        return this.#table.eligibleAt(drawBelow(this.tipCount, random));
      }
    }
  }

  /** The approver that the walk goes on to; `NONE` at a tip, or once it has looked at all that it may. */
  #step(transaction: number, random: RandomUint32): number {
    const newest = this.#approvals.newestApprovalOf(transaction);
    if (newest === NONE) return NONE;
    const older = this.#approvals.olderApproval(newest);
    this.#approvalsLeft -= 1;
    if (older === NONE) return this.#approvalsLeft > 0 ? this.#approvals.approverOf(newest) : NONE;
    return this.#choose(newest, random);
  }

  /** Weights relative to the largest: else the exponentials overflow. */
  #choose(newest: number, random: RandomUint32): number {
    const approvals = this.#approvals;
    const { alpha } = this.#options;
    let count = 0;
    let largest = 0;
    for (let approval = newest; approval !== NONE; approval = approvals.olderApproval(approval)) {
      this.#approvalsLeft -= 1;
      if (this.#approvalsLeft <= 0) return NONE;
      if (count === this.#approvers.length) this.#growChoice();
      const approver = approvals.approverOf(approval);
      const weight = approvals.weightOf(approver);
      this.#approvers[count] = approver;
      this.#chances[count] = weight;
      largest = Math.max(largest, weight);
      count += 1;
    }
    let total = 0;
    for (let index = 0; index < count; index += 1) {
      const lag = (this.#chances[index] as number) - largest;
      total += lag === 0 ? 1 : Math.exp(alpha * lag);
      this.#chances[index] = total;
    }
    const target = (random() / 2 ** 32) * total;
    let chosen = 0;
    while (chosen < count - 1 && (this.#chances[chosen] as number) <= target) chosen += 1;
    return this.#approvers[chosen] as number;
  }

  #growChoice(): void {
    this.#approvers = growIntegers(this.#approvers, 2 * this.#approvers.length);
    this.#chances = growFloats(this.#chances, 2 * this.#chances.length);
  }

  #start(time: number, random: RandomUint32): number {
    const { start } = this.#options;
    if (start === 'final' && this.#newestCovered !== NONE) return this.#newestCovered;
    const { first, next } = this.#approvals;
    if (start === 'window') {
      this.#moveWindow(time);
      if (this.#windowTo > first) return this.#heaviest(Math.max(first, this.#windowFrom), this.#windowTo, random);
    }
    return this.#heaviest(first, Math.min(first + START_CANDIDATES, next), random);
  }

  /** The heaviest of a few transactions with sequences from `from` to below `to`. */
  #heaviest(from: number, to: number, random: RandomUint32): number {
    const isEach = to - from <= START_CANDIDATES;
    const candidates = isEach ? to - from : START_CANDIDATES;
    let heaviest = NONE;
    for (let candidate = 0; candidate < candidates; candidate += 1) {
      const transaction = this.#approvals.at(from + (isEach ? candidate : drawBelow(to - from, random)));
      if (heaviest === NONE || this.#approvals.weightOf(transaction) > this.#approvals.weightOf(heaviest)) {
        heaviest = transaction;
      }
    }
    return heaviest;
  }

  /** What nothing can walk over any more needs no weight. */
  #lowestWeighed(time: number): number {
    if (this.#options.start === 'window') {
      this.#moveWindow(time);
      return this.#windowFrom;
    }
    const isFromCovered = this.#options.start === 'final' && this.#newestCovered !== NONE;
    return isFromCovered ? this.#approvals.sequenceOf(this.#newestCovered) : 0;
  }

  #moveWindow(time: number): void {
    const { depth } = this.#options;
    this.#windowTo = this.#firstIssuedAfter(this.#windowTo, time - depth);
    this.#windowFrom = this.#firstIssuedAfter(this.#windowFrom, time - depth * DEPTH_SPREAD);
    // At least one to begin at, however rare transactions are.
    this.#windowFrom = Math.min(this.#windowFrom, Math.max(0, this.#windowTo - 1));
  }

  #firstIssuedAfter(from: number, time: number): number {
    let sequence = Math.max(from, this.#approvals.first);
    while (sequence < this.#approvals.next && (this.#issued[this.#approvals.at(sequence)] as number) <= time) {
      sequence += 1;
    }
    return sequence;
  }
}
