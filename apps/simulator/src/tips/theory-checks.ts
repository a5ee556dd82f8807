/**
 * Which simulations are held against which laws, over which ranges and how closely. The tolerances are what the laws leave
 * out at the lambda h of each range, plus three standard errors of runs of that length.
 */
import type { TipsResult } from './result.js';
import {
  divergence,
  effectiveParents,
  growthRate,
  localFirstApproval,
  localPool,
  neverApproved,
  poolLaw,
  restrictedPool,
  totalVariation,
  uniformLaw,
} from './theory.js';

export interface TheoryCheck {
  readonly about: string;
  readonly of: (result: TipsResult) => number | null;
  readonly expected: number;
  /** Of the expected value; absolute where that is 0. */
  readonly tolerance: number;
}

/** One run, and all that is checked of it. */
export interface TheoryRun {
  readonly given: Readonly<Record<string, unknown>>;
  readonly checks: readonly TheoryCheck[];
}

/** `quick` for every change; `full` has longer runs over all that a researcher would try. */
export type TheoryRange = 'quick' | 'full';

const PARENTS = [2, 3, 4, 8];

export function theoryRuns(range: TheoryRange): TheoryRun[] {
  const isFull = range === 'full';
  return [
    ...PARENTS.flatMap((k) => (isFull ? [50, 100, 150, 400, 1_000] : [50, 150]).map((a) => uniformRun(k, a, isFull))),
    ...PARENTS.flatMap((k) =>
      (isFull ? [0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 20, 50] : [0.01, 0.1, 0.2, 1, 5, 20]).map((a) =>
        smallRun(k, a, isFull),
      ),
    ),
    ...[2, 3, 4].flatMap((k) => (isFull ? [10_000, 20_000] : [10_000]).map((a) => growthRun(k, a, isFull))),
    ...localRuns(isFull),
    ...restrictedRuns(isFull),
    ...inflationRuns(isFull),
    ...PARENTS.map((k) => quotaRun(k, isFull)),
  ];
}

const pool = (result: TipsResult): number => result.pool.mean;
const mean = (result: TipsResult): number | null => result.firstApproval.mean;

/** Popov's pool and all that follows from it. */
function uniformRun(parents: number, lambda: number, isFull: boolean): TheoryRun {
  const law = uniformLaw(parents);
  const { firstApproval } = law;
  const checks: TheoryCheck[] = [
    { about: 'pool', of: pool, expected: law.pool, tolerance: 0.02 },
    { about: 'first approval, mean', of: mean, expected: firstApproval.mean, tolerance: 0.02 },
    { about: 'wasted picks', of: (result) => result.wastedPicks, expected: law.wastedPicks, tolerance: 0.02 },
  ];
  if (lambda >= 150) {
    checks.push(
      { about: 'first approval, p50', of: (r) => r.firstApproval.p50, expected: firstApproval.p50, tolerance: 0.02 },
      { about: 'first approval, p95', of: (r) => r.firstApproval.p95, expected: firstApproval.p95, tolerance: 0.02 },
      { about: 'first approval, p99', of: (r) => r.firstApproval.p99, expected: firstApproval.p99, tolerance: 0.02 },
      {
        about: 'approvals, total variation',
        of: ({ approvers }) => totalVariation(approvers, law.approvers),
        expected: 0,
        tolerance: 0.02,
      },
      { about: 'growth slope', of: (r) => r.growthSlope, expected: 1, tolerance: 0.02 },
    );
  }
  const transactions = isFull ? Math.max(2_000_000, 4_000 * lambda) : Math.max(400_000, 3_000 * lambda);
  return { given: { strategy: 'uniform', parents, lambda, transactions }, checks };
}

/** The correction for finite lambda h; its two ends do not quite meet between .1 and 1. */
function smallRun(parents: number, lambda: number, isFull: boolean): TheoryRun {
  const tolerance = lambda > 0.05 && lambda < 1 ? 0.05 : 0.02;
  const expected = poolLaw(lambda, parents).mean;
  return {
    given: { strategy: 'uniform', parents, lambda, transactions: isFull ? 1_000_000 : 100_000 },
    checks: [
      { about: 'pool, small lambda h', of: pool, expected, tolerance },
      // Little's law, at any lambda h.
      { about: 'first approval, mean', of: mean, expected, tolerance: tolerance + 0.02 },
    ],
  };
}

function growthRun(parents: number, lambda: number, isFull: boolean): TheoryRun {
  return {
    given: { strategy: 'uniform', parents, lambda, transactions: (isFull ? 100 : 60) * lambda },
    checks: [{ about: 'growth rate', of: (r) => r.growthRate, expected: growthRate(parents - 1), tolerance: 0.03 }],
  };
}

