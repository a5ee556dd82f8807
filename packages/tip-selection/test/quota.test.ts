import type { TransactionId } from '@tangle/core/ids';
import { describe, expect, it } from 'vitest';
import { createRandom, createSelector, quotaForRate, selectParents, type TipStrategy } from '@tangle/tip-selection';
import { GENESIS, idOf } from './support.js';

type Parents = readonly [TransactionId, TransactionId];

const random = createRandom('quota');

function attach(selector: TipStrategy, number: number, issuer: string, parents: Parents = [GENESIS, GENESIS]): string {
  return selector.onAttach({ id: idOf(number), issuer, parents, round: 1 });
}

/** Everything that a thousand selections return. */
function drawn(selector: TipStrategy): Set<TransactionId> {
  return new Set(Array.from({ length: 1_000 }, () => selector.select({ random })).flat());
}

describe('the quota of a device', () => {
  it('is made from its rate, from 2 to 64', () => {
    expect(quotaForRate(0.001, 0.2)).toBe(2);
    expect(quotaForRate(10, 0.2)).toBe(8);
    expect(quotaForRate(10.1, 0.2)).toBe(9);
    expect(quotaForRate(10_000, 0.2)).toBe(64);
  });

  it('bounds its eligible tips; the rest wait, and the oldest waiting one takes a slot that becomes free', () => {
    const selector = createSelector('quota', { quotaOf: () => 2 });
    expect([0, 1, 2, 3, 4].map((number) => attach(selector, number, 'a'))).toEqual([
      'eligible',
      'eligible',
      'waiting',
      'waiting',
      'waiting',
    ]);
    attach(selector, 10, 'b');
    expect(drawn(selector)).toEqual(new Set([idOf(0), idOf(1), idOf(10)]));

    selector.onCovered(idOf(1));
    expect(drawn(selector)).toEqual(new Set([idOf(0), idOf(2), idOf(10)]));
    selector.onFinal(idOf(3));
    attach(selector, 11, 'c', [idOf(0), idOf(10)]);
    expect(drawn(selector)).toEqual(new Set([idOf(2), idOf(4), idOf(11)]));
    expect(selector.stats()).toMatchObject({ eligible: 3, waiting: 0 });
  });

  it('ends in backpressure at eight quotas waiting, and the device may go on when some are covered', () => {
    const selector = createSelector('quota', { quotaOf: () => 2 });
    const placements = Array.from({ length: 20 }, (_, number) => attach(selector, number, 'a'));
    expect(placements).toEqual([
      ...Array.from({ length: 2 }, () => 'eligible'),
      ...Array.from({ length: 16 }, () => 'waiting'),
      ...Array.from({ length: 2 }, () => 'backpressure'),
    ]);
    expect(selector.isSaturated('a')).toBe(true);
    expect(selector.isSaturated('b')).toBe(false);
    for (let number = 0; number < 20; number += 1) {
      selector.onCovered(idOf(number));
    }
    expect(selector.isSaturated('a')).toBe(false);
    expect(selector.stats()).toMatchObject({ eligible: 0, waiting: 0, tracked: 20 });
    expect(attach(selector, 20, 'a')).toBe('eligible');
  });

  it('counts a transaction in excess as an approver all the same', () => {
    const selector = createSelector('quota', { quotaOf: () => 1, waitingQuotas: 0 });
    attach(selector, 0, 'a');
    attach(selector, 1, 'b');
    expect(attach(selector, 2, 'a', [idOf(1), GENESIS])).toBe('backpressure');
    expect(drawn(selector)).toEqual(new Set([idOf(0)]));
  });

  it.each([0, -1, Number.NaN, 0.5])('is at least 1, whatever quotaOf says (%d)', (quota) => {
    const selector = createSelector('quota', { quotaOf: () => quota });
    expect([attach(selector, 0, 'a'), attach(selector, 1, 'a')]).toEqual(['eligible', 'waiting']);
  });

  it('is at most quotaMax', () => {
    const selector = createSelector('quota', { quotaOf: () => Number.POSITIVE_INFINITY, quotaMax: 3 });
    expect([0, 1, 2, 3].map((number) => attach(selector, number, 'a')).at(-1)).toBe('waiting');
  });

  it('holds an inflating device (80 % of all transactions, on two fixed ones) to its share of the slots', () => {
    const quota = 4;
    const honestDevices = 40;
    const selector = createSelector('quota', { quotaOf: () => quota });
    attach(selector, 0, 'first');
    attach(selector, 1, 'second');
    const issuers = new Map<TransactionId, string>();
    let slots = 0;
    let attackerSlots = 0;
    let quotaShares = 0;
    const inFlight: { number: number; issuer: string; parents: Parents }[] = [];
    for (let number = 2; number < 30_000; number += 1) {
      const isAttack = number % 5 !== 0;
      const issuer = isAttack ? 'attacker' : `honest ${random() % honestDevices}`;
      if (!isAttack) {
        // Drawn with replacement from E tips of which at most `quota` are the attacker's.
        quotaShares += Math.min(1, quota / Math.max(1, selector.stats().eligible));
        const chosen = selector.select({ issuer, random });
        slots += chosen.length;
        attackerSlots += chosen.filter((id) => issuers.get(id) === 'attacker').length;
      }
      const parents = isAttack ? ([idOf(0), idOf(1)] as const) : selectParents(selector, { issuer, random }, GENESIS);
      issuers.set(idOf(number), issuer);
      inFlight.push({ number, issuer, parents });
      const seen = inFlight.length > 200 ? inFlight.shift() : undefined;
      if (seen !== undefined) {
        attach(selector, seen.number, seen.issuer, seen.parents);
      }
    }
    const meanQuotaShare = quotaShares / (28_000 / 5);
    expect(attackerSlots / slots).toBeLessThan(meanQuotaShare + 0.02);
    expect(attackerSlots / slots).toBeLessThan(0.15);
  });
});
