export { createSelector, type QuotaOptions, type ResearchOptions, type UniformOptions } from './selector.js';
export {
  selectParents,
  type AttachedTransaction,
  type TipPlacement,
  type TipRequest,
  type TipStats,
  type TipStrategy,
} from './strategy.js';
export { createSampler, type SamplerOptions, type StrategyName } from './create-sampler.js';
export { NONE } from './numbers.js';
export { type Placement, type TipSampler } from './sampler.js';
export { type WalkStart } from './walk.js';
export { DEFAULT_TIP_LIMITS, quotaForRate, type TipLimits } from './limits.js';
export { createRandom, drawBelow, xoshiro128, type RandomUint32 } from './random.js';
