/** Every bound of the SDK, its default and its reason. */
import { invalidArgument } from './errors.js';

export interface Limits {
  /** POSTs in flight. 32 hide a round trip of 30 ms at 1,000 transactions a second. */
  readonly inFlightMax: number;
  /** Transactions a device keeps that are not final; `submit` waits beyond it. */
  readonly openMax: number;
  /** Their bytes together. */
  readonly openBytesMax: number;
  /** Tips asked for at once, two a transaction; a node gives up to 64. */
  readonly tipsCount: number;
  /** Tips older than this are fetched again before they are used: lazy tips help nobody. */
  readonly tipsAgeMsMax: number;
  /** A request without an answer for so long has failed. */
  readonly requestTimeoutMs: number;
  /** An event stream without a byte for so long is dead; nodes send a comment more often than that. */
  readonly eventSilenceMsMax: number;
  /** First pause before a node that failed is tried again; doubles up to `backoffMsMax`, with jitter. */
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
  /** A node that asks for a longer pause (`Retry-After`) gets this one: no node keeps a device quiet for a day. */
  readonly retryAfterMsMax: number;
  /** Answers `parent-unknown` per node after which a transaction gets new parents. */
  readonly unknownParentsMax: number;
  /** Versions of one transaction under different parents. */
  readonly attachmentsMax: number;
  /** Bytes of one answer; a page of readings stays far below. */
  readonly responseBytesMax: number;
  /** A transaction without news for so long is asked after, in case its event was missed. */
  readonly statusPollMs: number;
  /** Between two questions whether a transaction is witnessed, while somebody waits for it. */
  readonly witnessPollMs: number;
  /** Between two questions whether a transaction is certified, where no event tells and no node says when to ask again. */
  readonly certifiedPollMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  inFlightMax: 32,
  openMax: 100_000,
  openBytesMax: 64 * 1024 * 1024,
  tipsCount: 16,
  tipsAgeMsMax: 1_000,
  requestTimeoutMs: 10_000,
  eventSilenceMsMax: 60_000,
  backoffMsMin: 100,
  backoffMsMax: 15_000,
  retryAfterMsMax: 60_000,
  unknownParentsMax: 3,
  attachmentsMax: 8,
  responseBytesMax: 16 * 1024 * 1024,
  statusPollMs: 2_000,
  witnessPollMs: 50,
  certifiedPollMs: 500,
};

/** The defaults with `given` over them; every one is a positive integer. Throws `invalid-argument`. */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) {
      throw invalidArgument(`limits.${name}`, value, `one of ${Object.keys(DEFAULT_LIMITS).join(', ')}`);
    }
    if (!Number.isSafeInteger(value) || value < 1) throw invalidArgument(`limits.${name}`, value, 'a positive integer');
  }
  if (limits.tipsCount < 2 || limits.tipsCount > 64) {
    throw invalidArgument('limits.tipsCount', limits.tipsCount, '2 to 64');
  }
  return limits;
}
