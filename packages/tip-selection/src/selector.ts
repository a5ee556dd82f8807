/**
 * The two strategies there are. `quota`, the default of a node, is quota-capped uniform recent: a uniform draw over tips of
 * which no device has more than its quota, so that no weights are computed and flooding gains nothing. `uniform` draws
 * over all tips alike; it is the textbook strategy, for research: one device that sends half of all transactions ruins it.
 */
import { invariant, present } from '@tangle/core/assert';
import type { Round, TransactionId } from '@tangle/core/ids';
import { DEFAULT_TIP_LIMITS, type TipLimits } from './limits.js';
import { drawBelow } from './random.js';
import type { AttachedTransaction, TipPlacement, TipRequest, TipStats, TipStrategy } from './strategy.js';
import { TipPool, type Tip } from './tip-pool.js';

export interface QuotaOptions extends Partial<TipLimits> {
  /** Eligible tips for a device, by its provisioned rate (see `quotaForRate`); held between 1 and `quotaMax`. */
  readonly quotaOf: (issuer: string) => number;
}

export type UniformOptions = Pick<Partial<TipLimits>, 'trackedMax' | 'fallbackMax' | 'drawsMax'>;

/**
 * @example
 * const selector = createSelector('quota', { quotaOf: (issuer) => quotaForRate(rates.get(issuer) ?? 1, 0.2) });
 */
export function createSelector(strategy: 'quota', options: QuotaOptions): TipStrategy;
export function createSelector(strategy: 'uniform', options?: UniformOptions): TipStrategy;
export function createSelector(strategy: 'quota' | 'uniform', options?: QuotaOptions | UniformOptions): TipStrategy {
  const limits = { ...DEFAULT_TIP_LIMITS, ...options };
  if (strategy === 'uniform') {
    return new UniformSelector(limits);
  }
  invariant(options !== undefined && 'quotaOf' in options, 'the quota strategy is told the quota of a device');
  return new QuotaSelector(limits, options.quotaOf);
}

type Verdict = 'take' | 'skip' | 'demote';

/** What both share: following the tangle. The difference is in how a new tip is placed and how tips are drawn. */
abstract class Selector implements TipStrategy {
  protected readonly limits: TipLimits;
  protected readonly pool: TipPool;
  /** The highest round heard of. */
  protected round: Round = 0;
  /** Newest covered transactions, oldest first. */
  readonly #fallback: Tip[] = [];

  constructor(limits: TipLimits) {
    this.limits = limits;
    this.pool = new TipPool(limits.trackedMax);
  }

  onAttach({ id, issuer, parents, round }: AttachedTransaction): TipPlacement {
    this.#advance(round);
    if (this.pool.find(id) !== undefined) {
      return 'known';
    }
    // Parents that are forgotten, or the genesis, count as round 0: as old as can be.
    const [first, second] = [this.pool.find(parents[0]), this.pool.find(parents[1])];
    for (const parent of [first, second]) {
      if (parent !== undefined) {
        this.pool.drop(parent);
      }
    }
    const anchorRound = Math.max(first?.anchorRound ?? 0, second?.anchorRound ?? 0);
    const oldestParentRound = Math.min(first?.parentRound ?? 0, second?.parentRound ?? 0);
    const tip = this.pool.track(id, issuer, anchorRound, oldestParentRound);
    const placement = this.place(tip);
    if (placement !== 'sweep-only') {
      // A healthy tip stands for the round it came in, a lazy one for its oldest parent's until it is covered: else one
      // device could grow a second generation of healthy tips on lazy ones.
      tip.parentRound = this.round;
    }
    return placement;
  }

  onCovered(id: TransactionId, round: Round = this.round): void {
    this.#advance(round);
    const tip = this.pool.find(id);
    if (tip !== undefined) {
      this.#cover(tip);
    }
  }

  onFinal(id: TransactionId, round: Round = this.round): void {
    this.#advance(round);
    const tip = this.pool.find(id);
    if (tip !== undefined) {
      this.#cover(tip);
      tip.isFinal = true;
      this.#forgetSettled();
    }
  }

  abstract select(request: TipRequest): readonly TransactionId[];

  fallback(): readonly TransactionId[] {
    return this.#fallback.map((tip) => tip.id).reverse();
  }

  abstract isSaturated(issuer: string): boolean;

  stats(): TipStats {
    return {
      tracked: this.pool.trackedCount,
      eligible: this.pool.eligibleCount,
      waiting: this.pool.waitingCount,
      devices: this.pool.deviceCount,
      fallback: this.#fallback.length,
    };
  }

  protected abstract place(tip: Tip): TipPlacement;

  protected get newestCovered(): Tip | undefined {
    return this.#fallback.at(-1);
  }

