/** Every bound of tip selection, with its reason. All of it is local policy: none of it makes a transaction invalid. */

export interface TipLimits {
  /** Eligible tips that one device may have, whatever `quotaOf` says: its share of all draws stays bounded. */
  readonly quotaMax: number;
  /** Waiting tips of a device, in quotas; above that it is told to hold back. */
  readonly waitingQuotas: number;
  /** Transactions that a selector remembers at once, newest kept: less than 400 bytes each, so 26 MB at the default. */
  readonly trackedMax: number;
  /** Newest covered transactions kept as parents for when there are no tips. */
  readonly fallbackMax: number;
  /** C1 of TIP-3, rounds: a tip above nothing that a statement covered within so many rounds is lazy. */
  readonly anchorLagRoundsMax: number;
  /** M of TIP-3, rounds: a tip with a parent older than so many rounds is lazy. */
  readonly parentLagRoundsMax: number;
  /** R, rounds: chosen tips with an older anchor get the newest covered transaction in place of the last. */
  readonly stitchLagRounds: number;
  /** Draws for each parent asked for, before a selection takes what it has. */
  readonly drawsPerParentMax: number;
  /** Approvals that one walk may look at; a walk that needs more ends in a uniform draw. */
  readonly walkApprovalsMax: number;
  /** Newest transactions whose cumulative weight is kept exactly: what attaching one more may cost a walk strategy. */
  readonly weighedMax: number;
}

export const DEFAULT_TIP_LIMITS: TipLimits = {
  quotaMax: 64,
  waitingQuotas: 8,
  trackedMax: 65_536,
  fallbackMax: 16,
  anchorLagRoundsMax: 8,
  parentLagRoundsMax: 15,
  stitchLagRounds: 4,
  drawsPerParentMax: 4,
  walkApprovalsMax: 65_536,
  weighedMax: 4_096,
};

const QUOTA_MIN = 2;
/** Twice the tips that a device keeps in steady state with two parents a transaction, which is 2 * rate * delay. */
const QUOTA_FACTOR = 4;

/**
 * Eligible tips to allow a device of a provisioned rate: clamp(ceil(4 * rate * delay), 2, 64).
 *
 * @param ratePerSecond transactions a second that the device was provisioned for
 * @param relayDelaySeconds measured 95th percentile of the time until another node sees a transaction
 */
export function quotaForRate(ratePerSecond: number, relayDelaySeconds: number): number {
  const quota = Math.ceil(QUOTA_FACTOR * ratePerSecond * relayDelaySeconds);
  return Math.min(Math.max(quota, QUOTA_MIN), DEFAULT_TIP_LIMITS.quotaMax);
}
