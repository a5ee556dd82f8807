/** What a run comes to: a plain object, the same bytes for the same options and seed, so that files of them compare. */
import { burstOf } from './attacks.js';
import { measureGrowth } from './growth.js';
import { Histogram } from './histogram.js';
import type { TipsOptions } from './options.js';
import { Simulation } from './simulation.js';

/** Times are in h since issue. Null is what could not be measured, or would be infinite. */
export interface TipsResult {
  readonly version: string;
  readonly seed: number;
  readonly config: TipsOptions & { readonly arrivals: string | null };
  /** Honest transactions that were measured: neither of the first fifth nor so late that nothing could follow. */
  readonly measured: number;
  /** Eligible tips that an issuer finds, over lambda h. */
  readonly pool: { readonly mean: number; readonly sd: number };
  /** Issue to issue; the quantiles count those that were never approved as infinite. */
  readonly firstApproval: {
    readonly mean: number | null;
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
    readonly max: number | null;
  };
  /** Of those that transactions approve: the share with one direct approval, with two, ... */
  readonly approvers: readonly number[];
  /** Shares not approved within 2, 5 and 10 h. */
  readonly unapproved: { readonly after2h: number; readonly after5h: number; readonly after10h: number };
  /** Share not approved by the end, 20 (h + 1 / lambda) or more after issue. */
  readonly neverApproved: number;
  /** Share not approved within 10 (h + 1 / lambda), whether anybody came back for it or not. */
  readonly leftBehind: number;
  /** Approvals that were not the first of their parent, as a share. */
  readonly wastedPicks: number;
  /** Of the mean cumulative weight on its exponential stretch, per h. */
  readonly growthRate: number | null;
  /** Of the mean cumulative weight later, over lambda. */
  readonly growthSlope: number | null;
  readonly attack: {
    /** Parents of honest transactions that are hostile, as a share. */
    readonly slotShare: number;
    /** What its quota comes to among the eligible tips. */
    readonly quotaShare: number;
    readonly burst: number;
  } | null;
}

/** Entries of the list of approvers; more than that are counted in the last one. */
const APPROVERS_MAX = 64;

export interface TipsRun {
  readonly options: TipsOptions;
  readonly seed: number;
  readonly version: string;
  /** When transactions are issued, and the name of the file that says so. */
  readonly arrivals?: { readonly name: string; readonly times: Float64Array };
}

/** Runs to the end. Speed is apart from the result, which is to be the same on any machine. */
export function runTips(run: TipsRun, nowMs: () => number): { readonly result: TipsResult; readonly seconds: number } {
  const { options, seed, arrivals } = run;
  const startedMs = nowMs();
  const simulation = new Simulation(options, seed, arrivals?.times ?? null);
  simulation.run();
  const seconds = (nowMs() - startedMs) / 1_000;
  return { result: summarise(simulation, run), seconds };
}

function summarise(simulation: Simulation, { seed, version, arrivals }: TipsRun): TipsResult {
  const { options, recording, counts, measuredFrom, hostile } = simulation;
  const { h, lambda, parents } = options;
  const waits = new Histogram();
  const approvers = new Float64Array(APPROVERS_MAX);
  const patience = h + 1 / lambda;
  const until = recording.issuedAt(recording.count - 1) - 20 * patience;
  let measured = 0;
  let hostileSlots = 0;
  for (let number = measuredFrom; number < recording.count && recording.issuedAt(number) <= until; number += 1) {
    if (recording.device[number] === hostile) continue;
    measured += 1;
    const approvedAt = recording.approvedAt[number] as number;
    if (approvedAt < Number.POSITIVE_INFINITY) waits.add((approvedAt - recording.issuedAt(number)) / h);
    const count = Math.min(recording.approvals[number] as number, APPROVERS_MAX);
    if (count > 0) approvers[count - 1] = (approvers[count - 1] as number) + 1;
    for (let index = 0; index < parents; index += 1) {
      if (recording.device[recording.parents[number * parents + index] as number] === hostile) hostileSlots += 1;
    }
  }
  const never = measured - waits.count;
  const shareAbove = (age: number): number => rounded((waits.countAbove(age) + never) / measured);
  const growth = measureGrowth(recording, { h, lambda, from: measuredFrom });
  const quantile = (share: number): number | null => roundedOrNull(waits.quantile(share, measured));
  const approved = approvers.reduce((sum, count) => sum + count, 0);
  return {
    version,
    seed,
    config: { ...options, arrivals: arrivals?.name ?? null },
    measured,
    pool: { mean: rounded(counts.pool.mean / (lambda * h)), sd: rounded(counts.pool.sd / (lambda * h)) },
    firstApproval: {
      mean: waits.count === 0 ? null : rounded(waits.mean),
      p50: quantile(0.5),
      p95: quantile(0.95),
      p99: quantile(0.99),
      max: never > 0 || waits.count === 0 ? null : rounded(waits.max),
    },
    approvers: Array.from(withoutTail(approvers), (count) => rounded(count / approved)),
    unapproved: { after2h: shareAbove(2), after5h: shareAbove(5), after10h: shareAbove(10) },
    neverApproved: rounded(never / measured),
    leftBehind: shareAbove((10 * patience) / h),
    wastedPicks: rounded(1 - counts.firstPicks / counts.picks),
    growthRate: roundedOrNull(growth.rate),
    growthSlope: roundedOrNull(growth.slope),
    attack:
      options.attack === 'none'
        ? null
        : {
            slotShare: rounded(hostileSlots / (measured * parents)),
            quotaShare: rounded(counts.quotaShare.mean),
            burst: options.attack === 'parasite' ? burstOf(options) : 1,
          },
  };
}

/** Up to the last count that occurs. */
function withoutTail(counts: Float64Array): Float64Array {
  const last = counts.findLastIndex((count) => count > 0);
  return counts.subarray(0, last + 1);
}

/** Six digits: more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function roundedOrNull(value: number | null): number | null {
  return value === null ? null : rounded(value);
}
