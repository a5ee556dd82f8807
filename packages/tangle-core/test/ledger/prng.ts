/** A seeded generator (splitmix32) for tests that need one fixed shuffle; a failure repeats under the same seed. */
export class Prng {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  nextU32(): number {
    this.#state = (this.#state + 0x9e37_79b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** Fisher-Yates on a copy. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const rest = [...items];
    const result: Item[] = [];
    while (rest.length > 0) result.push(...rest.splice(this.nextU32() % rest.length, 1));
    return result;
  }
}
