import type { TransactionId } from '@tangle/core/ids';

/** The n-th id of a test. */
export function idOf(number: number): TransactionId {
  return number.toString(16).padStart(64, '0') as TransactionId;
}

export const GENESIS = 'f'.repeat(64) as TransactionId;

/** Pearson's statistic against equal chances. */
export function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
