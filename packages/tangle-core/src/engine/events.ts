/** What can happen to the core. Time comes in with the event; the core has no clock. */
import type { UnixMs, ValidatorIndex, VertexId } from '../ids.js';
import type { CheckedStatement } from '../model/statement.js';
import type { CheckedTransaction } from '../model/transaction.js';

/** The driver's clocks at the event. */
export interface Now {
  /** Wall clock: goes into statements, never into a decision of this node. */
  readonly wallMs: UnixMs;
  /** Monotonic clock for timers; its zero means nothing. */
  readonly monotonicMs: number;
}

export type CheckedVertex = CheckedTransaction | CheckedStatement;

export type EngineEvent =
  /** Vertices that passed the stateless checks. `from` is the link they came over, null for a local submission. */
  | {
      readonly kind: 'received';
      readonly now: Now;
      readonly from: ValidatorIndex | null;
      readonly vertices: readonly CheckedVertex[];
    }
  /** A timer ran out (see Engine.wakeAtMs), or the driver wants the pacemaker to look. */
  | { readonly kind: 'tick'; readonly now: Now }
  /** A peer names vertices it has accepted: what is missing here is asked for. */
  | {
      readonly kind: 'cited';
      readonly now: Now;
      readonly from: ValidatorIndex;
      readonly ids: readonly VertexId[];
    }
  /** A peer says it does not hold these ids. */
  | {
      readonly kind: 'not-held';
      readonly now: Now;
      readonly from: ValidatorIndex;
      readonly ids: readonly VertexId[];
    }
  | { readonly kind: 'peer-up'; readonly now: Now; readonly peer: ValidatorIndex }
  | { readonly kind: 'peer-down'; readonly now: Now; readonly peer: ValidatorIndex }
  /** A peer that is not in doubt itself answered a recall: its newest own statement, and the newest of mine it holds. */
  | {
      readonly kind: 'recalled';
      readonly now: Now;
      readonly from: ValidatorIndex;
      readonly own: CheckedStatement | null;
      readonly yours: CheckedStatement | null;
    }
  /** All records of the last turn are durable and readable through the history port. */
  | { readonly kind: 'persisted' };
