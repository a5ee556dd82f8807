/** Randomness of the simulated world: one seeded stream a purpose, so that a change in one part leaves the others be. */
import { invariant, present } from '@tangle/core/assert';
import { createRandom, drawBelow, type RandomUint32 } from '@tangle/tip-selection';

const TWO_32 = 2 ** 32;

/** A seeded stream of draws. */
export class Random {
  readonly #name: string;
  readonly #next: RandomUint32;

  /** @param name seed and purpose, such as `7/network`. */
  constructor(name: string) {
    this.#name = name;
    this.#next = createRandom(name);
  }

  /** A stream of its own for one purpose; drawing from it leaves this one as it is. */
  fork(purpose: string): Random {
    return new Random(`${this.#name}/${purpose}`);
  }

  u32(): number {
    return this.#next();
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.#next() / TWO_32;
  }

  chance(probability: number): boolean {
    return probability > 0 && this.unit() < probability;
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    invariant(max >= min, () => `a range from ${min} to ${max}`);
    return min + drawBelow(max - min + 1, this.#next);
  }

  /** Exponential with this mean. */
  exponential(mean: number): number {
    return mean <= 0 ? 0 : -mean * Math.log(1 - this.unit());
  }

  pick<Item>(items: readonly Item[]): Item {
    return present(items[this.integer(0, items.length - 1)], 'a draw from a list that is not empty');
  }

  /** A shuffled copy. */
  shuffle<Item>(items: readonly Item[]): Item[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const [picked] = shuffled.splice(this.integer(0, last), 1);
      shuffled.push(present(picked, 'an index within the list'));
    }
    return shuffled;
  }
}
