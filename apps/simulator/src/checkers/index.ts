/** One small class an invariant, fed by what nodes do and hold. They know nothing of the world around them. */
export { AgreementChecker } from './agreement.js';
export { DurabilityChecker, type DurableVertices } from './durability.js';
export { EquivocationChecker } from './equivocation.js';
export { FinalityChecker, type FinalTransactions } from './finality.js';
export { LivenessChecker } from './liveness.js';
export { OrderChecker } from './order.js';
export { QuiescenceChecker } from './quiescence.js';
export type { Report } from './report.js';
