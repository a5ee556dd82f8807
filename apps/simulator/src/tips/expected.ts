/** What theory expects of a run, number by number; null where it says nothing. */
import type { TipsOptions } from './options.js';
import type { TipsResult } from './result.js';
import {
  effectiveParents,
  localFirstApproval,
  localPool,
  neverApproved,
  poolLaw,
  restrictedPool,
  uniformLaw,
} from './theory.js';

/** A number of a result, and how it reads. */
export interface Quantity {
  readonly name: string;
  readonly unit: string;
  readonly of: (result: TipsResult) => number | null;
  readonly expected: (options: TipsOptions) => number | null;
}

export const QUANTITIES: readonly Quantity[] = [
  { name: 'pool', unit: 'lambda h', of: ({ pool }) => pool.mean, expected: expectedPool },
  { name: 'pool sd', unit: 'lambda h', of: ({ pool }) => pool.sd, expected: expectedDeviation },
  {
    name: 'first approval mean',
    unit: 'h',
    of: ({ firstApproval }) => firstApproval.mean,
    expected: expectedMean,
  },
  {
    name: 'first approval p50',
    unit: 'h',
    of: ({ firstApproval }) => firstApproval.p50,
    expected: (options) => steady(options)?.firstApproval.p50 ?? null,
  },
  {
    name: 'first approval p95',
    unit: 'h',
    of: ({ firstApproval }) => firstApproval.p95,
    expected: (options) => steady(options)?.firstApproval.p95 ?? null,
  },
  {
    name: 'first approval p99',
    unit: 'h',
    of: ({ firstApproval }) => firstApproval.p99,
    expected: (options) => steady(options)?.firstApproval.p99 ?? null,
  },
  {
    name: 'first approval max',
    unit: 'h',
    of: ({ firstApproval }) => firstApproval.max,
    // The next statement after others see it.
    expected: ({ validators, interval }) => (validators > 0 ? 1 + interval / validators : null),
  },
  {
    name: 'wasted picks',
    unit: '',
    of: ({ wastedPicks }) => wastedPicks,
    expected: ({ parents, ...options }) =>
      parents > 1 && steady({ parents, ...options }) !== null ? 1 - 1 / parents : null,
  },
  {
    name: 'never approved',
    unit: '',
    of: (result) => result.neverApproved,
    expected: expectedNever,
  },
  {
    name: 'left behind',
    unit: '',
    of: ({ leftBehind }) => leftBehind,
    expected: () => null,
  },
  {
    name: 'growth rate',
    unit: 'per h',
    of: (result) => result.growthRate,
    expected: (options) => (options.attack === 'none' ? (steady(options)?.growthRate ?? null) : null),
  },
  {
    name: 'growth slope',
    unit: 'lambda',
    of: ({ growthSlope }) => growthSlope,
    expected: (options) => (options.attack === 'none' && isDrawnFromPool(options) ? 1 : null),
  },
];

/** The law of a uniform draw over all tips of one shared view, where there is a steady state. */
function steady(options: TipsOptions): ReturnType<typeof uniformLaw> | null {
  const { parents, attack, attackShare, validators, views } = options;
  if (!isDrawnFromPool(options) || views > 1 || validators > 0) return null;
  const effective = attack === 'none' ? parents : effectiveParents(parents, attackShare);
  return effective > 1 ? uniformLaw(effective) : null;
}

/** A quota changes nothing while nobody exceeds it, so only an attack tells `quota` from `uniform`. */
function isDrawnFromPool({ strategy, attack }: TipsOptions): boolean {
  return attack === 'none'
    ? strategy === 'uniform' || strategy === 'quota'
    : strategy === 'uniform' && attack === 'inflation';
}

function expectedPool(options: TipsOptions): number | null {
  const { strategy, lambda, h, parents, views, validators, attack, maxAge } = options;
  if (validators > 0 || parents === 1) return null;
  if (views > 1) return isDrawnFromPool(options) && attack === 'none' ? localPool(parents, views) : null;
  if (strategy === 'restricted' && attack === 'none') return restrictedPool(parents, maxAge);
  if (attack !== 'none') return steady(options)?.pool ?? null;
  return isDrawnFromPool(options) ? poolLaw(lambda * h, parents, strategy !== 'quota').mean : null;
}

function expectedDeviation(options: TipsOptions): number | null {
  const { lambda, h, parents, attack } = options;
  return attack === 'none' && steady(options) !== null ? poolLaw(lambda * h, parents).sd : null;
}

function expectedMean(options: TipsOptions): number | null {
  const { parents, views, validators, attack } = options;
  if (validators > 0 || parents === 1 || !isDrawnFromPool(options)) return null;
  if (views > 1) return attack === 'none' ? localFirstApproval(parents, views) : null;
  // Little's law: as many wait for their first approval as an issuer finds tips.
  return attack === 'none' ? expectedPool(options) : (steady(options)?.firstApproval.mean ?? null);
}

function expectedNever(options: TipsOptions): number | null {
  const { strategy, parents, maxAge, views, validators, attack } = options;
  if (validators > 0 || steady(options) !== null) return 0;
  const isRestricted = strategy === 'restricted' && views === 1 && attack === 'none' && parents > 1;
  return isRestricted ? neverApproved(parents, maxAge) : null;
}
