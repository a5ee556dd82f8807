/**
 * A tangle without bodies, signatures or a network: transactions are numbers, and others see them a fixed delay after they
 * were issued. Owns time and who issues what; the strategies are the ones of @tangle/tip-selection. The same options and
 * the same seed always give the same recording.
 */
import {
  createRandom,
  createSampler,
  DEFAULT_TIP_LIMITS,
  drawBelow,
  quotaForRate,
  type RandomUint32,
  type TipSampler,
} from '@tangle/tip-selection';
import { type Attack, createAttack } from './attacks.js';
import { Devices } from './devices.js';
import { Moments } from './histogram.js';
import type { TipsOptions } from './options.js';
import { GENESIS, Recording } from './recording.js';
import { Statements } from './statements.js';
import { View } from './view.js';

/** Cumulative weights are exact over so many h: by then nearly all that is new approves a transaction, or nothing does. */
const WEIGHED_DELAYS = 40;

/** What a run leaves besides the recording, from the first measured transaction on. */
export interface SimulationCounts {
  /** Eligible tips as an issuer sees them, just before it issues. */
  readonly pool: Moments;
  /** At honest draws: the quota of the hostile device as a share of the eligible tips. */
  readonly quotaShare: Moments;
  /** Approvals, and those that were the first of their parent. */
  picks: number;
  firstPicks: number;
}

export class Simulation {
  readonly options: TipsOptions;
  readonly recording: Recording;
  readonly counts: SimulationCounts = { pool: new Moments(), quotaShare: new Moments(), picks: 0, firstPicks: 0 };
  /** Number of the first transaction that counts: a fifth warms up. */
  readonly measuredFrom: number;
  /** Device number of the hostile one. */
  readonly hostile: number;
  readonly #arrivals: Float64Array | null;
  readonly #statements: Statements;
  readonly #views: readonly View[];
  readonly #devices: Devices;
  readonly #attack: Attack | null;
  readonly #parents: Int32Array;
  readonly #random: { readonly [Purpose in 'arrivals' | 'devices' | 'draws' | 'views']: RandomUint32 };
  #time = 0;
  /** The last transaction that statements cover by now. */
  #covered = GENESIS;

  /** @param arrivals when transactions are issued, ascending; drawn with exponential gaps if left out */
  constructor(options: TipsOptions, seed: number, arrivals: Float64Array | null = null) {
    const { transactions, parents, devices, zipf, attack, h, strategy } = options;
    this.options = options;
    this.#arrivals = arrivals;
    this.recording = new Recording(transactions, parents);
    this.measuredFrom = Math.floor(transactions / 5);
    this.hostile = devices;
    this.#statements = new Statements(options);
    this.#devices = new Devices(devices, zipf);
    this.#attack = attack === 'none' ? null : createAttack(attack, options);
    this.#parents = new Int32Array(parents);
    this.#random = {
      arrivals: createRandom(`${seed}/arrivals`),
      devices: createRandom(`${seed}/devices`),
      draws: createRandom(`${seed}/draws`),
      views: createRandom(`${seed}/views`),
    };
    this.recording.add(0, 0, this.#parents.fill(GENESIS));
    const seeing = { delay: h, isReplacing: strategy !== 'quota' };
    this.#views = Array.from(
      { length: options.views },
      () => new View(this.#createSampler(), this.recording, this.#statements, seeing),
    );
  }

  run(): void {
    for (let arrival = 0; !this.recording.isFull; arrival += 1) {
      this.#time = this.#nextTime(arrival);
      this.#coverUntil(this.#time);
      this.#turn();
    }
  }

  #nextTime(arrival: number): number {
    if (this.#arrivals !== null) return this.#arrivals[arrival] ?? this.#time;
    return this.#time - Math.log(1 - this.#random.arrivals() / 2 ** 32) / this.options.lambda;
  }

  #coverUntil(time: number): void {
    for (let next = this.#covered + 1; next < this.recording.count; next += 1) {
      const coveredAt = this.#statements.coveredAt(this.recording.issuedAt(next));
      if (coveredAt > time) break;
      this.recording.approve(next, coveredAt);
      this.#covered = next;
    }
  }

  #turn(): void {
    const { views } = this.options;
    const view = this.#views[views === 1 ? 0 : drawBelow(views, this.#random.views)] as View;
    view.advance(this.#time);
    const isHostile = this.#attack !== null && this.#random.devices() / 2 ** 32 < this.options.attackShare;
    if (this.#attack === null || !isHostile) {
      const device = this.#devices.pick(this.#random.devices);
      this.#select(view, this.#parents, device);
      this.#issue(view, device, this.#parents);
      return;
    }
    this.#attack.turn({
      recording: this.recording,
      view,
      time: this.#time,
      selectHonestly: (into) => this.#select(view, into, this.hostile),
      issue: (parents) => this.#issue(view, this.hostile, parents),
    });
  }

  #select(view: View, into: Int32Array, device: number): void {
    if (this.recording.count >= this.measuredFrom && device !== this.hostile) {
      const { tipCount } = view.sampler;
      this.counts.pool.add(tipCount);
      if (this.#attack !== null) {
        this.counts.quotaShare.add(Math.min(1, this.options.attackQuota / Math.max(1, tipCount)));
      }
    }
    view.select(into, device, this.#time, this.#random.draws);
  }

  /** At the end of the run nothing more comes out: the rest of a burst is lost. */
  #issue(view: View, device: number, parents: Int32Array): number {
    const { recording, counts } = this;
    const number = recording.count;
    if (recording.isFull) return number - 1;
    const first = recording.add(this.#time, device, parents);
    if (this.#views.length > 1) view.attachOwn(number);
    if (number >= this.measuredFrom) {
      counts.picks += parents.length;
      counts.firstPicks += first;
    }
    return number;
  }

  #createSampler(): TipSampler {
    const { strategy, parents, alpha, start, depth, maxAge, h, lambda, attack, attackShare, attackQuota } =
      this.options;
    const honestRate = lambda * (attack === 'none' ? 1 : 1 - attackShare);
    const quotas = Int32Array.from(this.#devices.shares, (share) => quotaForRate(share * honestRate, h));
    const weighedMax = Math.max(DEFAULT_TIP_LIMITS.weighedMax, Math.ceil(WEIGHED_DELAYS * lambda * h));
    const shared = { limits: { weighedMax }, isReplacing: true };
    switch (strategy) {
      case 'quota':
        return createSampler({ strategy, quotaOf: (device) => quotas[device] ?? attackQuota });
      case 'uniform':
      case 'older':
        return createSampler({ ...shared, strategy });
      case 'restricted':
        return createSampler({ ...shared, strategy, ageMax: maxAge * h });
      case 'walk':
        return createSampler({ ...shared, strategy, alpha, start, depth: depth * h, parentsMax: parents });
    }
  }
}
