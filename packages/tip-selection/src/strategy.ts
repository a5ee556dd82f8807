/**
 * What a tip strategy of a node is told and what it answers. Which tips a device gets is local policy (PROTOCOL 6): strategies hold
 * no protocol state, and losing theirs loses nothing, since validators cover every transaction whether it is a tip or not.
 */
import type { Round, TransactionId } from '@tangle/core/ids';
import type { RandomUint32 } from './random.js';
import type { Placement } from './sampler.js';

/** A transaction that the tangle accepted, parents first. */
export interface AttachedTransaction {
  readonly id: TransactionId;
  /** The issuing device; any stable text. */
  readonly issuer: string;
  readonly parents: readonly [TransactionId, TransactionId];
  /** The highest open round when it was attached. */
  readonly round: Round;
  /** When it was issued, for strategies that look at ages; the round if left out. */
  readonly time?: number;
}

/** Where a transaction went; `known`: attached before. */
export type TipPlacement = Placement | 'known';

export interface TipRequest {
  /** The device that asks; it gets at most one tip of its own. */
  readonly issuer?: string;
  /** Now, in the unit of `AttachedTransaction.time`. */
  readonly time?: number;
  readonly random: RandomUint32;
}

/** Sizes of every structure, for metrics and for the tests of their bounds. */
export interface TipStats {
  readonly tracked: number;
  readonly eligible: number;
  readonly waiting: number;
  readonly devices: number;
  readonly fallback: number;
}

/**
 * A strategy as a node uses it. All methods of `quota` run in amortised constant time, whatever a device does; those of
 * `walk` within its limits.
 */
export interface TipStrategy {
  /** An accepted transaction: its parents are no tips any more, itself is one. */
  onAttach(transaction: AttachedTransaction): TipPlacement;
  /** An accepted statement's cone holds it: no tip any more. `round` is the statement's, if newer than any told before. */
  onCovered(id: TransactionId, round?: Round): void;
  /** It is in the total order: no tip any more. */
  onFinal(id: TransactionId, round?: Round): void;
  /** 0 to 2 distinct ids; `selectParents` fills up to two. Handing a tip out does not remove it, attaching does. */
  select(request: TipRequest): readonly TransactionId[];
  /** The newest covered or final transactions, newest first. */
  fallback(): readonly TransactionId[];
  /** True while a further transaction of this device could only be placed with `backpressure`. */
  isSaturated(issuer: string): boolean;
  stats(): TipStats;
}

/**
 * The two parents for a new transaction: selected tips, else the newest covered transactions, in the end the genesis.
 * Distinct, unless both are the genesis (PROTOCOL 3, T2).
 *
 * @example
 * const parents = selectParents(selector, { issuer: device, random }, genesisId);
 */
export function selectParents(
  strategy: TipStrategy,
  request: TipRequest,
  genesis: TransactionId,
): readonly [TransactionId, TransactionId] {
  const chosen = [...strategy.select(request)];
  if (chosen.length < 2) {
    for (const id of strategy.fallback()) {
      if (chosen.length < 2 && !chosen.includes(id)) {
        chosen.push(id);
      }
    }
  }
  return [chosen[0] ?? genesis, chosen[1] ?? genesis];
}
