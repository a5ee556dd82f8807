/** Positive numbers counted in bins of a relative width below 0.1 %: quantiles of any number of values in fixed memory. */

/** Bins to each power of two, from the leading bits of a single-precision number. */
const BITS = 10;
const SHIFT = 23 - BITS;
/** From 2^-20 to 2^40. */
const LEAST_BIN = (127 - 20) << BITS;
const BINS = 60 << BITS;

export class Histogram {
  readonly #bins = new Uint32Array(BINS);
  readonly #float = new Float32Array(1);
  readonly #bits = new Int32Array(this.#float.buffer);
  #count = 0;
  #sum = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#sum / this.#count;
  }

  get max(): number {
    return this.#max;
  }

  add(value: number): void {
    this.#count += 1;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
    const bin = this.#binOf(value);
    this.#bins[bin] = (this.#bins[bin] as number) + 1;
  }

  /** How many are above a value, to the width of a bin. */
  countAbove(value: number): number {
    let count = 0;
    for (let bin = this.#binOf(value) + 1; bin < BINS; bin += 1) count += this.#bins[bin] as number;
    return count;
  }

  /** The value at a share of `total` values, of which those that are not here count as larger; null where it is one of them. */
  quantile(share: number, total = this.#count): number | null {
    const rank = share * total;
    if (this.#count === 0 || rank > this.#count) return null;
    let below = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      const count = this.#bins[bin] as number;
      if (count > 0 && below + count >= rank) {
        const from = this.#lowerBound(bin);
        return Math.min(this.#max, from + ((rank - below) / count) * (this.#lowerBound(bin + 1) - from));
      }
      below += count;
    }
    return this.#max;
  }

  #binOf(value: number): number {
    this.#float[0] = value;
    const bin = ((this.#bits[0] as number) >> SHIFT) - LEAST_BIN;
    return Math.min(Math.max(bin, 0), BINS - 1);
  }

  #lowerBound(bin: number): number {
    this.#bits[0] = (bin + LEAST_BIN) << SHIFT;
    return this.#float[0] as number;
  }
}

/** Mean and standard deviation of a stream (Welford). */
export class Moments {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.#count += 1;
    const deviation = value - this.#mean;
    this.#mean += deviation / this.#count;
    this.#squares += deviation * (value - this.#mean);
  }

  get mean(): number {
    return this.#mean;
  }

  get sd(): number {
    return Math.sqrt(this.#squares / Math.max(1, this.#count));
  }
}
