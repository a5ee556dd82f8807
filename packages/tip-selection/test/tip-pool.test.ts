/** The bookkeeping against a plain model, and its bounds. */
import fc from 'fast-check';
import type { TransactionId } from '@tangle/core/ids';
import { describe, expect, it } from 'vitest';
import { createRandom, createSelector, selectParents } from '@tangle/tip-selection';
import { TipPool } from '../src/tip-pool.js';
import { GENESIS, idOf } from './support.js';

const QUOTA = 2;

interface ModelTip {
  readonly id: TransactionId;
  readonly issuer: string;
  state: 'eligible' | 'waiting' | 'off';
}

/** Slow and plain: everything in order of attachment, nothing indexed. */
class Model {
  tracked: ModelTip[] = [];

  of(issuer: string, state: ModelTip['state']): ModelTip[] {
    return this.tracked.filter((tip) => tip.issuer === issuer && tip.state === state);
  }

  track(id: TransactionId, issuer: string, trackedMax: number): void {
    while (this.tracked.length >= trackedMax) {
      this.forgetOldest();
    }
    const state = this.of(issuer, 'eligible').length < QUOTA ? 'eligible' : 'waiting';
    this.tracked.push({ id, issuer, state });
  }

  drop(tip: ModelTip): void {
    const wasEligible = tip.state === 'eligible';
    tip.state = 'off';
    const next = this.of(tip.issuer, 'waiting')[0];
    if (wasEligible && next !== undefined) {
      next.state = 'eligible';
    }
  }

  forgetOldest(): void {
    const oldest = this.tracked[0];
    if (oldest !== undefined) {
      this.drop(oldest);
      this.tracked.shift();
    }
  }
}

describe('the tip pool', () => {
  it('equals a plain model after any operations, with every index in its place', () => {
    const operation = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('track' as const), issuer: fc.integer({ min: 0, max: 3 }) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('drop' as const), pick: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const) }) },
    );
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 200 }),
        fc.integer({ min: 1, max: 30 }),
        (operations, trackedMax) => {
          const pool = new TipPool(trackedMax);
          const model = new Model();
          for (const [number, action] of operations.entries()) {
            if (action.kind === 'track') {
              const issuer = `device ${action.issuer}`;
              pool.admit(pool.track(idOf(number), issuer, 0, 0), QUOTA);
              model.track(idOf(number), issuer, trackedMax);
            } else if (action.kind === 'forget') {
              pool.forgetOldest();
              model.forgetOldest();
            } else {
              const tip = model.tracked[action.pick % Math.max(1, model.tracked.length)];
              if (tip !== undefined) {
                model.drop(tip);
                pool.drop(pool.find(tip.id)!);
              }
            }
            const eligible = pool.listEligible();
            expect(eligible.every((tip, index) => tip.position === index && pool.eligibleAt(index) === tip)).toBe(true);
            expect(new Set(eligible.map((tip) => tip.id))).toEqual(
              new Set(model.tracked.filter((tip) => tip.state === 'eligible').map((tip) => tip.id)),
            );
            expect(model.tracked.map((tip) => pool.find(tip.id)?.placement)).toEqual(
              model.tracked.map((tip) => tip.state),
            );
            expect(pool.trackedCount).toBe(model.tracked.length);
            expect(pool.waitingCount).toBe(model.tracked.filter((tip) => tip.state === 'waiting').length);
            expect(pool.deviceCount).toBe(new Set(model.tracked.map((tip) => tip.issuer)).size);
            for (const issuer of new Set(model.tracked.map((tip) => tip.issuer))) {
              expect(pool.waitingOf(issuer)).toBe(model.of(issuer, 'waiting').length);
              expect(pool.eligibleOf(issuer)).toBe(model.of(issuer, 'eligible').length);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('stays within its bounds over 1,000,000 transactions that nothing ever covers', () => {
    const trackedMax = 4_096;
    const selector = createSelector('quota', { quotaOf: () => 3, trackedMax });
    const random = createRandom('a million');
    let outside = 0;
    for (let number = 0; number < 1_000_000; number += 1) {
      // Half of them by one device on the genesis, the rest by very many devices on what they are given.
      const isFlood = number % 2 === 0;
      const issuer = isFlood ? 'flood' : `device ${random() % 100_000}`;
      const parents = isFlood ? ([GENESIS, GENESIS] as const) : selectParents(selector, { issuer, random }, GENESIS);
      selector.onAttach({ id: idOf(number), issuer, parents, round: 1 });
      const { tracked, eligible, waiting, devices, fallback } = selector.stats();
      const isWithin =
        tracked <= trackedMax &&
        eligible + waiting <= tracked &&
        devices <= tracked &&
        eligible <= devices * 3 &&
        waiting <= devices * 3 * 8 &&
        fallback === 0;
      outside += isWithin ? 0 : 1;
    }
    expect(outside).toBe(0);
    expect(selector.stats().tracked).toBe(trackedMax);
  });

  it('keeps a few covered transactions and forgets settled ones, over 200,000 in 2,000 rounds', () => {
    const selector = createSelector('quota', { quotaOf: () => 8 });
    const random = createRandom('settled');
    for (let number = 0; number < 200_000; number += 1) {
      const round = 1 + Math.floor(number / 100);
      const issuer = `device ${number % 20}`;
      const parents = selectParents(selector, { issuer, random }, GENESIS);
      selector.onAttach({ id: idOf(number), issuer, parents, round });
      if (number >= 300) {
        selector.onCovered(idOf(number - 100), round);
        selector.onFinal(idOf(number - 300), round);
      }
    }
    expect(selector.stats().fallback).toBe(16);
    expect(selector.stats().tracked).toBeLessThan(5_000);
  });
});
