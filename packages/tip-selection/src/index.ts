export { createSelector, type QuotaOptions, type UniformOptions } from './selector.js';
export {
  selectParents,
  type AttachedTransaction,
  type TipPlacement,
  type TipRequest,
  type TipStats,
  type TipStrategy,
} from './strategy.js';
export { DEFAULT_TIP_LIMITS, quotaForRate, type TipLimits } from './limits.js';
export { createRandom, drawBelow, xoshiro128, type RandomUint32 } from './random.js';