  /**
   * Up to two distinct tips in random order, each as `judge` says. A pool of no more tips than there are draws is dealt
   * out whole, so that what is there is found; from a larger one tips are drawn with replacement.
   */
  protected draw({ random }: TipRequest, judge: (tip: Tip, chosen: readonly Tip[]) => Verdict): Tip[] {
    const chosen: Tip[] = [];
    const dealt = this.pool.eligibleCount <= this.limits.drawsMax ? this.pool.listEligible() : undefined;
    for (let draw = 0; draw < this.limits.drawsMax && chosen.length < 2; draw += 1) {
      const count = dealt?.length ?? this.pool.eligibleCount;
      if (count === 0) {
        break;
      }
      const index = drawBelow(count, random);
      const tip = dealt === undefined ? this.pool.eligibleAt(index) : present(dealt[index], 'an index drawn below');
      dealt?.splice(index, 1);
      const verdict = chosen.includes(tip) ? 'skip' : judge(tip, chosen);
      if (verdict === 'take') {
        chosen.push(tip);
      } else if (verdict === 'demote') {
        this.pool.drop(tip);
      }
    }
    return chosen;
  }

  #advance(round: Round): void {
    this.round = Math.max(this.round, round);
  }

  #cover(tip: Tip): void {
    this.pool.drop(tip);
    if (tip.isCovered) {
      return;
    }
    tip.isCovered = true;
    tip.anchorRound = this.round;
    tip.parentRound = this.round;
    this.#fallback.push(tip);
    if (this.#fallback.length > this.limits.fallbackMax) {
      this.#fallback.shift();
    }
  }

  /** Final and so old that a child would be lazy: forgotten it counts the same, as round 0. */
  #forgetSettled(): void {
    let oldest = this.pool.oldest;
    while (oldest?.isFinal === true && this.round - oldest.parentRound > this.limits.parentLagRoundsMax) {
      this.pool.forgetOldest();
      oldest = this.pool.oldest;
    }
  }
}

class UniformSelector extends Selector {
  select(request: TipRequest): readonly TransactionId[] {
    return this.draw(request, () => 'take').map((tip) => tip.id);
  }

  isSaturated(): boolean {
    return false;
  }

  protected place(tip: Tip): TipPlacement {
    return this.pool.admit(tip, Number.POSITIVE_INFINITY);
  }
}

class QuotaSelector extends Selector {
  readonly #quotaOf: (issuer: string) => number;

  constructor(limits: TipLimits, quotaOf: (issuer: string) => number) {
    super(limits);
    this.#quotaOf = quotaOf;
  }

  select(request: TipRequest): readonly TransactionId[] {
    const isOwn = (tip: Tip): boolean => tip.device.issuer === request.issuer;
    const chosen = this.draw(request, (tip, others) => {
      // Checked again at the draw, once for a tip: it may have grown old while it was eligible.
      if (this.#isLazy(tip)) {
        return 'demote';
      }
      // Two own parents would let a device grow a chain that nobody else's transactions hold.
      return isOwn(tip) && others.some(isOwn) ? 'skip' : 'take';
    });
    return this.#stitch(chosen).map((tip) => tip.id);
  }

  isSaturated(issuer: string): boolean {
    const quota = this.#quota(issuer);
    return this.pool.eligibleOf(issuer) >= quota && this.pool.waitingOf(issuer) >= quota * this.limits.waitingQuotas;
  }

  protected place(tip: Tip): TipPlacement {
    if (this.#isLazy(tip)) {
      return 'sweep-only';
    }
    const { issuer } = tip.device;
    return this.isSaturated(issuer) ? 'backpressure' : this.pool.admit(tip, this.#quota(issuer));
  }

  #quota(issuer: string): number {
    const quota = Math.floor(this.#quotaOf(issuer));
    return quota >= 1 ? Math.min(quota, this.limits.quotaMax) : 1;
  }

  #isLazy(tip: Tip): boolean {
    return (
      this.round - tip.anchorRound > this.limits.anchorLagRoundsMax ||
      this.round - tip.parentRound > this.limits.parentLagRoundsMax
    );
  }

  /**
   * Keeps the tips tied to what statements cover. A tip's anchor is known at constant cost only from its parents, which
   * were uncovered tips themselves: where covering takes rounds, anchors would fall behind until tips look lazy.
   */
  #stitch(chosen: readonly Tip[]): readonly Tip[] {
    const [first, second] = chosen;
    const newest = this.newestCovered;
    if (first === undefined || second === undefined || newest === undefined) {
      return chosen;
    }
    const anchorRound = Math.max(first.anchorRound, second.anchorRound);
    const isStale = this.round - anchorRound > this.limits.stitchLagRounds && newest.anchorRound > anchorRound;
    return isStale ? [first, newest] : chosen;
  }
}