function localRuns(isFull: boolean): TheoryRun[] {
  const views = isFull ? [4, 5, 6, 8, 12, 16, 32, 64] : [4, 6, 16];
  return PARENTS.flatMap((parents) =>
    views.flatMap((count) => {
      const [expected, first] = [localPool(parents, count), localFirstApproval(parents, count)];
      // Near n = 2 k - 1 the pool is small and lambda h would have to be large.
      if (expected === null || first === null || expected < 0.5) return [];
      const run: TheoryRun = {
        given: { strategy: 'uniform', parents, views: count, lambda: 100, transactions: isFull ? 400_000 : 80_000 },
        checks: [
          { about: 'pool, local views', of: pool, expected, tolerance: 0.03 },
          { about: 'first approval, mean', of: mean, expected: first, tolerance: 0.03 },
        ],
      };
      return [run];
    }),
  );
}

function restrictedRuns(isFull: boolean): TheoryRun[] {
  const ages: readonly (readonly [number, number])[] = [
    [2, 2],
    [2, 3],
    [2, 5],
    [3, 2],
    [3, 3],
    ...(isFull
      ? ([
          [2, 4],
          [2, 7],
          [3, 4],
          [4, 2],
          [4, 3],
        ] as const)
      : []),
  ];
  return ages.map(([parents, maxAge]) => {
    const never = (result: TipsResult): number => result.neverApproved;
    const checks: TheoryCheck[] = [
      { about: 'never approved', of: never, expected: neverApproved(parents, maxAge), tolerance: isFull ? 0.06 : 0.08 },
      { about: 'pool, restricted age', of: pool, expected: restrictedPool(parents, maxAge), tolerance: 0.02 },
    ];
    // exp(-mu (D - 1)) is for large D; there it is already close.
    if (parents === 2 && maxAge >= 5) {
      checks.push({ about: 'never approved, simple', of: never, expected: Math.exp(1 - maxAge), tolerance: 0.2 });
    }
    const transactions = isFull ? 2_000_000 : 300_000;
    return { given: { strategy: 'restricted', parents, maxAge, lambda: 400, transactions }, checks };
  });
}

function inflationRuns(isFull: boolean): TheoryRun[] {
  const steady: readonly (readonly [number, number])[] = [
    [2, 0.1],
    [2, 0.3],
    [3, 0.5],
    [8, 0.7],
    ...(isFull
      ? ([
          [2, 0.2],
          [2, 0.4],
          [3, 0.3],
          [3, 0.6],
          [4, 0.5],
          [4, 0.7],
          [8, 0.5],
          [8, 0.8],
        ] as const)
      : []),
  ];
  const transactions = isFull ? 2_000_000 : 300_000;
  const lambda = 100;
  const runs = steady.map(([parents, attackShare]): TheoryRun => {
    const law = uniformLaw(effectiveParents(parents, attackShare));
    return {
      given: { strategy: 'uniform', attack: 'inflation', attackShare, parents, lambda, transactions },
      checks: [
        { about: 'pool, inflation', of: pool, expected: law.pool, tolerance: 0.03 },
        { about: 'first approval, mean', of: mean, expected: law.firstApproval.mean, tolerance: 0.03 },
      ],
    };
  });
  const unstable = [[2, 0.6] as const, [2, 0.8] as const, [3, 0.8] as const].map(
    ([parents, attackShare]): TheoryRun => ({
      given: { strategy: 'uniform', attack: 'inflation', attackShare, parents, lambda, transactions },
      checks: [
        {
          about: 'growth of the pool, inflation',
          // The pool grows from the start; it is measured over the last four fifths, so on average at six tenths.
          of: (result) => result.pool.mean / ((0.6 * transactions) / lambda),
          expected: divergence(parents, attackShare),
          tolerance: 0.06,
        },
      ],
    }),
  );
  return [...runs, ...unstable];
}

/** Where nobody exceeds it, a quota changes nothing; but picks are distinct. */
function quotaRun(parents: number, isFull: boolean): TheoryRun {
  const lambda = 50;
  const expected = poolLaw(lambda, parents, false).mean;
  return {
    given: { strategy: 'quota', parents, lambda, devices: 10_000, transactions: isFull ? 2_000_000 : 200_000 },
    checks: [
      { about: 'pool, quota', of: pool, expected, tolerance: 0.02 },
      { about: 'first approval, mean', of: mean, expected, tolerance: 0.02 },
    ],
  };
}

export interface Verdict {
  readonly about: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly measured: number | null;
  readonly expected: number;
  readonly tolerance: number;
  readonly isWithin: boolean;
}

export function judge({ given, checks }: TheoryRun, result: TipsResult): Verdict[] {
  return checks.map(({ about, of, expected, tolerance }) => {
    const measured = of(result);
    const allowed = expected === 0 ? tolerance : tolerance * Math.abs(expected);
    const isWithin = measured !== null && Math.abs(measured - expected) <= allowed;
    return { about, given, measured, expected, tolerance, isWithin };
  });
}
