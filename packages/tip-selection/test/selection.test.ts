import fc from 'fast-check';
import type { TransactionId } from '@tangle/core/ids';
import { describe, expect, it } from 'vitest';
import { createRandom, createSelector, selectParents, type TipStrategy } from '@tangle/tip-selection';
import { GENESIS, idOf } from './support.js';

type Parents = readonly [TransactionId, TransactionId];

function quotaSelector(): TipStrategy {
  return createSelector('quota', { quotaOf: () => 8 });
}

function attach(selector: TipStrategy, number: number, issuer: string, parents: Parents, round = 1): string {
  return selector.onAttach({ id: idOf(number), issuer, parents, round });
}

const FROM_GENESIS: Parents = [GENESIS, GENESIS];

describe('at low load', () => {
  const random = createRandom('low load');

  it('an empty pool gives nothing, and the parents are the genesis twice', () => {
    expect(quotaSelector().select({ random })).toEqual([]);
    expect(selectParents(quotaSelector(), { random }, GENESIS)).toEqual([GENESIS, GENESIS]);
  });

  it('a pool of one gives the one, with the newest covered transaction or the genesis beside it', () => {
    const selector = quotaSelector();
    attach(selector, 0, 'a', FROM_GENESIS);
    expect(selector.select({ random, issuer: 'a' })).toEqual([idOf(0)]);
    expect(selectParents(selector, { random, issuer: 'a' }, GENESIS)).toEqual([idOf(0), GENESIS]);
    attach(selector, 1, 'b', FROM_GENESIS);
    selector.onCovered(idOf(0));
    expect(selectParents(selector, { random }, GENESIS)).toEqual([idOf(1), idOf(0)]);
  });

  it('a pool of two gives both, each time', () => {
    const selector = quotaSelector();
    attach(selector, 0, 'a', FROM_GENESIS);
    attach(selector, 1, 'b', FROM_GENESIS);
    for (let call = 0; call < 1_000; call += 1) {
      expect(new Set(selector.select({ random, issuer: 'a' }))).toEqual(new Set([idOf(0), idOf(1)]));
    }
  });

  it('with everything covered the two newest covered ones are the parents, whatever became final later', () => {
    const selector = quotaSelector();
    for (let number = 0; number < 5; number += 1) {
      attach(selector, number, 'a', FROM_GENESIS);
      selector.onCovered(idOf(number));
    }
    selector.onFinal(idOf(0));
    expect(selector.fallback()).toEqual([4, 3, 2, 1, 0].map(idOf));
    expect(selectParents(selector, { random }, GENESIS)).toEqual([idOf(4), idOf(3)]);
  });

  it('one device alone gets a chain tied to covered transactions, never two own tips', () => {
    const selector = quotaSelector();
    let parents: Parents = FROM_GENESIS;
    for (let number = 0; number < 50; number += 1) {
      attach(selector, number, 'a', parents, 1 + number);
      if (number > 0) {
        selector.onFinal(idOf(number - 1), 1 + number);
      }
      parents = selectParents(selector, { random, issuer: 'a' }, GENESIS);
      expect(parents).toEqual([idOf(number), number === 0 ? GENESIS : idOf(number - 1)]);
    }
  });
});

describe('a device that asks', () => {
  it('never gets two own tips, and always another when there is one in a small pool', () => {
    const selector = quotaSelector();
    const random = createRandom('own tips');
    for (let number = 0; number < 7; number += 1) {
      attach(selector, number, 'a', FROM_GENESIS);
    }
    expect(selector.select({ random, issuer: 'a' })).toHaveLength(1);
    attach(selector, 7, 'b', FROM_GENESIS);
    const chosen = Array.from({ length: 500 }, () => selector.select({ random, issuer: 'a' }));
    expect(chosen.every((pair) => pair.length === 2 && pair.includes(idOf(7)))).toBe(true);
  });
});

