/** Seeded randomness for tests and simulation: the core itself has none. Not for keys. */
export class Prng {
  #state: number;

  /** @param seed any integer; the low 32 bits count. */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** splitmix32: uniform in [0, 2^32). */
  nextU32(): number {
    this.#state = (this.#state + 0x9e37_79b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.nextU32() / 0x1_0000_0000;
  }

  /** Uniform in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of the items, or undefined where there are none. */
  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)];
  }

  /** Fisher-Yates on a copy. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const moved = result[last] as Item;
      result[last] = result[other] as Item;
      result[other] = moved;
    }
    return result;
  }
}
