/** The honest devices: how often each sends, and a draw of who is next in constant time. */
import { drawBelow, type RandomUint32 } from '@tangle/tip-selection';

export class Devices {
  /** By device: its share of what all honest devices send. */
  readonly shares: Float64Array;
  /** Vose's alias method: a device, or with this probability kept, else its alias. */
  readonly #kept: Float64Array;
  readonly #alias: Int32Array;
  readonly #isEqual: boolean;

  constructor(count: number, zipf: number) {
    const weights = Float64Array.from({ length: count }, (_, index) => (index + 1) ** -zipf);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.shares = weights.map((weight) => weight / total);
    this.#kept = new Float64Array(count).fill(1);
    this.#alias = new Int32Array(count);
    this.#isEqual = zipf === 0;
    this.#fillAliases();
  }

  pick(random: RandomUint32): number {
    const device = drawBelow(this.shares.length, random);
    if (this.#isEqual || random() / 2 ** 32 < (this.#kept[device] as number)) return device;
    return this.#alias[device] as number;
  }

  #fillAliases(): void {
    const scaled = this.shares.map((share) => share * this.shares.length);
    const small: number[] = [];
    const large: number[] = [];
    scaled.forEach((value, device) => (value < 1 ? small : large).push(device));
    for (let less = small.pop(), more = large.pop(); less !== undefined && more !== undefined;) {
      const value = scaled[less] as number;
      this.#kept[less] = value;
      this.#alias[less] = more;
      scaled[more] = (scaled[more] as number) - (1 - value);
      less = (scaled[more] as number) < 1 ? more : small.pop();
      if (less === more) more = large.pop();
    }
  }
}
