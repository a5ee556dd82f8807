/**
 * Strategies that draw from a pool of tips. The difference between them is in how a new tip is placed, which tips are
 * passed over at a draw, and what happens before one. Owns the drawing itself.
 */
import type { Round } from '@tangle/core/ids';
import { NONE } from './numbers.js';
import { drawBelow, type RandomUint32 } from './random.js';
import type { Placement, TipSampler } from './sampler.js';
import { TipTable } from './tip-table.js';

/** What becomes of a tip that was drawn: `demote` takes it out of the pool. */
export type Verdict = 'take' | 'skip' | 'demote';

export interface DrawOptions {
  readonly drawsPerParentMax: number;
  /** Independent draws that may repeat a tip, as the literature has them; else all are distinct. */
  readonly isReplacing: boolean;
}

export abstract class PoolSampler implements TipSampler {
  protected readonly table = new TipTable();
  readonly #options: DrawOptions;
  /** Tips of a small pool, being dealt out. */
  #dealt = new Int32Array(0);

  constructor(options: DrawOptions) {
    this.#options = options;
  }

  get tipCount(): number {
    return this.table.eligibleCount;
  }

  get waitingCount(): number {
    return this.table.waitingCount;
  }

  advance(_round: Round): void {
    // Only strategies that know what is lazy care.
  }

  attach(transaction: number, device: number, parents: Int32Array, time: number): Placement {
    const { table } = this;
    for (let index = 0; index < parents.length; index += 1) {
      const parent = parents[index] as number;
      if (parent !== NONE) table.drop(parent);
    }
    table.add(transaction, device);
    return this.place(transaction, device, parents, time);
  }

  cover(transaction: number): void {
    this.table.drop(transaction);
  }

  forget(transaction: number): void {
    this.table.drop(transaction);
  }

  draw(into: Int32Array, device: number, time: number, random: RandomUint32): number {
    const draws = into.length * this.#options.drawsPerParentMax;
    // A pool of no more tips than there are draws is dealt out whole, so that what is there is found.
    if (!this.#options.isReplacing && this.table.eligibleCount <= draws) {
      return this.#deal(into, device, time, random);
    }
    let chosen = 0;
    for (let draw = 0; draw < draws && chosen < into.length && this.table.eligibleCount > 0; draw += 1) {
      const tip = this.drawOne(random);
      chosen = this.#consider(tip, into, chosen, device, time);
    }
    return chosen;
  }

  isSaturated(_device: number): boolean {
    return false;
  }

  protected abstract place(transaction: number, device: number, parents: Int32Array, time: number): Placement;

  /** Of a pool that is not empty. */
  protected drawOne(random: RandomUint32): number {
    return this.table.eligibleAt(drawBelow(this.table.eligibleCount, random));
  }

  /** Whether a tip that was drawn is to be a parent, beside the first `chosen` of `into`. */
  protected judge(_tip: number, _into: Int32Array, _chosen: number, _device: number, _time: number): Verdict {
    return 'take';
  }

  #consider(tip: number, into: Int32Array, chosen: number, device: number, time: number): number {
    if (!this.#options.isReplacing && holds(into, chosen, tip)) return chosen;
    const verdict = this.judge(tip, into, chosen, device, time);
    if (verdict === 'take') {
      into[chosen] = tip;
      return chosen + 1;
    }
    if (verdict === 'demote') this.table.drop(tip);
    return chosen;
  }

  #deal(into: Int32Array, device: number, time: number, random: RandomUint32): number {
    let left = this.table.eligibleCount;
    if (this.#dealt.length < left) this.#dealt = new Int32Array(left);
    const dealt = this.#dealt;
    for (let index = 0; index < left; index += 1) dealt[index] = this.table.eligibleAt(index);
    let chosen = 0;
    while (left > 0 && chosen < into.length) {
      const index = drawBelow(left, random);
      const tip = dealt[index] as number;
      left -= 1;
      dealt[index] = dealt[left] as number;
      chosen = this.#consider(tip, into, chosen, device, time);
    }
    return chosen;
  }
}

function holds(into: Int32Array, chosen: number, tip: number): boolean {
  for (let index = 0; index < chosen; index += 1) {
    if (into[index] === tip) return true;
  }
  return false;
}
