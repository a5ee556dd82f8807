/**
 * The bookkeeping under every strategy: which transactions are tips, whose they are, and which may be drawn.
 * Owns the structures and their bounds; what is lazy and how tips are drawn is the strategy's.
 *
 *   attached ──> eligible <── waiting        each device has at most `quota` eligible tips; when one goes, the oldest
 *       │            │            │          waiting one takes its place
 *       └────────────┴─> off <────┘          approved, covered, final, lazy or in excess: never drawn
 */
import { present } from '@tangle/core/assert';
import type { Round, TransactionId } from '@tangle/core/ids';

export type Placement = 'eligible' | 'waiting' | 'off';

interface Device {
  readonly issuer: string;
  quota: number;
  eligible: number;
  waiting: number;
  /** Tracked transactions; the last one to go takes the device along. */
  tracked: number;
  oldestWaiting: Tip | undefined;
  newestWaiting: Tip | undefined;
}

/** A tracked transaction. Mutable, and shared with the strategy for speed: only the pool changes the placement. */
export interface Tip {
  readonly id: TransactionId;
  readonly device: Device;
  placement: Placement;
  /** Newest round known to have covered something in its cone; its own once it is covered. */
  anchorRound: Round;
  /** The round that it stands for as a parent: when it was attached, or covered; for a lazy one its oldest parent's. */
  parentRound: Round;
  isCovered: boolean;
  isFinal: boolean;
  /** Index among the eligible. */
  position: number;
  olderWaiting: Tip | undefined;
  newerWaiting: Tip | undefined;
  /** The next one in order of attachment. */
  nextAttached: Tip | undefined;
}

export class TipPool {
  readonly #trackedMax: number;
  readonly #tips = new Map<TransactionId, Tip>();
  readonly #devices = new Map<string, Device>();
  readonly #eligible: Tip[] = [];
  #waiting = 0;
  #oldest: Tip | undefined;
  #newest: Tip | undefined;

  constructor(trackedMax: number) {
    this.#trackedMax = trackedMax;
  }

  get trackedCount(): number {
    return this.#tips.size;
  }

  get eligibleCount(): number {
    return this.#eligible.length;
  }

  get waitingCount(): number {
    return this.#waiting;
  }

  get deviceCount(): number {
    return this.#devices.size;
  }

  get oldest(): Tip | undefined {
    return this.#oldest;
  }

  find(id: TransactionId): Tip | undefined {
    return this.#tips.get(id);
  }

  /** The eligible tip at an index from 0 to `eligibleCount` - 1. */
  eligibleAt(index: number): Tip {
    return present(this.#eligible[index], 'an index among the eligible tips');
  }

  /** All eligible tips, a copy. */
  listEligible(): Tip[] {
    return [...this.#eligible];
  }

  waitingOf(issuer: string): number {
    return this.#devices.get(issuer)?.waiting ?? 0;
  }

  eligibleOf(issuer: string): number {
    return this.#devices.get(issuer)?.eligible ?? 0;
  }

  /** Tracks a transaction that is not tracked yet, placed `off`; forgets the oldest one where there is no room. */
  track(id: TransactionId, issuer: string, anchorRound: Round, parentRound: Round): Tip {
    while (this.#tips.size >= this.#trackedMax) {
      this.forgetOldest();
    }
    let device = this.#devices.get(issuer);
    if (device === undefined) {
      device = {
        issuer,
        quota: 0,
        eligible: 0,
        waiting: 0,
        tracked: 0,
        oldestWaiting: undefined,
        newestWaiting: undefined,
      };
      this.#devices.set(issuer, device);
    }
    device.tracked += 1;
    const tip: Tip = {
      id,
      device,
      placement: 'off',
      anchorRound,
      parentRound,
      isCovered: false,
      isFinal: false,
      position: -1,
      olderWaiting: undefined,
      newerWaiting: undefined,
      nextAttached: undefined,
    };
    this.#tips.set(id, tip);
    if (this.#newest === undefined) {
      this.#oldest = tip;
    } else {
      this.#newest.nextAttached = tip;
    }
    this.#newest = tip;
    return tip;
  }

  /** Makes a tip eligible if its device has fewer than `quota` eligible ones, else lets it wait. */
  admit(tip: Tip, quota: number): 'eligible' | 'waiting' {
    tip.device.quota = quota;
    if (tip.device.eligible < quota) {
      this.#pushEligible(tip);
      return 'eligible';
    }
    this.#pushWaiting(tip);
    return 'waiting';
  }

  /** No tip any more; the oldest waiting one of its device takes a slot that this leaves. */
  drop(tip: Tip): void {
    if (tip.placement === 'waiting') {
      this.#removeWaiting(tip);
    } else if (tip.placement === 'eligible') {
      this.#removeEligible(tip);
      const { device } = tip;
      if (device.oldestWaiting !== undefined && device.eligible < device.quota) {
        const promoted = device.oldestWaiting;
        this.#removeWaiting(promoted);
        this.#pushEligible(promoted);
      }
    }
  }

  /** Forgets the transaction attached longest ago. */
  forgetOldest(): void {
    const tip = this.#oldest;
    if (tip === undefined) {
      return;
    }
    this.drop(tip);
    this.#tips.delete(tip.id);
    this.#oldest = tip.nextAttached;
    if (this.#oldest === undefined) {
      this.#newest = undefined;
    }
    tip.nextAttached = undefined;
    tip.device.tracked -= 1;
    if (tip.device.tracked === 0) {
      this.#devices.delete(tip.device.issuer);
    }
  }

  #pushEligible(tip: Tip): void {
    tip.placement = 'eligible';
    tip.position = this.#eligible.length;
    tip.device.eligible += 1;
    this.#eligible.push(tip);
  }

  /** Swap-remove: the last one takes the place. */
  #removeEligible(tip: Tip): void {
    const last = present(this.#eligible.pop(), 'an eligible tip is in the array');
    if (last !== tip) {
      this.#eligible[tip.position] = last;
      last.position = tip.position;
    }
    tip.placement = 'off';
    tip.position = -1;
    tip.device.eligible -= 1;
  }

  #pushWaiting(tip: Tip): void {
    const { device } = tip;
    tip.placement = 'waiting';
    tip.olderWaiting = device.newestWaiting;
    if (device.newestWaiting === undefined) {
      device.oldestWaiting = tip;
    } else {
      device.newestWaiting.newerWaiting = tip;
    }
    device.newestWaiting = tip;
    device.waiting += 1;
    this.#waiting += 1;
  }

  #removeWaiting(tip: Tip): void {
    const { device, olderWaiting, newerWaiting } = tip;
    if (olderWaiting === undefined) {
      device.oldestWaiting = newerWaiting;
    } else {
      olderWaiting.newerWaiting = newerWaiting;
    }
    if (newerWaiting === undefined) {
      device.newestWaiting = olderWaiting;
    } else {
      newerWaiting.olderWaiting = olderWaiting;
    }
    tip.placement = 'off';
    tip.olderWaiting = undefined;
    tip.newerWaiting = undefined;
    device.waiting -= 1;
    this.#waiting -= 1;
  }
}
