/** The textbook strategies that draw uniformly: over all tips, over the young ones, and the older of two. For research. */
import { growFloats, growIntegers, lengthFor, NONE } from './numbers.js';
import { type DrawOptions, PoolSampler, type Verdict } from './pool-sampler.js';
import type { RandomUint32 } from './random.js';
import type { Placement } from './sampler.js';

/** Every tip alike. One device that sends half of all transactions makes the pool grow without bound at two parents. */
export class UniformSampler extends PoolSampler {
  protected place(transaction: number, _device: number, _parents: Int32Array, _time: number): Placement {
    return this.table.admit(transaction, Number.MAX_SAFE_INTEGER);
  }
}

/**
 * The older of two drawn uniformly, for each parent. Known to be bad: it raises the pool from 2.0 to 2.8 lambda h at two
 * parents and leaves the 99th percentile of the first approval as it is. Kept as a negative result.
 */
export class OlderSampler extends UniformSampler {
  #attached = new Float64Array(0);
  #next = 0;

  protected override place(transaction: number, device: number, parents: Int32Array, time: number): Placement {
    if (transaction >= this.#attached.length) {
      this.#attached = growFloats(this.#attached, lengthFor(transaction, this.#attached.length));
    }
    this.#attached[transaction] = this.#next;
    this.#next += 1;
    return super.place(transaction, device, parents, time);
  }

  protected override drawOne(random: RandomUint32): number {
    const one = super.drawOne(random);
    const other = super.drawOne(random);
    return (this.#attached[one] as number) <= (this.#attached[other] as number) ? one : other;
  }
}

/**
 * Tips up to a maximum age since they were issued; older ones are never drawn again (IOTA 2.0's restricted uniform
 * random tip selection). Where nothing is young enough it gives the newest transaction there is.
 */
export class RestrictedSampler extends UniformSampler {
  readonly #ageMax: number;
  #issued = new Float64Array(0);
  /** The one attached next, so that ages are looked at in order of attachment. */
  #following = new Int32Array(0);
  #oldest = NONE;
  #newest = NONE;

  constructor(options: DrawOptions, ageMax: number) {
    super(options);
    this.#ageMax = ageMax;
  }

  override draw(into: Int32Array, device: number, time: number, random: RandomUint32): number {
    this.#expire(time);
    const chosen = super.draw(into, device, time, random);
    if (chosen > 0 || this.#newest === NONE) return chosen;
    into[0] = this.#newest;
    return 1;
  }

  override forget(transaction: number): void {
    super.forget(transaction);
    if (transaction === this.#newest) this.#newest = NONE;
    if (transaction === this.#oldest) {
      this.#oldest = this.#newest === NONE ? NONE : (this.#following[transaction] as number);
    }
  }

  protected override place(transaction: number, device: number, parents: Int32Array, time: number): Placement {
    if (transaction >= this.#issued.length) {
      const length = lengthFor(transaction, this.#issued.length);
      this.#issued = growFloats(this.#issued, length);
      this.#following = growIntegers(this.#following, length);
    }
    this.#issued[transaction] = time;
    this.#following[transaction] = NONE;
    if (this.#newest !== NONE) this.#following[this.#newest] = transaction;
    if (this.#oldest === NONE) this.#oldest = transaction;
    this.#newest = transaction;
    return super.place(transaction, device, parents, time);
  }

  /** Attached out of order, one may still be too old. */
  protected override judge(tip: number, _into: Int32Array, _chosen: number, _device: number, time: number): Verdict {
    return this.#isOld(tip, time) ? 'demote' : 'take';
  }

  #isOld(transaction: number, time: number): boolean {
    return time - (this.#issued[transaction] as number) > this.#ageMax;
  }

  #expire(time: number): void {
    while (this.#oldest !== NONE && this.#isOld(this.#oldest, time)) {
      this.table.drop(this.#oldest);
      this.#oldest = this.#following[this.#oldest] as number;
    }
  }
}
