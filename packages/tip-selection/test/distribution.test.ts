/** Seeded runs against theory; the seed is the text given to createRandom, so a failure repeats as it is. */
import { describe, expect, it } from 'vitest';
import {
  createRandom,
  createSelector,
  selectParents,
  type RandomUint32,
  type TipStrategy,
} from '@tangle/tip-selection';
import { chiSquare, GENESIS, idOf } from './support.js';

function withTips(selector: TipStrategy, count: number): TipStrategy {
  for (let number = 0; number < count; number += 1) {
    selector.onAttach({ id: idOf(number), issuer: `device ${number}`, parents: [GENESIS, GENESIS], round: 1 });
  }
  return selector;
}

const STRATEGIES: readonly [string, () => TipStrategy][] = [
  ['uniform', () => createSelector('uniform')],
  ['quota', () => createSelector('quota', { quotaOf: () => 4 })],
];

describe.each(STRATEGIES)('the strategy %s', (_name, create) => {
  it('draws 100 tips of 100 devices evenly: chi-square below its 99.9 % quantile (148.2 at 99)', () => {
    const selector = withTips(create(), 100);
    const random = createRandom('even over tips');
    const counts = Array.from({ length: 100 }, () => 0);
    for (let call = 0; call < 50_000; call += 1) {
      for (const id of selector.select({ random })) {
        const index = Number.parseInt(id, 16);
        counts[index] = (counts[index] ?? 0) + 1;
      }
    }
    expect(counts.reduce((sum, count) => sum + count)).toBe(100_000);
    expect(chiSquare(counts)).toBeLessThan(148.2);
  });

  it.each([2, 3, 8, 9, 12])('gives two distinct tips of %i, each time', (count) => {
    const selector = withTips(create(), count);
    const random = createRandom(`distinct of ${count}`);
    const sizes = Array.from({ length: 5_000 }, () => {
      const chosen = selector.select({ random });
      return chosen.length === 2 ? new Set(chosen).size : chosen.length;
    });
    expect(new Set(sizes)).toEqual(new Set([2]));
  });

  it('draws the pairs of a small pool evenly: chi-square below its 99.9 % quantile (27.9 at 9)', () => {
    const selector = withTips(create(), 5);
    const random = createRandom('even over pairs');
    const counts = new Map<string, number>();
    for (let call = 0; call < 20_000; call += 1) {
      const pair = [...selector.select({ random })].sort().join();
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect(counts.size).toBe(10);
    expect(chiSquare([...counts.values()])).toBeLessThan(27.9);
  });
});

interface Arrival {
  readonly number: number;
  readonly visibleAt: number;
  readonly parents: readonly [ReturnType<typeof idOf>, ReturnType<typeof idOf>];
}

/** Poisson arrivals at `rate`, each visible to all after one unit of time: the mean number of visible tips. */
function meanPool(selector: TipStrategy, rate: number, arrivals: number, random: RandomUint32): number {
  const hidden: Arrival[] = [];
  let firstHidden = 0;
  let time = 0;
  let area = 0;
  let measured = 0;
  for (let number = 0; number < arrivals; number += 1) {
    const step = -Math.log1p(-random() / 2 ** 32) / rate;
    time += step;
    for (let next = hidden[firstHidden]; next !== undefined && next.visibleAt <= time; next = hidden[firstHidden]) {
      selector.onAttach({ id: idOf(next.number), issuer: `device ${next.number}`, parents: next.parents, round: 1 });
      firstHidden += 1;
    }
    if (number > arrivals / 5) {
      area += selector.stats().eligible * step;
      measured += step;
    }
    const parents = selectParents(selector, { random }, GENESIS);
    hidden.push({ number, visibleAt: time + 1, parents });
  }
  return area / measured;
}

describe('the uniform strategy without statements', () => {
  it.each([20, 50, 150])(
    'keeps 2 * rate * delay tips (Popov 2017, equation 1), within 4 percent, at rate * delay = %i',
    (rate) => {
      const pool = meanPool(createSelector('uniform'), rate, rate * 600, createRandom(`pool at ${rate}`));
      expect(pool / (2 * rate)).toBeGreaterThan(0.96);
      expect(pool / (2 * rate)).toBeLessThan(1.04);
    },
  );
});
