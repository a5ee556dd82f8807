/**
 * The bookkeeping under every strategy: which transactions are tips, whose they are, and which may be drawn. Transactions
 * and devices are dense integers of the caller's. Owns the structures; what is lazy and how tips are drawn is the
 * strategy's, and how many integers there are is the caller's.
 *
 *   attached ──> eligible <── waiting        each device has at most `quota` eligible tips; when one goes, the oldest
 *       │            │            │          waiting one takes its place
 *       └────────────┴─> off <────┘          approved, covered, final, lazy or in excess: never drawn
 */
import { growIntegers, lengthFor, NONE } from './numbers.js';

/** Instead of an index among the eligible. */
const OFF = -1;
const WAITING = -2;

/** Of a transaction: its device, and its index among the eligible. Side by side, since they are read together. */
const FIELDS = 2;

/** All reads are of indices that `add` made room for; hence the assertions, which cost nothing. */
export class TipTable {
  // By transaction. A waiting one is linked to its neighbours in order of attachment.
  #fields = new Int32Array(0);
  #older = new Int32Array(0);
  #newer = new Int32Array(0);

  // By device.
  #quota = new Int32Array(0);
  #eligibleOf = new Int32Array(0);
  #waitingOf = new Int32Array(0);
  #oldestWaiting = new Int32Array(0);
  #newestWaiting = new Int32Array(0);

  /** The first `eligibleCount` entries are all eligible tips, in no order. */
  #eligible = new Int32Array(0);
  #eligibleCount = 0;
  #waitingCount = 0;

  get eligibleCount(): number {
    return this.#eligibleCount;
  }

  get waitingCount(): number {
    return this.#waitingCount;
  }

  isEligible(transaction: number): boolean {
    return this.#positionOf(transaction) >= 0;
  }

  isWaiting(transaction: number): boolean {
    return this.#positionOf(transaction) === WAITING;
  }

  deviceOf(transaction: number): number {
    return this.#fields[FIELDS * transaction] as number;
  }

  waitingOf(device: number): number {
    return this.#waitingOf[device] ?? 0;
  }

  eligibleOf(device: number): number {
    return this.#eligibleOf[device] ?? 0;
  }

  /** The eligible tip at an index from 0 to `eligibleCount` - 1. */
  eligibleAt(index: number): number {
    return this.#eligible[index] as number;
  }

  /** A transaction of a device, off at first. */
  add(transaction: number, device: number): void {
    if (transaction >= this.#eligible.length) this.#growTransactions(transaction);
    if (device >= this.#quota.length) this.#growDevices(device);
    this.#fields[FIELDS * transaction] = device;
    this.#setPosition(transaction, OFF);
  }

  /** Makes a tip eligible if its device has fewer than `quota` eligible ones, else lets it wait. */
  admit(transaction: number, quota: number): 'eligible' | 'waiting' {
    const device = this.deviceOf(transaction);
    this.#quota[device] = quota;
    if (this.eligibleOf(device) < quota) {
      this.#pushEligible(transaction, device);
      return 'eligible';
    }
    this.#pushWaiting(transaction, device);
    return 'waiting';
  }

  /** No tip any more; the oldest waiting one of its device takes a slot that this leaves. */
  drop(transaction: number): void {
    const position = this.#positionOf(transaction);
    if (position === WAITING) {
      this.#removeWaiting(transaction);
    } else if (position >= 0) {
      const device = this.#removeEligible(transaction, position);
      const promoted = this.#oldestWaiting[device] as number;
      if (promoted !== NONE && this.eligibleOf(device) < (this.#quota[device] as number)) {
        this.#removeWaiting(promoted);
        this.#pushEligible(promoted, device);
      }
    }
  }

  #positionOf(transaction: number): number {
    return this.#fields[FIELDS * transaction + 1] as number;
  }

  #setPosition(transaction: number, position: number): void {
    this.#fields[FIELDS * transaction + 1] = position;
  }

  #growTransactions(transaction: number): void {
    const length = lengthFor(transaction, this.#eligible.length);
    this.#fields = growIntegers(this.#fields, FIELDS * length, OFF);
    this.#older = growIntegers(this.#older, length);
    this.#newer = growIntegers(this.#newer, length);
    this.#eligible = growIntegers(this.#eligible, length);
  }

  #growDevices(device: number): void {
    const length = lengthFor(device, this.#quota.length);
    this.#quota = growIntegers(this.#quota, length);
    this.#eligibleOf = growIntegers(this.#eligibleOf, length);
    this.#waitingOf = growIntegers(this.#waitingOf, length);
    this.#oldestWaiting = growIntegers(this.#oldestWaiting, length, NONE);
    this.#newestWaiting = growIntegers(this.#newestWaiting, length, NONE);
  }

  #pushEligible(transaction: number, device: number): void {
    this.#setPosition(transaction, this.#eligibleCount);
    this.#eligible[this.#eligibleCount] = transaction;
    this.#eligibleCount += 1;
    this.#eligibleOf[device] = this.eligibleOf(device) + 1;
  }

  /** Swap-remove: the last one takes the place. Returns the device. */
  #removeEligible(transaction: number, position: number): number {
    this.#eligibleCount -= 1;
    const last = this.#eligible[this.#eligibleCount] as number;
    this.#eligible[position] = last;
    this.#setPosition(last, position);
    this.#setPosition(transaction, OFF);
    const device = this.deviceOf(transaction);
    this.#eligibleOf[device] = this.eligibleOf(device) - 1;
    return device;
  }

  #pushWaiting(transaction: number, device: number): void {
    const newest = this.#newestWaiting[device] as number;
    this.#setPosition(transaction, WAITING);
    this.#older[transaction] = newest;
    this.#newer[transaction] = NONE;
    if (newest === NONE) {
      this.#oldestWaiting[device] = transaction;
    } else {
      this.#newer[newest] = transaction;
    }
    this.#newestWaiting[device] = transaction;
    this.#waitingOf[device] = this.waitingOf(device) + 1;
    this.#waitingCount += 1;
  }

  #removeWaiting(transaction: number): void {
    const device = this.deviceOf(transaction);
    const older = this.#older[transaction] as number;
    const newer = this.#newer[transaction] as number;
    if (older === NONE) {
      this.#oldestWaiting[device] = newer;
    } else {
      this.#newer[older] = newer;
    }
    if (newer === NONE) {
      this.#newestWaiting[device] = older;
    } else {
      this.#older[newer] = older;
    }
    this.#setPosition(transaction, OFF);
    this.#waitingOf[device] = this.waitingOf(device) - 1;
    this.#waitingCount -= 1;
  }
}
