/**
 * A strategy behind the ids of a node. Owns which transactions are remembered, hands out the dense integers by which the
 * samplers know transactions and devices, and bounds them; how tips are drawn is the sampler's.
 */
import { invariant, present } from '@tangle/core/assert';
import type { Round, TransactionId } from '@tangle/core/ids';
import { createSampler, type SamplerOptions, type StrategyName } from './create-sampler.js';
import { DEFAULT_TIP_LIMITS, type TipLimits } from './limits.js';
import { NONE } from './numbers.js';
import type { TipSampler } from './sampler.js';
import type { AttachedTransaction, TipPlacement, TipRequest, TipStats, TipStrategy } from './strategy.js';

export interface QuotaOptions extends Partial<TipLimits> {
  /** Eligible tips for a device, by its provisioned rate (see `quotaForRate`); held between 1 and `quotaMax`. */
  readonly quotaOf: (issuer: string) => number;
}

export type UniformOptions = Partial<TipLimits>;

/** Any strategy of research, as for `createSampler`. */
export type ResearchOptions = Extract<SamplerOptions, { readonly strategy: Exclude<StrategyName, 'quota'> }>;

/** Parents of a transaction (PROTOCOL 2). */
const PARENTS = 2;

/**
 * @example
 * const selector = createSelector('quota', { quotaOf: (issuer) => quotaForRate(rates.get(issuer) ?? 1, 0.2) });
 * const walks = createSelector({ strategy: 'walk', alpha: 0.01, start: 'final' });
 */
export function createSelector(strategy: 'quota', options: QuotaOptions): TipStrategy;
export function createSelector(strategy: 'uniform', options?: UniformOptions): TipStrategy;
export function createSelector(options: ResearchOptions): TipStrategy;
export function createSelector(
  strategy: 'quota' | 'uniform' | ResearchOptions,
  options: QuotaOptions | UniformOptions = {},
): TipStrategy {
  if (typeof strategy === 'object') {
    return new TipSelector({ ...DEFAULT_TIP_LIMITS, ...strategy.limits }, () => createSampler(strategy));
  }
  const limits = { ...DEFAULT_TIP_LIMITS, ...options };
  if (strategy === 'uniform') return new TipSelector(limits, () => createSampler({ strategy, limits }));
  invariant('quotaOf' in options, 'the quota strategy is told the quota of a device');
  const { quotaOf } = options;
  return new TipSelector(limits, (issuerOf) =>
    createSampler({ strategy, limits, quotaOf: (device) => quotaOf(issuerOf(device)) }),
  );
}

/** A remembered transaction. */
interface Tracked {
  readonly id: TransactionId;
  readonly number: number;
  readonly device: Device;
  /** When a statement first covered it; null before. */
  coveredRound: Round | null;
  isFinal: boolean;
  /** The next one in order of attachment. */
  following: Tracked | undefined;
}

interface Device {
  readonly issuer: string;
  readonly number: number;
  /** Remembered transactions; the last one to go takes the device along. */
  tracked: number;
}

class TipSelector implements TipStrategy {
  readonly #limits: TipLimits;
  readonly #sampler: TipSampler;
  /** The highest round heard of. */
  #round: Round = 0;
  readonly #tracked = new Map<TransactionId, Tracked>();
  readonly #transactions = new Numbering<Tracked>();
  #oldest: Tracked | undefined;
  #newest: Tracked | undefined;
  readonly #devices = new Map<string, Device>();
  readonly #deviceNumbers = new Numbering<Device>();
  /** Newest covered transactions, oldest first. */
  readonly #fallback: TransactionId[] = [];
  readonly #parents = new Int32Array(PARENTS);

  constructor(limits: TipLimits, create: (issuerOf: (device: number) => string) => TipSampler) {
    this.#limits = limits;
    this.#sampler = create((device) => this.#deviceNumbers.at(device).issuer);
  }

