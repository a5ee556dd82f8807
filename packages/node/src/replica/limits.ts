/** Every bound of the replica, with its default and reason. docs/LIMITS.md adds them up. */
import { ENGINE_DEFAULTS, type EngineLimits } from '@tangle/core/engine';

export interface ReplicaLimits extends EngineLimits {
  /** Accepted transactions that are not final at which submissions are refused; relayed ones still come in. */
  readonly openTransactionsMax: number;
  /** Bytes of one peer that wait for a turn; what is over is dropped and repaired later. */
  readonly inboxBytesPerPeerMax: number;
  /** Bytes of one observer that wait to be looked at; what is over is dropped as well. */
  readonly observerBytesMax: number;
  /** Bytes of transactions that an observer sends again in one period, because no statement covers them yet. */
  readonly resentBytesMax: number;
  /** Submissions that wait for a turn. */
  readonly inboxSubmissionsMax: number;
  /** Vertices in one turn: bounds the time between two looks at the sockets. */
  readonly turnVerticesMax: number;
  /** Requests of one peer that wait for an answer; what is over is dropped, the peer asks again. */
  readonly servedRequestsPerPeerMax: number;
  /** Bytes of commits in one answer to a peer that catches up. */
  readonly commitsAnswerBytesMax: number;
  /** Time own cosignatures wait at most for a statement of ours to travel with, while statements are needed. */
  readonly cosignatureHoldMs: number;
  /** Anti-entropy period while something is open, and while idle. */
  readonly antiEntropyMs: number;
  readonly antiEntropyIdleMs: number;
  /** Open transactions named in a frontier. */
  readonly frontierTransactionsMax: number;
  /** Commits a peer may be ahead before whole commits are asked for. */
  readonly catchUpDistance: number;
  /** Commits that peers of more than the tolerated faulty weight may be ahead before clients are sent elsewhere. */
  readonly laggingDistance: number;
  /** Time a peer has to go on with an answer of whole commits. */
  readonly catchUpMs: number;
}

export const REPLICA_DEFAULTS: ReplicaLimits = {
  ...ENGINE_DEFAULTS,
  openTransactionsMax: 20_000,
  inboxBytesPerPeerMax: 16 * 1024 * 1024,
  observerBytesMax: 1024 * 1024,
  resentBytesMax: 256 * 1024,
  inboxSubmissionsMax: 4_096,
  turnVerticesMax: 1_024,
  servedRequestsPerPeerMax: 64,
  commitsAnswerBytesMax: 1024 * 1024,
  cosignatureHoldMs: 250,
  antiEntropyMs: 1_000,
  antiEntropyIdleMs: 5_000,
  frontierTransactionsMax: 64,
  catchUpDistance: 4,
  laggingDistance: 100,
  catchUpMs: 5_000,
};
