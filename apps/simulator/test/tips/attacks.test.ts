/** What hostile devices come to, under the strategy of a node and under the textbook's. */
import { describe, expect, test, vi } from 'vitest';
import { completeOptions } from '../../src/tips/options.js';
import { runTips, type TipsResult } from '../../src/tips/result.js';

function run(given: Readonly<Record<string, unknown>>, seed = 1): TipsResult {
  return runTips({ options: completeOptions(given), seed, version: 'test' }, () => 0).result;
}

// Minutes of simulated traffic, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const NODE = { strategy: 'quota', transactions: 60_000, zipf: 0.9 };

describe('one device that sends 80 % of all transactions', () => {
  const calm = run({ ...NODE, validators: 4 });

  test.each(['inflation', 'lazy', 'chain', 'parasite', 'splitter', 'greedy', 'flood'])(
    'by %s leaves no honest one behind under statements, and the 99th percentile within 1.5 of calm',
    (attack) => {
      const { firstApproval, neverApproved, leftBehind } = run({ ...NODE, validators: 4, attack, attackShare: 0.8 });
      expect(neverApproved).toBe(0);
      expect(leftBehind).toBe(0);
      expect(firstApproval.p99 ?? Number.NaN).toBeLessThanOrEqual(1.5 * (calm.firstApproval.p99 ?? Number.NaN));
      // The next of four staggered statements, once others see it.
      expect(firstApproval.max ?? Number.NaN).toBeLessThanOrEqual(1.25);
    },
  );

  test('keeps to its quota without statements too, where the textbook draw falls', () => {
    const attacked = { attack: 'inflation', attackShare: 0.8, transactions: 60_000 };
    const quota = run({ ...NODE, ...attacked });
    const uniform = run({ ...attacked, strategy: 'uniform' });
    expect(quota.neverApproved).toBe(0);
    const calmP99 = run(NODE).firstApproval.p99 ?? Number.NaN;
    expect(quota.firstApproval.p99 ?? Number.NaN).toBeLessThanOrEqual(1.5 * calmP99);
    expect(quota.attack?.slotShare).toBeLessThan((quota.attack?.quotaShare ?? 0) + 0.05);
    expect(uniform.attack?.slotShare).toBeGreaterThan(0.75);
    expect(uniform.leftBehind).toBeGreaterThan(0.9);
  });
});

test.each([0, 4])(
  'a parasite that releases ten pools at once gains its quota share and five points at most, %i validators',
  (validators) => {
    for (const attackShare of [0.2, 0.5, 0.8]) {
      const { attack } = run({ ...NODE, validators, attack: 'parasite', attackShare, burstPools: 10 });
      expect(attack?.burst).toBe(2_000);
      expect(attack?.slotShare).toBeLessThanOrEqual((attack?.quotaShare ?? 0) + 0.05);
    }
  },
);

test.each([0.01, 0.1, 1, 10, 100, 1_000])('lambda h = %d works, calm and under attack', (lambda) => {
  for (const attack of ['none', 'inflation', 'parasite']) {
    const transactions = Math.max(10_000, 60 * lambda);
    const result = run({ ...NODE, transactions, lambda, validators: 4, attack, attackShare: 0.8 });
    expect(result.neverApproved).toBe(0);
    expect(result.firstApproval.max ?? Number.NaN).toBeLessThanOrEqual(1.25);
  }
});

test('the older of two raises the pool by two fifths and does not help the last ones: a negative result worth keeping', () => {
  const older = run({ strategy: 'older', transactions: 200_000 });
  const uniform = run({ strategy: 'uniform', transactions: 200_000 });
  expect(older.pool.mean / uniform.pool.mean).toBeCloseTo(1.4, 1);
  expect(older.firstApproval.p99 ?? 0).toBeGreaterThan(0.98 * (uniform.firstApproval.p99 ?? Number.NaN));
});

describe('weighted walks', () => {
  const seeds = [1, 2, 3];
  const orphans = (start: string, alpha: number): number[] =>
    seeds.map((seed) => run({ strategy: 'walk', start, alpha, lambda: 50, transactions: 6_000 }, seed).neverApproved);

  test.each(['genesis', 'window'])(
    'from %s leave more behind the larger alpha, the same share under each seed',
    (start) => {
      const shares = [0.001, 0.05, 0.2, 1].map((alpha) => orphans(start, alpha));
      const means = shares.map((each) => each.reduce((sum, share) => sum + share, 0) / each.length);
      expect([...means].sort((a, b) => a - b)).toEqual(means);
      expect(means[0]).toBeLessThan(0.001);
      // Within a fifth of the mean wherever there are enough to count.
      const strays = shares.flatMap((each, index) => {
        const mean = means[index] ?? 0;
        return mean < 0.02 ? [] : each.filter((share) => Math.abs(share - mean) > 0.2 * mean);
      });
      expect(strays).toEqual([]);
      expect(means.at(-1)).toBeGreaterThan(start === 'genesis' ? 0.45 : 0.2);
    },
  );
});