describe('laziness', () => {
  const random = createRandom('lazy');

  it('a transaction on parents that were settled long ago is left to the statements, and so are its children', () => {
    const selector = quotaSelector();
    attach(selector, 0, 'a', FROM_GENESIS, 1);
    selector.onFinal(idOf(0), 2);
    attach(selector, 1, 'a', [idOf(0), GENESIS], 20);
    expect(attach(selector, 2, 'b', [idOf(0), idOf(0)], 20)).toBe('sweep-only');
    expect(attach(selector, 3, 'b', [idOf(2), idOf(2)], 20)).toBe('sweep-only');
    selector.onCovered(idOf(3), 21);
    expect(attach(selector, 4, 'b', [idOf(3), idOf(3)], 21)).toBe('eligible');
  });

  it('one old parent beside a fresh one is enough', () => {
    const selector = quotaSelector();
    attach(selector, 0, 'a', FROM_GENESIS, 1);
    selector.onFinal(idOf(0), 1);
    attach(selector, 1, 'b', [idOf(0), idOf(0)], 10);
    selector.onCovered(idOf(1), 16);
    expect(attach(selector, 2, 'c', [idOf(1), idOf(0)], 16)).toBe('eligible');
    expect(attach(selector, 3, 'c', [idOf(1), idOf(0)], 17)).toBe('sweep-only');
  });

  it('a tip that grew old while it was eligible is taken out at the draw', () => {
    const selector = quotaSelector();
    attach(selector, 0, 'a', FROM_GENESIS, 1);
    attach(selector, 1, 'b', FROM_GENESIS, 8);
    expect(selector.select({ random })).toHaveLength(2);
    selector.onCovered(idOf(99), 9);
    expect(selector.select({ random })).toEqual([]);
    expect(selector.stats()).toMatchObject({ eligible: 0, tracked: 2 });
  });

  it('two tips with an old anchor get the newest covered transaction in place of the second', () => {
    const selector = quotaSelector();
    attach(selector, 0, 'a', FROM_GENESIS, 1);
    attach(selector, 1, 'b', FROM_GENESIS, 1);
    attach(selector, 2, 'c', FROM_GENESIS, 1);
    selector.onCovered(idOf(2), 5);
    const [first, second] = selector.select({ random });
    expect([idOf(0), idOf(1)]).toContain(first);
    expect(second).toBe(idOf(2));
  });

  it.each([
    [1, 91],
    [20, 110],
    [300, 390],
    [20, 600],
  ])(
    'stays under one percent of 60,000 honest tips, seen %i and covered %i transactions late',
    (relayDelay, coverDelay) => {
      const selector = createSelector('quota', { quotaOf: () => 32 });
      const perRound = 200;
      const parents: Parents[] = [];
      const placements = new Map<string, number>();
      for (let number = 0; number < 60_000; number += 1) {
        const round = 1 + Math.floor(number / perRound);
        const issuer = `device ${number % 50}`;
        parents.push(selectParents(selector, { issuer, random }, GENESIS));
        const seen = number - relayDelay;
        if (seen >= 0) {
          const placement = attach(selector, seen, `device ${seen % 50}`, parents[seen] ?? FROM_GENESIS, round);
          placements.set(placement, (placements.get(placement) ?? 0) + 1);
        }
        if (number % perRound === 0) {
          for (let old = Math.max(0, number - coverDelay - perRound); old < number - coverDelay; old += 1) {
            selector.onCovered(idOf(old), round);
            selector.onFinal(idOf(Math.max(0, old - 3 * perRound)), round);
          }
        }
      }
      expect(placements.get('sweep-only') ?? 0).toBeLessThan(600);
      expect(placements.get('backpressure') ?? 0).toBe(0);
      expect(selector.stats().tracked).toBeLessThan(25 * perRound);
    },
  );
});

describe('any history', () => {
  const step = fc.record({
    kind: fc.constantFrom('attach', 'attach', 'attach', 'cover', 'final', 'again'),
    issuer: fc.integer({ min: 0, max: 3 }),
    pick: fc.nat(),
    rounds: fc.constantFrom(0, 0, 0, 1, 10),
  });

  it.each<[string, () => TipStrategy]>([
    ['quota', () => createSelector('quota', { quotaOf: () => 2 })],
    ['uniform', () => createSelector('uniform')],
  ])('lets %s select only distinct tips, that nobody approved and no statement covered', (name, create) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer(), (steps, seed) => {
        const selector = create();
        const random = createRandom(seed);
        const issuers: string[] = [];
        const noTips = new Set<TransactionId>();
        const covered = new Set<TransactionId>();
        const violations: string[] = [];
        let round = 1;
        for (const { kind, issuer: device, pick, rounds } of steps) {
          round += rounds;
          const issuer = `device ${device}`;
          const chosen = idOf(pick % Math.max(1, issuers.length));
          if (kind === 'attach') {
            const parents = selectParents(selector, { issuer, random }, GENESIS);
            violations.push(...(parents[0] === parents[1] && parents[0] !== GENESIS ? ['equal parents'] : []));
            attach(selector, issuers.length, issuer, parents, round);
            issuers.push(issuer);
            parents.forEach((parent) => noTips.add(parent));
          } else if (issuers.length > 0) {
            if (kind === 'again') {
              // What is final and old may have been forgotten; the tangle never attaches that again.
              const answer = covered.has(chosen)
                ? 'known'
                : attach(selector, pick % issuers.length, issuer, FROM_GENESIS, round);
              violations.push(...(answer === 'known' ? [] : ['attached twice']));
              continue;
            }
            noTips.add(chosen);
            covered.add(chosen);
            if (kind === 'cover') {
              selector.onCovered(chosen, round);
            } else {
              selector.onFinal(chosen, round);
            }
          }
          const tips = selector.select({ issuer, random });
          expect(new Set(tips).size).toBe(tips.length);
          expect(tips.length).toBeLessThanOrEqual(2);
          const own = tips.filter((id) => !covered.has(id) && issuers[Number.parseInt(id, 16)] === issuer);
          expect(name === 'quota' ? own.length : 0).toBeLessThan(2);
          for (const id of tips) {
            expect(!noTips.has(id) || (name === 'quota' && covered.has(id))).toBe(true);
          }
          expect(selector.fallback().every((id) => covered.has(id))).toBe(true);
        }
        expect(violations).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('repeats itself under the same seed', () => {
    const run = (): string => {
      const selector = createSelector('quota', { quotaOf: () => 4 });
      const random = createRandom('same seed');
      const chosen: string[] = [];
      for (let number = 0; number < 500; number += 1) {
        const issuer = `device ${random() % 7}`;
        const parents = selectParents(selector, { issuer, random }, GENESIS);
        chosen.push(...parents);
        attach(selector, number, issuer, parents, 1 + Math.floor(number / 50));
        if (number % 3 === 0) {
          selector.onCovered(idOf(random() % (number + 1)));
        }
      }
      return chosen.join();
    };
    expect(run()).toBe(run());
  });
});
