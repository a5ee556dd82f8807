/** The clock of a quorum: one median for commit times and for certification times (PROTOCOL 5 and 11). */
import { invariant } from '../assert.js';

export interface WeightedValue {
  readonly value: number;
  readonly weight: number;
}

/**
 * In ascending order of value, the first at which the running weight, doubled, exceeds the whole weight. Sorts `values`.
 * With honest weight above one half it lies between two honest values.
 */
export function weightedMedian(values: WeightedValue[]): number {
  let total = 0;
  for (const { weight } of values) total += weight;
  let running = 0;
  for (const { value, weight } of values.sort(byValue)) {
    running += weight;
    if (running * 2 > total) return value;
  }
  invariant(false, 'a weighted median needs a value of positive weight');
}

function byValue(left: WeightedValue, right: WeightedValue): number {
  return left.value - right.value;
}
