/** The bookkeeping against a plain model, and its bounds. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createRandom, createSelector, selectParents } from '@tangle/tip-selection';
import { TipTable } from '../src/tip-table.js';
import { GENESIS, idOf } from './support.js';

const QUOTA = 2;

type Placement = 'eligible' | 'waiting' | 'off';

interface ModelTip {
  readonly number: number;
  readonly device: number;
  placement: Placement;
}

/** Slow and plain: everything in order of attachment, nothing indexed. */
class Model {
  readonly tips: ModelTip[] = [];

  of(device: number, placement: Placement): ModelTip[] {
    return this.tips.filter((tip) => tip.device === device && tip.placement === placement);
  }

  add(device: number): void {
    const placement = this.of(device, 'eligible').length < QUOTA ? 'eligible' : 'waiting';
    this.tips.push({ number: this.tips.length, device, placement });
  }

  drop(tip: ModelTip): void {
    const wasEligible = tip.placement === 'eligible';
    tip.placement = 'off';
    const next = this.of(tip.device, 'waiting')[0];
    if (wasEligible && next !== undefined) next.placement = 'eligible';
  }
}

function placementIn(table: TipTable, number: number): Placement {
  if (table.isEligible(number)) return 'eligible';
  return table.isWaiting(number) ? 'waiting' : 'off';
}

describe('the tip table', () => {
  it('equals a plain model after any operations', () => {
    const operation = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), pick: fc.integer({ min: 0, max: 3 }) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('drop' as const), pick: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const table = new TipTable();
        const model = new Model();
        for (const { kind, pick } of operations) {
          const tip = model.tips[pick % Math.max(1, model.tips.length)];
          if (kind === 'add') {
            table.add(model.tips.length, pick);
            table.admit(model.tips.length, QUOTA);
            model.add(pick);
          } else if (tip !== undefined) {
            table.drop(tip.number);
            model.drop(tip);
          }
          const eligible = Array.from({ length: table.eligibleCount }, (_, index) => table.eligibleAt(index));
          const expected = model.tips.filter(({ placement }) => placement === 'eligible');
          expect(eligible.sort((a, b) => a - b)).toEqual(expected.map(({ number }) => number));
          expect(model.tips.map(({ number }) => placementIn(table, number))).toEqual(
            model.tips.map(({ placement }) => placement),
          );
          expect(table.waitingCount).toBe(model.tips.filter(({ placement }) => placement === 'waiting').length);
          for (const device of [0, 1, 2, 3]) {
            expect(table.waitingOf(device)).toBe(model.of(device, 'waiting').length);
            expect(table.eligibleOf(device)).toBe(model.of(device, 'eligible').length);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

// A million transactions, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

describe('a selector', () => {
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
