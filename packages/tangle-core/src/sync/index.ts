export type { VertexRequest } from './vertex-request.js';
export { Wants, WANTS_DEFAULTS, type WantsLimits } from './wants.js';
