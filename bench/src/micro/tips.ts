/**
 * What a strategy takes for one transaction: drawing two parents, attaching it, forgetting an old one. Pools are in their
 * steady state: a transaction is attached half a pool's worth of others after its draw, so that with two parents so many
 * are tips. CPU time, and beside it one SHA-256 of a transaction in the same run.
 */
import type { TransactionId } from '@tangle/core/ids';
import { sodiumCrypto } from '@tangle/node';
import { createRandom, createSampler, createSelector, NONE, type TipSampler } from '@tangle/tip-selection';
import { quantile } from '../quantile.js';

export interface TipCost {
  readonly strategy: 'quota' | 'uniform';
  /** Tips that may be drawn, at the end. */
  readonly pool: number;
  /** Draw and update of the strategy alone, over dense integers. */
  readonly nanoseconds: number;
  /** The same behind the ids of a node, looked up and handed out. */
  readonly nanosecondsWithIds: number;
  /** The first over a SHA-256. */
  readonly perSha256: number;
}

export interface TipsResult {
  readonly benchmark: 'tips';
  readonly sha256Nanoseconds: number;
  readonly costs: readonly TipCost[];
}

const POOLS = [10, 1_000, 20_000];
const DEVICES = 1_000;
const QUOTA = 64;
/** Remembered at once, as by a node. */
const TRACKED = 65_536;
const RUNS = 9;
const WARM_UP_RUNS = 4;
const STEPS = 200_000;
const TRANSACTION_BYTES = 281;

export function benchTips(): TipsResult {
  const bytes = new Uint8Array(TRANSACTION_BYTES).fill(7);
  const sha256Nanoseconds = medianNanoseconds(() => {
    bytes[0] = (bytes[0] ?? 0) + (sodiumCrypto.sha256(bytes)[0] ?? 0);
  });
  const costs: TipCost[] = [];
  for (const strategy of ['quota', 'uniform'] as const) {
    for (const target of POOLS) {
      const { step, pool } = samplerSteps(strategy, target);
      const nanoseconds = medianNanoseconds(step);
      const nanosecondsWithIds = medianNanoseconds(selectorSteps(strategy, target));
      costs.push({
        strategy,
        pool: pool(),
        nanoseconds,
        nanosecondsWithIds,
        perSha256: nanoseconds / sha256Nanoseconds,
      });
    }
  }
  return { benchmark: 'tips', sha256Nanoseconds, costs };
}

function medianNanoseconds(step: () => void): number {
  const runs = Array.from({ length: WARM_UP_RUNS + RUNS }, () => {
    const before = process.cpuUsage();
    for (let count = 0; count < STEPS; count++) step();
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1_000) / STEPS;
  });
  // The first ones fill the pool and warm the compilers.
  return quantile(runs.slice(WARM_UP_RUNS), 0.5);
}

function samplerSteps(
  strategy: TipCost['strategy'],
  target: number,
): { readonly step: () => void; readonly pool: () => number } {
  const sampler: TipSampler =
    strategy === 'quota' ? createSampler({ strategy, quotaOf: () => QUOTA }) : createSampler({ strategy });
  const random = createRandom('bench');
  const underWay = target / 2;
  const drawn = new Int32Array(2 * underWay).fill(NONE);
  const pair = new Int32Array(2);
  let slot = 0;
  let next = 0;
  return {
    step: () => {
      const transaction = next % TRACKED;
      if (next >= TRACKED) sampler.forget(transaction);
      // The one that was drawn for half a pool ago arrives, and a new one is drawn for.
      slot = slot + 2 < drawn.length ? slot + 2 : 0;
      pair[0] = drawn[slot] as number;
      pair[1] = drawn[slot + 1] as number;
      sampler.attach(transaction, next % DEVICES, pair, next);
      const count = sampler.draw(pair, next % DEVICES, next, random);
      drawn[slot] = count > 0 ? pair[0] : NONE;
      drawn[slot + 1] = count > 1 ? pair[1] : NONE;
      next++;
    },
    pool: () => sampler.tipCount,
  };
}

function selectorSteps(strategy: TipCost['strategy'], target: number): () => void {
  const selector = strategy === 'quota' ? createSelector('quota', { quotaOf: () => QUOTA }) : createSelector('uniform');
  const random = createRandom('bench');
  const ids = Array.from({ length: 2 * TRACKED }, (_, index) => index.toString(16).padStart(64, '0') as TransactionId);
  const issuers = Array.from({ length: DEVICES }, (_, index) => `device ${index}`);
  const none = 'f'.repeat(64) as TransactionId;
  const underWay = target / 2;
  const waiting: (readonly [TransactionId, TransactionId])[] = Array.from({ length: underWay }, () => [none, none]);
  let next = 0;
  return () => {
    const slot = next % underWay;
    const issuer = issuers[next % DEVICES] ?? '';
    const id = ids[next % ids.length] ?? none;
    selector.onAttach({ id, issuer, parents: waiting[slot] ?? [none, none], round: 1 });
    const [first = none, second = none] = selector.select({ issuer, random });
    waiting[slot] = [first, second];
    next++;
  };
}
