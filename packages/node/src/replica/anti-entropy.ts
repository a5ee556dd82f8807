/**
 * Anti-entropy (PROTOCOL 4): from time to time every peer hears where this node stands, and a node that is behind asks
 * for whole commits, from one peer at a time. Off the DAG: it creates no need and signs nothing.
 */
import type { Digest, StatementId, ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { PeerMessage } from './messages.js';

export interface AntiEntropyLimits {
  readonly antiEntropyMs: number;
  readonly antiEntropyIdleMs: number;
  readonly catchUpDistance: number;
  readonly catchUpMs: number;
  readonly frontierTransactionsMax: number;
}

/** Where this node stands, as the replica knows it. */
export interface Standing {
  readonly commitIndex: number;
  readonly digest: Digest;
  readonly statements: readonly StatementId[];
  openTransactions(limit: number): readonly VertexId[];
  readonly hasNeed: boolean;
}

export type Frontier = Extract<PeerMessage, { kind: 'frontier' }>;

export class AntiEntropy {
  readonly #limits: AntiEntropyLimits;
  /** The peer that is sending whole commits, and until when it has to go on. */
  #catchingUp: { readonly peer: ValidatorIndex; readonly untilMs: number } | null = null;

  constructor(limits: AntiEntropyLimits) {
    this.#limits = limits;
  }

  /** Time to the next frontier. */
  periodMs(standing: Standing): number {
    return standing.hasNeed || this.#catchingUp !== null ? this.#limits.antiEntropyMs : this.#limits.antiEntropyIdleMs;
  }

  frontier(standing: Standing): Frontier {
    return {
      kind: 'frontier',
      commitIndex: standing.commitIndex,
      digest: standing.digest,
      statements: standing.statements,
      open: standing.openTransactions(this.#limits.frontierTransactionsMax),
    };
  }

  /** The commits to ask this peer for, or null. Near the head the ordinary requests for missing vertices do it. */
  onFrontier(peer: ValidatorIndex, frontier: Frontier, standing: Standing, nowMs: number): PeerMessage | null {
    if (this.#catchingUp !== null && this.#catchingUp.untilMs <= nowMs) this.#catchingUp = null;
    if (this.#catchingUp !== null) return null;
    if (frontier.commitIndex <= standing.commitIndex + this.#limits.catchUpDistance) return null;
    return this.#ask(peer, standing.commitIndex + 1, nowMs);
  }

  /** The peer goes on sending: it keeps its turn. */
  onVertices(peer: ValidatorIndex, nowMs: number): void {
    if (this.#catchingUp?.peer === peer) this.#catchingUp = { peer, untilMs: nowMs + this.#limits.catchUpMs };
  }

  /** An answer of whole commits is complete: the next one to ask for, or null at the head. */
  onCommitsEnd(
    peer: ValidatorIndex,
    end: { readonly nextIndex: number; readonly lastIndex: number },
    nowMs: number,
  ): PeerMessage | null {
    if (this.#catchingUp?.peer !== peer) return null;
    this.#catchingUp = null;
    return end.nextIndex <= end.lastIndex ? this.#ask(peer, end.nextIndex, nowMs) : null;
  }

  peerDown(peer: ValidatorIndex): void {
    if (this.#catchingUp?.peer === peer) this.#catchingUp = null;
  }

  #ask(peer: ValidatorIndex, fromIndex: number, nowMs: number): PeerMessage {
    this.#catchingUp = { peer, untilMs: nowMs + this.#limits.catchUpMs };
    return { kind: 'commits-request', fromIndex };
  }
}
