/** Cumulative weights in bit planes against counting one by one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, drawBelow, NONE } from '@tangle/tip-selection';
import { Approvals } from '../src/approvals.js';
import { Weights } from '../src/weights.js';

type Parents = readonly number[];

/** A tangle on which each transaction has two parents among the `reach` before it; the first has none. */
function drawTangle(size: number, reach: number, seed: number): Parents[] {
  const random = createRandom(seed);
  return Array.from({ length: size }, (_, number) => {
    if (number === 0) return [NONE, NONE];
    const draw = (): number => number - 1 - drawBelow(Math.min(reach, number), random);
    return [draw(), draw()];
  });
}

/** How many approve each, directly or not. */
function countPlainly(tangle: readonly Parents[]): number[] {
  const weights = tangle.map(() => 0);
  tangle.forEach((_, newest) => {
    const below = new Set<number>();
    const open = [newest];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const parent of tangle[next] ?? []) {
        if (parent !== NONE && !below.has(parent)) {
          below.add(parent);
          open.push(parent);
        }
      }
    }
    for (const number of below) weights[number] = (weights[number] ?? 0) + 1;
  });
  return weights;
}

describe('cumulative weights', () => {
  it('equal a plain count as long as the window holds them, whatever the shape of the tangle', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 250 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer(),
        (size, reach, seed) => {
          const tangle = drawTangle(size, reach, seed);
          const weights = new Weights(256);
          tangle.forEach((parents, number) => weights.add(number, Int32Array.from(parents), 0));
          expect(tangle.map((_, number) => weights.weightOf(number))).toEqual(countPlainly(tangle));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('equal a plain count over the newest of a long tangle, long after its memory came round', () => {
    const tangle = drawTangle(2_000, 40, 7);
    const weights = new Weights(64);
    tangle.forEach((parents, number) => weights.add(number, Int32Array.from(parents), 0));
    const plain = countPlainly(tangle);
    for (let number = 2_000 - 64; number < 2_000; number += 1) expect(weights.weightOf(number)).toBe(plain[number]);
  });

  it('go on beyond the window as they went in it: what all approve gains, what all left does not', () => {
    const window = 64;
    const approvals = new Approvals(window, 2);
    // A chain, with one transaction beside it that nobody approves and one that only that one does.
    const add = (number: number, first: number, second: number): void => {
      approvals.add(number, Int32Array.of(first, second));
      approvals.weigh(0);
    };
    add(0, NONE, NONE);
    add(1, 0, 0);
    add(2, 1, 1);
    add(3, 0, 0);
    for (let number = 4; number < 400; number += 1) add(number, number - 1, number - 1);
    expect(approvals.weightOf(0)).toBe(399);
    expect(approvals.weightOf(3)).toBe(396);
    expect(approvals.weightOf(1)).toBe(1);
    expect(approvals.weightOf(2)).toBe(0);
  });
});
