/**
 * The graph that walks walk on: who approves whom, in order of attachment, and cumulative weights (the number of
 * transactions that approve one, directly or not). Weights are exact over a window of the newest transactions; one that
 * leaves it goes on as it went: nearly always either everything new approves it, or nothing does.
 */
import { growBytes, growFloats, growIntegers, lengthFor, NONE } from './numbers.js';
import { Weights } from './weights.js';

const RING_LENGTH_INITIAL = 256;

export class Approvals {
  readonly #weights: Weights;
  /** Parents that a transaction may have. */
  readonly #parentsMax: number;
  /** Sequences of the parents of the newest. */
  readonly #parents: Int32Array;

  // By transaction.
  #sequence = new Float64Array(0);
  #newestApproval = new Int32Array(0);
  /** By approval, which is child * parentsMax + index of the parent: the next older approval of the same parent. */
  #olderApproval = new Int32Array(0);

  #first = 0;
  #next = 0;
  // By sequence, rings whose length is a power of two.
  #ringMask = RING_LENGTH_INITIAL - 1;
  #transaction = new Int32Array(RING_LENGTH_INITIAL);
  /** What left the window: its weight then. */
  #weight = new Int32Array(RING_LENGTH_INITIAL);
  /** Its weight when it was half way out of the window. */
  #weightHalfWay = new Int32Array(RING_LENGTH_INITIAL);
  /** Whether it left with most of the newer half above it. */
  #isGrowing = new Uint8Array(RING_LENGTH_INITIAL);

  constructor(weighedMax: number, parentsMax: number) {
    this.#weights = new Weights(weighedMax);
    this.#parentsMax = parentsMax;
    this.#parents = new Int32Array(parentsMax);
  }

  /** Sequence of the oldest one known; with `next` the range of all. */
  get first(): number {
    return this.#first;
  }

  /** Sequence that the next one gets. */
  get next(): number {
    return this.#next;
  }

  at(sequence: number): number {
    return this.#transaction[sequence & this.#ringMask] as number;
  }

  sequenceOf(transaction: number): number {
    return this.#sequence[transaction] as number;
  }

  /** Parents first; as many as `parentsMax` at most. */
  add(transaction: number, parents: Int32Array): void {
    if (transaction >= this.#sequence.length) this.#growTransactions(transaction);
    if (this.#next - this.#first > this.#ringMask) this.#growRings();
    const sequence = this.#next;
    const slot = sequence & this.#ringMask;
    this.#next += 1;
    this.#sequence[transaction] = sequence;
    this.#newestApproval[transaction] = NONE;
    this.#transaction[slot] = transaction;
    for (let index = 0; index < this.#parentsMax; index += 1) {
      const parent = index < parents.length ? (parents[index] as number) : NONE;
      this.#parents[index] = parent === NONE ? NONE : this.sequenceOf(parent);
      const isRepeated = index > 0 && parents.indexOf(parent) < index;
      if (parent !== NONE && !isRepeated) this.#link(transaction * this.#parentsMax + index, parent);
    }
  }

  /** Counts the newest transaction in the weight of all below it, down to a sequence; to be called for each or for none. */
  weigh(lowest: number): void {
    const newest = this.#next - 1;
    const { window } = this.#weights;
    this.#weights.add(newest, this.#parents, Math.max(lowest, this.#first));
    const leaving = newest - window;
    if (leaving >= this.#first) {
      const slot = leaving & this.#ringMask;
      const weight = this.#weights.weightOf(leaving);
      this.#weight[slot] = weight;
      this.#isGrowing[slot] = 4 * (weight - (this.#weightHalfWay[slot] as number)) > window ? 1 : 0;
    }
    const halfWay = newest - window / 2;
    if (halfWay >= this.#first) {
      this.#weightHalfWay[halfWay & this.#ringMask] = this.#weights.weightOf(halfWay);
    }
  }

  weightOf(transaction: number): number {
    const sequence = this.sequenceOf(transaction);
    const beyond = this.#next - 1 - sequence - this.#weights.window;
    if (beyond < 0) return this.#weights.weightOf(sequence);
    const slot = sequence & this.#ringMask;
    return (this.#weight[slot] as number) + (this.#isGrowing[slot] === 1 ? beyond : 0);
  }

  /** The newest approval of a transaction, or `NONE`. */
  newestApprovalOf(transaction: number): number {
    return this.#newestApproval[transaction] as number;
  }

  /** The next older approval of the same transaction, or `NONE`. */
  olderApproval(approval: number): number {
    return this.#olderApproval[approval] as number;
  }

  approverOf(approval: number): number {
    return (approval / this.#parentsMax) | 0;
  }

  /** Only the oldest one makes room; any other is kept until it is the oldest. */
  forget(transaction: number): void {
    if (this.#next > this.#first && this.at(this.#first) === transaction) this.#first += 1;
  }

  #link(approval: number, parent: number): void {
    this.#olderApproval[approval] = this.#newestApproval[parent] as number;
    this.#newestApproval[parent] = approval;
  }

  #growTransactions(transaction: number): void {
    const length = lengthFor(transaction, this.#sequence.length);
    this.#sequence = growFloats(this.#sequence, length);
    this.#newestApproval = growIntegers(this.#newestApproval, length, NONE);
    this.#olderApproval = growIntegers(this.#olderApproval, length * this.#parentsMax, NONE);
  }

  /** Twice as long. Where an entry goes depends on the length, so the upper half is a copy of the lower one. */
  #growRings(): void {
    const length = 2 * (this.#ringMask + 1);
    this.#ringMask = length - 1;
    this.#transaction = repeated(growIntegers(this.#transaction, length));
    this.#weight = repeated(growIntegers(this.#weight, length));
    this.#weightHalfWay = repeated(growIntegers(this.#weightHalfWay, length));
    this.#isGrowing = repeated(growBytes(this.#isGrowing, length));
  }
}

function repeated<Numbers extends Int32Array | Uint8Array>(array: Numbers): Numbers {
  array.copyWithin(array.length / 2, 0, array.length / 2);
  return array;
}
