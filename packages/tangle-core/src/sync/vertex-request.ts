/** Ids to ask one peer for. */
import type { ValidatorIndex, VertexId } from '../ids.js';

export interface VertexRequest {
  readonly peer: ValidatorIndex;
  readonly ids: readonly VertexId[];
}