  onAttach({ id, issuer, parents, round, time = round }: AttachedTransaction): TipPlacement {
    this.#advance(round);
    if (this.#tracked.has(id)) return 'known';
    while (this.#tracked.size >= this.#limits.trackedMax) this.#forgetOldest();
    const tracked = this.#track(id, issuer);
    this.#parents[0] = this.#tracked.get(parents[0])?.number ?? NONE;
    this.#parents[1] = this.#tracked.get(parents[1])?.number ?? NONE;
    return this.#sampler.attach(tracked.number, tracked.device.number, this.#parents, time);
  }

  onCovered(id: TransactionId, round: Round = this.#round): void {
    this.#advance(round);
    const tracked = this.#tracked.get(id);
    if (tracked !== undefined) this.#cover(tracked);
  }

  onFinal(id: TransactionId, round: Round = this.#round): void {
    this.#advance(round);
    const tracked = this.#tracked.get(id);
    if (tracked === undefined) return;
    this.#cover(tracked);
    tracked.isFinal = true;
    this.#forgetSettled();
  }

  select({ issuer, time = this.#round, random }: TipRequest): readonly TransactionId[] {
    const device = issuer === undefined ? NONE : (this.#devices.get(issuer)?.number ?? NONE);
    const count = this.#sampler.draw(this.#parents, device, time, random);
    const chosen: TransactionId[] = [];
    for (let index = 0; index < count; index += 1) chosen.push(this.#transactions.at(this.#parents[index] ?? NONE).id);
    return chosen;
  }

  fallback(): readonly TransactionId[] {
    return [...this.#fallback].reverse();
  }

  isSaturated(issuer: string): boolean {
    const device = this.#devices.get(issuer);
    return device !== undefined && this.#sampler.isSaturated(device.number);
  }

  stats(): TipStats {
    return {
      tracked: this.#tracked.size,
      eligible: this.#sampler.tipCount,
      waiting: this.#sampler.waitingCount,
      devices: this.#devices.size,
      fallback: this.#fallback.length,
    };
  }

  #advance(round: Round): void {
    if (round <= this.#round) return;
    this.#round = round;
    this.#sampler.advance(round);
  }

  #cover(tracked: Tracked): void {
    this.#sampler.cover(tracked.number);
    if (tracked.coveredRound !== null) return;
    tracked.coveredRound = this.#round;
    this.#fallback.push(tracked.id);
    if (this.#fallback.length > this.#limits.fallbackMax) this.#fallback.shift();
  }

  #track(id: TransactionId, issuer: string): Tracked {
    let device = this.#devices.get(issuer);
    if (device === undefined) {
      device = this.#deviceNumbers.add((number) => ({ issuer, number, tracked: 0 }));
      this.#devices.set(issuer, device);
    }
    device.tracked += 1;
    const owner = device;
    const tracked = this.#transactions.add((number) => ({
      id,
      number,
      device: owner,
      coveredRound: null,
      isFinal: false,
      following: undefined,
    }));
    this.#tracked.set(id, tracked);
    if (this.#newest === undefined) {
      this.#oldest = tracked;
    } else {
      this.#newest.following = tracked;
    }
    this.#newest = tracked;
    return tracked;
  }

  #forgetOldest(): void {
    const oldest = present(this.#oldest, 'something is tracked');
    const { id, number, device } = oldest;
    this.#sampler.forget(number);
    this.#tracked.delete(id);
    this.#transactions.release(number);
    this.#oldest = oldest.following;
    if (this.#oldest === undefined) this.#newest = undefined;
    oldest.following = undefined;
    device.tracked -= 1;
    if (device.tracked > 0) return;
    this.#devices.delete(device.issuer);
    this.#deviceNumbers.release(device.number);
  }

  /** Final and so old that a child would be lazy: forgotten it counts the same, as round 0. */
  #forgetSettled(): void {
    while (this.#oldest?.isFinal === true && this.#isSettled(this.#oldest)) this.#forgetOldest();
  }

  #isSettled({ coveredRound }: Tracked): boolean {
    return coveredRound !== null && this.#round - coveredRound > this.#limits.parentLagRoundsMax;
  }
}

/** Hands out the smallest numbers there are and takes them back: no more than there are items at once. */
class Numbering<Item> {
  readonly #items: (Item | undefined)[] = [];
  readonly #free: number[] = [];

  add(create: (number: number) => Item): Item {
    const number = this.#free.pop() ?? this.#items.length;
    const item = create(number);
    this.#items[number] = item;
    return item;
  }

  at(number: number): Item {
    return present(this.#items[number], 'a number that was handed out');
  }

  release(number: number): void {
    this.#items[number] = undefined;
    this.#free.push(number);
  }
}
