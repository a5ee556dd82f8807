/**
 * Cumulative weights over the newest transactions, by sequence (0, 1, 2, ... in order of attachment): how many approve
 * one, directly or not. Each past cone is a row of bits, the union of its parents' rows, and the weights of 32 neighbours
 * are counted at once in bit planes: attaching costs a few operations for each 32 transactions of the window, not for each.
 */

const WORD_BITS = 32;
const WORD_SHIFT = 5;
/** Rows take a quarter of the square of the window: 64 MB. */
const WINDOW_MAX = 16_384;

export class Weights {
  /** Newest transactions that are weighed exactly, a power of two. */
  readonly window: number;
  /** Words of a row, which spans twice the window, so that what left the window is never taken for what is new. */
  readonly #words: number;
  readonly #planeCount: number;
  #rows: Int32Array;
  /** `planeCount` for each word: bit i of plane p is bit p of the weight of the word's i-th transaction. */
  readonly #planes: Int32Array;
  /** Rows there is memory for; doubles up to the window. */
  #rowCount = WORD_BITS;
  /** Transactions below this one are not weighed any more. */
  #lowest = 0;

  constructor(windowAtLeast: number) {
    this.window = Math.min(2 ** Math.ceil(Math.log2(Math.max(windowAtLeast, WORD_BITS))), WINDOW_MAX);
    this.#words = (2 * this.window) / WORD_BITS;
    this.#planeCount = Math.log2(this.window) + 1;
    this.#rows = new Int32Array(this.#rowCount * this.#words);
    this.#planes = new Int32Array(this.#words * this.#planeCount);
  }

  /**
   * The next transaction.
   *
   * @param parents sequences, and negative ones for parents that are not known
   * @param lowest below it nothing needs a weight any more
   */
  add(sequence: number, parents: Int32Array, lowest: number): void {
    if (sequence >= this.#rowCount && this.#rowCount < this.window) this.#growRows();
    this.#lowest = Math.max(this.#lowest, lowest, sequence - this.window);
    const from = Math.floor(this.#lowest / WORD_BITS);
    const to = Math.floor(sequence / WORD_BITS);
    if (sequence % WORD_BITS === 0) this.#clearWeights(to);
    this.#clearRow(sequence, from, to);
    for (let index = 0; index < parents.length; index += 1) {
      const parent = parents[index] as number;
      if (parent >= this.#lowest) this.#unite(sequence, parent, from);
    }
    this.#count(sequence, from, to);
  }

  /** Of a transaction that is in the window still. */
  weightOf(sequence: number): number {
    const planes = this.#planes;
    const shift = sequence & (WORD_BITS - 1);
    const from = ((sequence >>> WORD_SHIFT) & (this.#words - 1)) * this.#planeCount;
    let weight = 0;
    for (let index = from + this.#planeCount - 1; index >= from; index -= 1) {
      weight = (weight << 1) | (((planes[index] as number) >>> shift) & 1);
    }
    return weight;
  }

  /** Where the row of a transaction begins. */
  #rowOf(sequence: number): number {
    return (sequence & (this.#rowCount - 1)) * this.#words;
  }

  #clearWeights(word: number): void {
    const from = (word & (this.#words - 1)) * this.#planeCount;
    this.#planes.fill(0, from, from + this.#planeCount);
  }

  #clearRow(sequence: number, from: number, to: number): void {
    const row = this.#rowOf(sequence);
    for (let word = from; word <= to; word += 1) this.#rows[row + (word & (this.#words - 1))] = 0;
  }

  /** Adds a parent and all below it to the row of a transaction. */
  #unite(sequence: number, parent: number, from: number): void {
    const rows = this.#rows;
    const mask = this.#words - 1;
    const own = this.#rowOf(sequence);
    const other = this.#rowOf(parent);
    const to = Math.floor(parent / WORD_BITS);
    for (let word = from; word <= to; word += 1) {
      const index = word & mask;
      rows[own + index] = (rows[own + index] as number) | (rows[other + index] as number);
    }
    const last = own + (to & mask);
    rows[last] = (rows[last] as number) | (1 << (parent & (WORD_BITS - 1)));
  }

  /** One more for each bit of a row: adds it to the planes as to a binary counter, carry by carry. */
  #count(sequence: number, from: number, to: number): void {
    const rows = this.#rows;
    const planes = this.#planes;
    const mask = this.#words - 1;
    const row = this.#rowOf(sequence);
    for (let word = from; word <= to; word += 1) {
      let carry = rows[row + (word & mask)] as number;
      for (let index = (word & mask) * this.#planeCount; carry !== 0; index += 1) {
        const plane = planes[index] as number;
        planes[index] = plane ^ carry;
        carry &= plane;
      }
    }
  }

  /** As long as nothing left the window, a row stays where it is. */
  #growRows(): void {
    this.#rowCount *= 2;
    const grown = new Int32Array(this.#rowCount * this.#words);
    grown.set(this.#rows);
    this.#rows = grown;
  }
}
