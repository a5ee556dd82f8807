/**
 * How cumulative weight grows: from a recording, one plus the mean number of transactions that approve one, directly or
 * not, over its age. First exponentially, while it spreads through the tips; then all that is new approves it, and the slope is
 * lambda.
 */
import type { Recording } from './recording.js';

/** Bits of a word: as many transactions are followed at once. */
const FOLLOWED = 32;
/** Ages at which weights are read, in a delay. */
const STEPS = 8;
/** The stretch that counts as exponential, in transactions of mean weight: from here to lambda h / 50. */
const STRETCH_FROM = 50;
const STRETCH_TO_SHARE = 1 / 50;
/** Below this ratio of its ends a stretch says nothing. */
const STRETCH_RATIO_MIN = 2;
/** Transactions that the slope is read from, at least. */
const OBSERVED = 40_000;
/** Transactions followed along the exponential stretch, in groups, at most. */
const GROUPS_MAX = 32;
/** Approvals looked at, at most, so that measuring costs no more than the run. */
const WORK_MAX = 40_000_000;

export interface Growth {
  /** Of the mean weight along the exponential stretch, per h; null where there is no such stretch. */
  readonly rate: number | null;
  /** Of the mean weight once the whole tangle is above, over lambda; null where the run is too short. */
  readonly slope: number | null;
}

export interface GrowthOptions {
  readonly h: number;
  readonly lambda: number;
  /** Number of the first transaction to follow. */
  readonly from: number;
}

export function measureGrowth(recording: Recording, options: GrowthOptions): Growth {
  const { lambda, h, from } = options;
  const lambdaH = lambda * h;
  const stretchTo = lambdaH * STRETCH_TO_SHARE;
  return {
    rate: stretchTo < STRETCH_FROM * STRETCH_RATIO_MIN ? null : exponentialRate(recording, options, stretchTo),
    slope: linearSlope(recording, { lambda, h, from }),
  };
}

function exponentialRate(recording: Recording, { h, from, lambda }: GrowthOptions, stretchTo: number): number | null {
  // Weights reach lambda h well after the stretch: nothing further is needed.
  const ages = agesWithin(recording, from, 16 * h, h);
  if (ages === null) return null;
  const span = Math.ceil(16 * lambda * h);
  const room = recording.count - from - span;
  const groups = Math.max(1, Math.min(GROUPS_MAX, Math.floor(WORK_MAX / (span * recording.parentCount))));
  const sums = new Float64Array(ages);
  for (let group = 0; group < groups; group += 1) {
    const start = from + Math.floor((Math.max(0, room - FOLLOWED) * group) / groups);
    weightsByAge(recording, start, h / STEPS, ages).forEach((weight, age) => (sums[age] = (sums[age] ?? 0) + weight));
  }
  const points: { readonly age: number; readonly log: number }[] = [];
  sums.forEach((sum, step) => {
    const weight = sum / groups;
    if (weight >= STRETCH_FROM && weight <= stretchTo) points.push({ age: step / STEPS, log: Math.log(weight) });
  });
  return points.length < 3 ? null : slopeOf(points);
}

function linearSlope(recording: Recording, { h, lambda, from }: GrowthOptions): number | null {
  const adaptation = 20 + 5 * Math.log(1 + lambda * h);
  // As many transactions as give the slope to half a percent, since their number fluctuates.
  const observed = 20 + OBSERVED / (lambda * h);
  const ages = agesWithin(recording, from, (adaptation + observed) * h, h);
  if (ages === null || lambda * h * (adaptation + observed) * recording.parentCount > WORK_MAX) return null;
  const weights = weightsByAge(recording, from, h / STEPS, ages);
  const begin = Math.floor(adaptation * STEPS);
  const end = ages - 1;
  const gained = (weights[end] ?? 0) - (weights[begin] ?? 0);
  return (gained * STEPS) / ((end - begin) * lambda * h);
}

/** Steps up to an age, if the recording goes on for so long after the first ones that are followed. */
function agesWithin(recording: Recording, from: number, age: number, h: number): number | null {
  const last = from + FOLLOWED;
  if (last >= recording.count) return null;
  const end = recording.issuedAt(recording.count - 1);
  return recording.issuedAt(last) + age + h > end ? null : Math.floor((age / h) * STEPS);
}

/** The mean weight of 32 transactions by age, in steps. */
function weightsByAge(recording: Recording, from: number, step: number, ages: number): Float64Array {
  const { parentCount, parents } = recording;
  const gained = new Float64Array(ages + 1);
  const last = from + FOLLOWED;
  const end = recording.issuedAt(last) + ages * step;
  /** By transaction since `from`: which of the followed ones it approves. */
  let above = new Int32Array(1_024);
  for (let number = from; number < recording.count && recording.issuedAt(number) <= end; number += 1) {
    const offset = number - from;
    let bits = 0;
    for (let index = 0; index < parentCount; index += 1) {
      const parent = (parents[number * parentCount + index] as number) - from;
      if (parent >= 0) bits |= above[parent] as number;
    }
    for (let left = bits; left !== 0; left &= left - 1) {
      const followed = from + (31 - Math.clz32(left & -left));
      const age = Math.ceil((recording.issuedAt(number) - recording.issuedAt(followed)) / step);
      if (age < ages) gained[age] = (gained[age] as number) + 1;
    }
    if (offset < FOLLOWED) bits |= 1 << offset;
    if (offset >= above.length) {
      const grown = new Int32Array(2 * above.length);
      grown.set(above);
      above = grown;
    }
    above[offset] = bits;
  }
  let sum = 1;
  return gained.subarray(0, ages).map((count) => {
    sum += count / FOLLOWED;
    return sum;
  });
}

/** Least squares. */
function slopeOf(points: readonly { readonly age: number; readonly log: number }[]): number {
  const meanAge = points.reduce((sum, { age }) => sum + age, 0) / points.length;
  const meanLog = points.reduce((sum, { log }) => sum + log, 0) / points.length;
  const together = points.reduce((sum, { age, log }) => sum + (age - meanAge) * (log - meanLog), 0);
  return together / points.reduce((sum, { age }) => sum + (age - meanAge) ** 2, 0);
}
