import { describe, expect, it } from 'vitest';
import { createRandom, drawBelow, xoshiro128 } from '@tangle/tip-selection';
import { chiSquare } from './support.js';

describe('the generator', () => {
  it('is xoshiro128**: the first outputs from the state 1, 2, 3, 4, worked out by hand', () => {
    const random = xoshiro128([1, 2, 3, 4]);
    expect([random(), random(), random(), random()]).toEqual([11_520, 0, 5_927_040, 70_819_200]);
  });

  it('gives the same stream for the same seed, another one for another seed', () => {
    const take = (seed: number | string): number[] => Array.from({ length: 5 }, createRandom(seed));
    expect(take('calm')).toEqual(take('calm'));
    expect(take(7)).toEqual(take(7));
    expect(new Set([take('calm'), take('Calm'), take(''), take(0), take(1)].map(String)).size).toBe(5);
  });

  it('draws unsigned 32-bit integers', () => {
    const random = createRandom(1);
    const draws = Array.from({ length: 10_000 }, random);
    expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw < 2 ** 32)).toBe(true);
    expect(draws.some((draw) => draw >= 2 ** 31)).toBe(true);
  });
});

describe('drawBelow', () => {
  it('reaches both ends and nothing beyond', () => {
    expect(drawBelow(10, () => 0)).toBe(0);
    expect(drawBelow(10, () => 2 ** 32 - 1)).toBe(9);
  });

  it('is even: chi-square below its 99.9 % quantile (37.7 at 15 degrees of freedom)', () => {
    const random = createRandom('even');
    const counts = Array.from({ length: 16 }, () => 0);
    for (let draw = 0; draw < 160_000; draw += 1) {
      const index = drawBelow(16, random);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    expect(chiSquare(counts)).toBeLessThan(37.7);
  });
});
