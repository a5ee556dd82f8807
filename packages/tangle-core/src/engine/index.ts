export {
  noEffects,
  type Effects,
  type Equivocation,
  type Guard,
  type PersistRecord,
  type Refusal,
  type RefusalReason,
} from './effects.js';
export { Engine, ENGINE_DEFAULTS, type EngineLimits, type EngineOptions, type ValidatorIdentity } from './engine.js';
export type { CheckedVertex, EngineEvent, Now } from './events.js';
export type { Recovered } from './recovered.js';
