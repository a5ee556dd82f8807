/** The strategies by name. */
import { DEFAULT_TIP_LIMITS, type TipLimits } from './limits.js';
import { QuotaSampler } from './quota.js';
import type { TipSampler } from './sampler.js';
import { OlderSampler, RestrictedSampler, UniformSampler } from './uniform.js';
import { WalkSampler, type WalkStart } from './walk.js';

/** A strategy and what it has to be told. Times are in the unit of `attach` and `draw`. */
export type SamplerOptions = {
  /** Where they differ from `DEFAULT_TIP_LIMITS`. */
  readonly limits?: Partial<TipLimits>;
  /**
   * Parents drawn independently, so that a tip may come twice, as all theory has them; else all are distinct. `quota`
   * never repeats one.
   */
  readonly isReplacing?: boolean;
} & (
  | { readonly strategy: 'quota'; readonly quotaOf: (device: number) => number }
  | { readonly strategy: 'uniform' | 'older' }
  | { readonly strategy: 'restricted'; readonly ageMax: number }
  | {
      readonly strategy: 'walk';
      readonly alpha: number;
      readonly start: WalkStart;
      /** Of a walk from a window. */
      readonly depth?: number;
      /** Parents that a transaction may have; 2 if left out. */
      readonly parentsMax?: number;
    }
);

export type StrategyName = SamplerOptions['strategy'];

/**
 * @example
 * const sampler = createSampler({ strategy: 'restricted', ageMax: 10 });
 * sampler.attach(0, 0, Int32Array.of(NONE, NONE), 0.25);
 * const parents = new Int32Array(2);
 * const count = sampler.draw(parents, NONE, 1.5, createRandom('example'));
 */
export function createSampler(options: SamplerOptions): TipSampler {
  const limits = { ...DEFAULT_TIP_LIMITS, ...options.limits };
  const { isReplacing = false } = options;
  const draws = { drawsPerParentMax: limits.drawsPerParentMax, isReplacing };
  switch (options.strategy) {
    case 'quota':
      return new QuotaSampler(limits, options.quotaOf);
    case 'uniform':
      return new UniformSampler(draws);
    case 'older':
      return new OlderSampler(draws);
    case 'restricted':
      return new RestrictedSampler(draws, options.ageMax);
    case 'walk': {
      const { alpha, start, depth = 0, parentsMax = 2 } = options;
      return new WalkSampler(limits, { alpha, start, depth, parentsMax, isReplacing });
    }
  }
}
