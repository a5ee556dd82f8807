/** Simulated tangles against theory, over the quick ranges; `npx tangle-sim theory --full` has all of them. */
import { describe, expect, test, vi } from 'vitest';
import { completeOptions } from '../../src/tips/options.js';
import { runTips } from '../../src/tips/result.js';
import { judge, theoryRuns } from '../../src/tips/theory-checks.js';
import {
  divergence,
  effectiveParents,
  fluctuations,
  growthRate,
  localPool,
  neverApproved,
  poolLaw,
  stillPool,
  totalVariation,
  uniformLaw,
} from '../../src/tips/theory.js';

vi.setConfig({ testTimeout: 120_000 });

describe('a simulated tangle is within the tolerance of theory', () => {
  test.each(theoryRuns('quick'))('$given', (run) => {
    const options = completeOptions(run.given);
    const { result } = runTips({ options, seed: 1, version: 'test' }, () => 0);
    expect(judge(run, result).filter(({ isWithin }) => !isWithin)).toEqual([]);
  });
});

describe('the laws', () => {
  test('of two parents: pool 2 lambda h, first approval h + Exp(h), half of all picks wasted', () => {
    const { pool, firstApproval, approvers, wastedPicks } = uniformLaw(2);
    expect(pool).toBe(2);
    expect(firstApproval.mean).toBe(2);
    expect(firstApproval.p50).toBeCloseTo(1 + Math.LN2, 12);
    expect(firstApproval.p99).toBeCloseTo(1 + Math.log(100), 12);
    expect(approvers[0]).toBeCloseTo(Math.exp(-1), 12);
    expect(approvers.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 8);
    expect(wastedPicks).toBe(0.5);
  });

  test('of growth: .3305 per h at two parents, six percent below the .352 that mean ages give', () => {
    expect(growthRate(1)).toBeCloseTo(0.3305, 4);
    expect(growthRate(2)).toBeCloseTo(0.6336, 4);
  });

  test('of a small pool meet both ends: one tip at lambda h = 0, k / (k - 1) lambda h + 1/2 without fluctuations', () => {
    for (const k of [2, 3, 4, 8]) {
      expect(stillPool(1e-9, k, true)).toBeCloseTo(1, 6);
      expect(stillPool(1e5, k, true) - (k / (k - 1)) * 1e5).toBeCloseTo(0.5, 3);
      expect(stillPool(1e5, k, false) - (k / (k - 1)) * 1e5).toBeCloseTo(0, 3);
      expect(poolLaw(1e6, k).mean).toBeCloseTo(k / (k - 1), 5);
    }
  });

  test('of fluctuations obey the balance that the equation of the deviation gives by itself', () => {
    // Stationary E[x^2]: 2 mu (V - C / k - E[x y]) = a (1 - 1/k); for k to infinity y drives all, and V tends to a.
    const { variance, covariance } = fluctuations(1_000);
    expect(variance).toBeCloseTo(1, 2);
    expect(covariance).toBeCloseTo(0, 2);
  });

  test('of local views tend to the one of a shared view, and have no line through zero below 2 k - 1 views', () => {
    expect(localPool(2, 1_000_000)).toBeCloseTo(2, 4);
    expect([1, 2, 3].map((views) => localPool(2, views))).toEqual([null, null, null]);
    expect(localPool(2, 4)).toBeCloseTo(0.91, 3);
  });

  test('of inflation: no steady state from a share of 1 - 1/k on', () => {
    expect(effectiveParents(2, 0.5)).toBe(1);
    expect(divergence(2, 0.5)).toBe(0);
    expect(divergence(4, 0.8)).toBeCloseTo(0.2, 12);
  });

  test('of a maximum age tend to exp(-mu (D - 1))', () => {
    expect(neverApproved(2, 15) / Math.exp(-14)).toBeCloseTo(1, 3);
    expect(neverApproved(3, 9) / Math.exp(-16)).toBeCloseTo(1, 3);
  });

  test('differ by their total variation', () => {
    expect(totalVariation([1], [1])).toBe(0);
    expect(totalVariation([1], [0, 1])).toBe(1);
    expect(totalVariation([0.5, 0.5], [0.5, 0.25, 0.25])).toBe(0.25);
  });
});
