/**
 * Anti-entropy (PROTOCOL 4): from time to time every peer hears where this node stands, and a node that is behind asks
 * for whole commits, from one peer at a time: peers take turns, and a turn lasts as long as our own order grows. Off the
 * DAG: it creates no need and signs nothing.
 */
import type { Engine } from '@tangle/core/engine';
import { MARK, reached } from '@tangle/core/marks';
import type { Digest, StatementId, ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { Committee } from '@tangle/core/model';
import type { PeerMessage } from './messages.js';

export interface AntiEntropyLimits {
  readonly antiEntropyMs: number;
  readonly antiEntropyIdleMs: number;
  readonly catchUpDistance: number;
  readonly laggingDistance: number;
  readonly catchUpMs: number;
  readonly frontierTransactionsMax: number;
}

/** Where this node stands, as the replica knows it. */
export interface Standing {
  readonly commitIndex: number;
  readonly digest: Digest;
  readonly statements: readonly StatementId[];
  openTransactions(limit: number): readonly VertexId[];
  /** Nothing is open: neither a transaction nor the certification of the log. */
  readonly isIdle: boolean;
}

export function standingOf(
  engine: Pick<Engine, 'head' | 'frontier' | 'hasNeed' | 'tangle'>,
  isCertified: boolean,
): Standing {
  return {
    commitIndex: engine.head.index,
    digest: engine.head.digest,
    statements: engine.frontier,
    isIdle: !engine.hasNeed && isCertified,
    openTransactions: (limit) => {
      const ids: VertexId[] = [];
      for (const { id } of engine.tangle.openTransactions()) {
        if (ids.length >= limit) break;
        ids.push(id);
      }
      return ids;
    },
  };
}

export type Frontier = Extract<PeerMessage, { kind: 'frontier' }>;

/** One peer's turn to send whole commits. */
interface Turn {
  readonly peer: ValidatorIndex;
  /** Our own commit index when it last rose: the only progress that counts, for anything else a peer can make up. */
  readonly commitIndex: number;
  readonly untilMs: number;
  /** Asked for last. */
  readonly fromIndex: number;
}

export class AntiEntropy {
  readonly #limits: AntiEntropyLimits;
  #turn: Turn | null = null;
  /** Commit index of every connected peer, as it last said. */
  readonly #indexes = new Map<ValidatorIndex, number>();
  /** Peers that have had a turn, the latest last: every other one that is ahead comes before them. */
  readonly #served = new Set<ValidatorIndex>();
  readonly #diverged = new Set<ValidatorIndex>();

  constructor(limits: AntiEntropyLimits) {
    this.#limits = limits;
  }

  /** Time to the next frontier. */
  periodMs(standing: Standing): number {
    return !standing.isIdle || this.#turn !== null ? this.#limits.antiEntropyMs : this.#limits.antiEntropyIdleMs;
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

  /** Weight of the peers that say they are so far ahead of us that our answers are out of date. */
  aheadWeight(standing: Standing, committee: Pick<Committee, 'weightOf'>): number {
    let weight = 0;
    for (const [peer, index] of this.#indexes) {
      if (index > standing.commitIndex + this.#limits.laggingDistance) weight += committee.weightOf(peer);
    }
    return weight;
  }

  /** Peers that have shown another digest of the same commit: they, or we, have not followed the protocol. */
  get divergedPeers(): number {
    return this.#diverged.size;
  }

  /** What is to be reported, in words, once for each peer whose order differs from ours; else null. */
  divergenceOf(peer: ValidatorIndex, { commitIndex, digest }: Frontier, standing: Standing): string | null {
    if (commitIndex !== standing.commitIndex || digest === standing.digest || this.#diverged.has(peer)) return null;
    this.#diverged.add(peer);
    reached(MARK.divergenceSeen);
    return `diverged at commit ${commitIndex}: its digest is ${digest}, ours is ${standing.digest}`;
  }

  /** The commits to ask a peer for, or null. Near the head the ordinary requests for missing vertices do it. */
  onFrontier(
    peer: ValidatorIndex,
    frontier: Frontier,
    standing: Standing,
    nowMs: number,
  ): { readonly peer: ValidatorIndex; readonly message: PeerMessage } | null {
    this.#indexes.set(peer, frontier.commitIndex);
    this.#review(standing, nowMs);
    if (this.#turn !== null) return null;
    const next = this.#nextPeer(standing);
    return next === null ? null : { peer: next, message: this.#begin(next, standing, nowMs) };
  }

  /** An answer of whole commits is complete: the next one to ask the same peer for, or null where its turn has ended. */
  onCommitsEnd(
    peer: ValidatorIndex,
    end: { readonly nextIndex: number; readonly lastIndex: number },
    standing: Standing,
    nowMs: number,
  ): PeerMessage | null {
    this.#review(standing, nowMs);
    if (this.#turn?.peer !== peer) return null;
    this.#indexes.set(peer, end.lastIndex);
    if (end.nextIndex <= this.#turn.fromIndex || end.nextIndex > end.lastIndex) {
      this.#turn = null;
      return null;
    }
    reached(MARK.catchUpGoneOn);
    // The time is not renewed: only what comes of the answer does that.
    this.#turn = { ...this.#turn, fromIndex: end.nextIndex };
    return { kind: 'commits-request', fromIndex: end.nextIndex };
  }

  peerDown(peer: ValidatorIndex): void {
    this.#indexes.delete(peer);
    if (this.#turn?.peer === peer) this.#turn = null;
  }

  /** Renews the turn where our own order has grown since, ends it where its time is up. */
  #review({ commitIndex }: Standing, nowMs: number): void {
    if (this.#turn === null) return;
    if (commitIndex > this.#turn.commitIndex) {
      this.#turn = { ...this.#turn, commitIndex, untilMs: nowMs + this.#limits.catchUpMs };
    } else if (this.#turn.untilMs <= nowMs) {
      reached(MARK.catchUpTimedOut);
      this.#turn = null;
    }
  }

  /** Of the peers that are far enough ahead, the one whose last turn is the longest ago. */
  #nextPeer({ commitIndex }: Standing): ValidatorIndex | null {
    const ahead = new Set<ValidatorIndex>();
    for (const [peer, index] of this.#indexes) {
      if (index <= commitIndex + this.#limits.catchUpDistance) continue;
      if (!this.#served.has(peer)) return peer;
      ahead.add(peer);
    }
    for (const peer of this.#served) if (ahead.has(peer)) return peer;
    return null;
  }

  #begin(peer: ValidatorIndex, { commitIndex }: Standing, nowMs: number): PeerMessage {
    reached(MARK.catchUpBegun);
    const fromIndex = commitIndex + 1;
    this.#served.delete(peer);
    this.#served.add(peer);
    this.#turn = { peer, commitIndex, untilMs: nowMs + this.#limits.catchUpMs, fromIndex };
    return { kind: 'commits-request', fromIndex };
  }
}
