/** A set of strings that can be paged in ascending order. Adding is linear: keys are registered rarely, read often. */
export class SortedKeys {
  readonly #keys: string[];

  constructor(keys: Iterable<string> = []) {
    this.#keys = [...new Set(keys)].sort();
  }

  add(key: string): void {
    const index = this.#firstAtOrAbove(key);
    if (this.#keys[index] !== key) this.#keys.splice(index, 0, key);
  }

  /** Up to `limit` keys above `after`; null starts at the first. */
  page(after: string | null, limit: number): string[] {
    let start = 0;
    if (after !== null) {
      start = this.#firstAtOrAbove(after);
      if (this.#keys[start] === after) start += 1;
    }
    return this.#keys.slice(start, start + limit);
  }

  #firstAtOrAbove(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
