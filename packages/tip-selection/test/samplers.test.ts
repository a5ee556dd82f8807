/** What every strategy promises, and what each of them is there for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRandom,
  createSampler,
  createSelector,
  NONE,
  type SamplerOptions,
  selectParents,
  type TipSampler,
  type TipStrategy,
} from '@tangle/tip-selection';
import { chiSquare, GENESIS, idOf } from './support.js';

const STRATEGIES: readonly SamplerOptions[] = [
  { strategy: 'quota', quotaOf: () => 2 },
  { strategy: 'uniform' },
  { strategy: 'older' },
  { strategy: 'restricted', ageMax: 50 },
  { strategy: 'walk', alpha: 0.1, start: 'genesis' },
  { strategy: 'walk', alpha: 0.1, start: 'window', depth: 10 },
  { strategy: 'walk', alpha: 0, start: 'final' },
];

const NO_PARENTS = Int32Array.of(NONE, NONE);

function drawOf(sampler: TipSampler, count: number, time: number, seed: number | string): number[] {
  const into = new Int32Array(count);
  return [...into.subarray(0, sampler.draw(into, NONE, time, createRandom(seed)))];
}

describe.each(STRATEGIES)('%j', (options) => {
  const research = options.strategy === 'quota' ? null : options;
  const create = (): TipStrategy =>
    research === null ? createSelector('quota', { quotaOf: () => 2 }) : createSelector(research);

  it('gives distinct tips that nobody approves, as many as are asked for where there are enough', () => {
    const step = fc.record({ kind: fc.constantFrom('grow', 'grow', 'grow', 'cover', 'forget'), pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer(), (steps, seed) => {
        const sampler = createSampler(options);
        const random = createRandom(seed);
        const approved = new Set<number>();
        const covered = new Set<number>();
        let forgotten = 0;
        let count = 0;
        for (const { kind, pick } of steps) {
          const into = new Int32Array(2);
          const chosen = sampler.draw(into, NONE, count, random);
          const tips = [...into.subarray(0, chosen)];
          expect(new Set(tips).size).toBe(chosen);
          expect(tips.every((tip) => tip >= forgotten && tip < count)).toBe(true);
          expect(tips.every((tip) => !approved.has(tip) || covered.has(tip))).toBe(true);
          if (kind === 'grow') {
            into.fill(NONE, chosen);
            sampler.attach(count, pick % 5, into, count);
            tips.forEach((tip) => approved.add(tip));
            count += 1;
          } else if (kind === 'cover' && count > forgotten) {
            const number = forgotten + (pick % (count - forgotten));
            sampler.cover(number);
            covered.add(number);
          } else if (kind === 'forget' && count - forgotten > 20) {
            sampler.forget(forgotten);
            forgotten += 1;
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('repeats itself under the same seed', () => {
    const run = (): string => {
      const selector = create();
      const random = createRandom('same seed');
      const chosen: string[] = [];
      for (let number = 0; number < 300; number += 1) {
        const issuer = `device ${number % 7}`;
        const parents = selectParents(selector, { issuer, random, time: number }, GENESIS);
        chosen.push(...parents);
        selector.onAttach({ id: idOf(number), issuer, parents, round: 1, time: number });
      }
      return chosen.join();
    };
    expect(run()).toBe(run());
  });

  it('serves a node that remembers 64 transactions, over 5,000 in rounds that statements cover', () => {
    const selector = research === null ? create() : createSelector({ ...research, limits: { trackedMax: 64 } });
    const random = createRandom('rounds');
    let outside = 0;
    for (let number = 0; number < 5_000; number += 1) {
      const round = 1 + Math.floor(number / 10);
      const parents = selectParents(selector, { random, time: number }, GENESIS);
      selector.onAttach({ id: idOf(number), issuer: `device ${number % 9}`, parents, round, time: number });
      if (number >= 20) selector.onCovered(idOf(number - 20), round);
      if (number >= 30) selector.onFinal(idOf(number - 30), round);
      const { tracked, eligible, waiting } = selector.stats();
      outside += eligible + waiting <= tracked && (research === null || tracked <= 64) ? 0 : 1;
      outside += number > 0 && parents[0] === parents[1] && parents[0] !== GENESIS ? 1 : 0;
    }
    expect(outside).toBe(0);
  });
});

describe('with replacement', () => {
  it('tips are drawn independently: 3 of 10 come out as all different in 72 % of draws', () => {
    const sampler = createSampler({ strategy: 'uniform', isReplacing: true });
    for (let number = 0; number < 10; number += 1) sampler.attach(number, 0, NO_PARENTS, 0);
    const random = createRandom('with replacement');
    const into = new Int32Array(3);
    const counts = Array.from({ length: 10 }, () => 0);
    let different = 0;
    for (let draw = 0; draw < 50_000; draw += 1) {
      sampler.draw(into, NONE, 0, random);
      for (const tip of into) counts[tip] = (counts[tip] ?? 0) + 1;
      different += new Set(into).size === 3 ? 1 : 0;
    }
    expect(chiSquare(counts)).toBeLessThan(27.9);
    expect(Math.abs(different / 50_000 - 0.72)).toBeLessThan(0.008);
  });
});

describe('the older of two', () => {
  it('prefers old tips: the oldest of ten comes first in 19 of 100 draws, the newest in 1', () => {
    const sampler = createSampler({ strategy: 'older', isReplacing: true });
    for (let number = 0; number < 10; number += 1) sampler.attach(number, 0, NO_PARENTS, number);
    const random = createRandom('older');
    const counts = Array.from({ length: 10 }, () => 0);
    const into = new Int32Array(1);
    for (let draw = 0; draw < 100_000; draw += 1) {
      sampler.draw(into, NONE, 10, random);
      counts[into[0]!] = (counts[into[0]!] ?? 0) + 1;
    }
    expect(Math.abs(counts[0]! / 100_000 - 0.19)).toBeLessThan(0.006);
    expect(Math.abs(counts[9]! / 100_000 - 0.01)).toBeLessThan(0.002);
  });
});

describe('a maximum age', () => {
  it('lets go of older tips, and gives the newest transaction where none is young enough', () => {
    const sampler = createSampler({ strategy: 'restricted', ageMax: 10 });
    for (let number = 0; number < 6; number += 1) sampler.attach(number, 0, NO_PARENTS, 2 * number);
    expect(new Set(drawOf(sampler, 6, 10, 'young'))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    expect(new Set(drawOf(sampler, 6, 16.5, 'older'))).toEqual(new Set([4, 5]));
    expect(sampler.tipCount).toBe(2);
    expect(drawOf(sampler, 6, 100, 'none')).toEqual([5]);
    sampler.forget(5);
    expect(drawOf(sampler, 6, 100, 'nothing')).toEqual([]);
  });

  it('holds for tips that came out of order', () => {
    const sampler = createSampler({ strategy: 'restricted', ageMax: 10 });
    sampler.attach(0, 0, NO_PARENTS, 5);
    sampler.attach(1, 0, NO_PARENTS, 2);
    expect(drawOf(sampler, 2, 13, 'order')).toEqual([0]);
  });
});

describe('a weighted walk', () => {
  /** Two branches on one root, of 40 and 4 transactions, each a chain. */
  function fork(alpha: number): TipSampler {
    const sampler = createSampler({ strategy: 'walk', alpha, start: 'genesis', isReplacing: true });
    sampler.attach(0, 0, NO_PARENTS, 0);
    for (let number = 1; number <= 44; number += 1) {
      const parent = number === 1 || number === 41 ? 0 : number - 1;
      sampler.attach(number, 0, Int32Array.of(parent, parent), number);
    }
    return sampler;
  }

  it.each([0, 0.01, 0.05, 0.1])(
    'takes the heavier of two branches with probability 1 / (1 + exp(-36 * %d))',
    (alpha) => {
      const sampler = fork(alpha);
      const random = createRandom(`fork ${alpha}`);
      const into = new Int32Array(1);
      let heavier = 0;
      for (let walk = 0; walk < 20_000; walk += 1) {
        sampler.draw(into, NONE, 50, random);
        expect([40, 44]).toContain(into[0]);
        heavier += into[0] === 40 ? 1 : 0;
      }
      // Four standard errors of a share at most .5.
      expect(Math.abs(heavier / 20_000 - 1 / (1 + Math.exp(-36 * alpha)))).toBeLessThan(0.0142);
    },
  );

  it('does not overflow where alpha and weights are large', () => {
    expect(drawOf(fork(1_000), 1, 50, 'large')).toEqual([40]);
  });

  it('begins at the newest covered transaction, and above it sees nothing else', () => {
    const sampler = createSampler({ strategy: 'walk', alpha: 0.01, start: 'final', isReplacing: true });
    sampler.attach(0, 0, NO_PARENTS, 0);
    sampler.attach(1, 0, Int32Array.of(0, 0), 1);
    sampler.attach(2, 0, Int32Array.of(0, 0), 2);
    sampler.attach(3, 0, Int32Array.of(1, 1), 3);
    sampler.cover(1);
    sampler.cover(0);
    expect(drawOf(sampler, 8, 4, 'final')).toEqual([3, 3, 3, 3, 3, 3, 3, 3]);
  });

  it('looks at no more approvals than it may: above a million approvers of one it draws uniformly', () => {
    const sampler = createSampler({
      strategy: 'walk',
      alpha: 0,
      start: 'genesis',
      isReplacing: true,
      limits: { walkApprovalsMax: 1_000 },
    });
    sampler.attach(0, 0, NO_PARENTS, 0);
    for (let number = 1; number <= 1_000_000; number += 1) sampler.attach(number, 0, Int32Array.of(0, 0), 1);
    const drawn = drawOf(sampler, 100, 2, 'flood');
    expect(new Set(drawn).size).toBeGreaterThan(98);
    expect(drawn.every((tip) => tip > 0)).toBe(true);
  });
});
