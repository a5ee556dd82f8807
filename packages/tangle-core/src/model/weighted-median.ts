/** The clock of a quorum: one median for commit times and for certification times (PROTOCOL 5 and 11). */
import { invariant } from '../assert.js';

export interface WeightedValue {
  readonly value: number;
  readonly weight: number;
}

/**
 * In ascending order of value, the first at which the running weight, doubled, exceeds the whole weight.
 * With honest weight above one half it lies between two honest values.
 */
export function weightedMedian(values: readonly WeightedValue[]): number {
  const ascending = [...values].sort((left, right) => left.value - right.value);
  const total = ascending.reduce((sum, { weight }) => sum + weight, 0);
  let running = 0;
  for (const { value, weight } of ascending) {
    running += weight;
    if (running * 2 > total) return value;
  }
  invariant(false, 'a weighted median needs a value of positive weight');
}
