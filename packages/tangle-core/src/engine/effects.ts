/**
 * What the core asks its driver to do. The driver keeps one contract, in this order, for every turn:
 *
 * 1. Run any number of `Engine.step(event, effects)` on the effects of one turn.
 * 2. Write all `persist` records in ONE atomic, synced batch. If that fails or its outcome is unknown: stop the
 *    process; reopen, recover, never sign another version of what may have been written (PROTOCOL 9).
 * 3. Only then carry out everything else: sends, requests, notifications, answers to clients.
 * 4. Step `{ kind: 'persisted' }`, so that the core may forget what the history port now knows.
 *
 * Between 1 and 4 the engine is not stepped: what the outside sees is always durable.
 */
import type { StatementId, TransactionId, ValidatorIndex, VertexId } from '../ids.js';
import type { Commit, CommitHead, StateChange } from '../model/commit.js';
import type { Statement } from '../model/statement.js';
import type { Transaction } from '../model/transaction.js';
import type { VertexRequest } from '../sync/vertex-request.js';

/** The newest round this validator has signed, and what: never to be signed again differently (PROTOCOL 9). */
export interface Guard {
  readonly epoch: number;
  readonly round: number;
  /** Null where the round was given up, not signed: after amnesia nothing at or below it is ever signed. */
  readonly id: StatementId | null;
  /** The own past is in doubt: nothing is signed, over any number of restarts, until that is settled. */
  readonly inDoubt: boolean;
}

/** What must be durable before anything of this turn leaves the process, in this order. */
export type PersistRecord =
  | { readonly kind: 'transaction'; readonly transaction: Transaction }
  | { readonly kind: 'statement'; readonly statement: Statement }
  | { readonly kind: 'guard'; readonly guard: Guard }
  | {
      readonly kind: 'commit';
      readonly commit: Commit;
      readonly head: CommitHead;
      readonly stateChanges: readonly StateChange[];
      /** The bodies behind `commit.entries` and `commit.statements`, in their order: a store need not read them again. */
      readonly finalTransactions: readonly Transaction[];
      readonly finishedStatements: readonly Statement[];
    };

/** Why a vertex from outside was not taken. */
export interface Refusal {
  readonly id: VertexId;
  readonly from: ValidatorIndex | null;
  readonly reason: RefusalReason;
}

export type RefusalReason =
  /** It cites a statement where a transaction must stand, or the other way round. */
  | { readonly code: 'parent-not-a-transaction'; readonly id: VertexId }
  /** T2, S2, S3: what it cites breaks an objective rule; provably bad. */
  | { readonly code: 'invalid-citation'; readonly rule: string; readonly found: string }
  /** The bounded pending area let it go; it will be fetched again when cited. */
  | { readonly code: 'pending-evicted' }
  /** A local submission cites what this node does not hold; it is asked for, try again. */
  | { readonly code: 'parent-unknown'; readonly ids: readonly VertexId[] }
  /** A third statement of one author and round, unsolicited (PROTOCOL 3). */
  | { readonly code: 'surplus-equivocation' };

/** Two statements of one author and round: proof of a fault. */
export interface Equivocation {
  readonly author: ValidatorIndex;
  readonly epoch: number;
  readonly round: number;
  readonly ids: readonly [StatementId, StatementId];
}

export interface Effects {
  readonly persist: PersistRecord[];
  /** Accepted into the tangle in this order: closed, valid, solid. */
  readonly acceptedTransactions: Transaction[];
  readonly acceptedStatements: Statement[];
  /** Own statements to push to every peer, once durable. */
  readonly push: Statement[];
  readonly requests: VertexRequest[];
  readonly refusals: Refusal[];
  /** Transactions whose approval weight rose above f in this step. */
  readonly witnessed: TransactionId[];
  readonly commits: Commit[];
  readonly equivocations: Equivocation[];
  /** Ask every peer for its newest own statement and the newest of mine (PROTOCOL 9, amnesia). */
  recall: boolean;
  /** Set once: the evidence that more than f is faulty, or this node is. The driver stops the process. */
  halt: string | null;
}

export function noEffects(): Effects {
  return {
    persist: [],
    acceptedTransactions: [],
    acceptedStatements: [],
    push: [],
    requests: [],
    refusals: [],
    witnessed: [],
    commits: [],
    equivocations: [],
    recall: false,
    halt: null,
  };
}
