/**
 * What the replica needs from the machine. A node lends it LevelDB, WebSockets and clocks; the simulator lends it
 * maps, queues and virtual time. The loop in replica.ts is the same code in both.
 */
import type { PersistRecord, Recovered } from '@tangle/core/engine';
import type { StatementId, TransactionId, UnixMs, ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { Commit, CommitEntry, CommitHead } from '@tangle/core/model';
import type { History } from '@tangle/core/tangle';

/** Clocks and timers. */
export interface ClockPort {
  /** Wall clock, unix ms, an integer. */
  wallMs(): UnixMs;
  /** Monotonic milliseconds. */
  monotonicMs(): number;
  /** Calls back once, not before `delayMs`; the answer cancels it. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** Randomness for local choices that no other node has to repeat (tip selection, jitter). */
export interface RandomPort {
  /** A uniform u32. */
  nextU32(): number;
}

/** Links to the other validators, already authenticated by the transport. */
export interface NetworkPort {
  /** Queues one message; false where the peer is not connected or its buffer is full. Never blocks. */
  send(peer: ValidatorIndex, message: Uint8Array): boolean;
}

/** Where an accepted transaction stands durably. */
export interface StoredTransaction {
  readonly bytes: Uint8Array;
  /** Null while it is not final. */
  readonly final: (CommitEntry & { readonly commitIndex: number; readonly commitTimeMs: UnixMs }) | null;
}

/** A commit as stored: everything but the ledger changes. */
export type StoredCommit = Commit;

/** Everything durable. Every record is re-hashed to its id or carries a checksum; a bad one is an error, never data. */
export interface StorePort {
  readonly history: History;
  /** What the engine starts from. Checks signatures again only where the bytes fail their hash. */
  recover(): Promise<Recovered>;
  /** One atomic, synced batch. A rejection leaves the outcome unknown and the store unusable (PROTOCOL 9). */
  write(records: readonly PersistRecord[]): Promise<void>;
  transaction(id: TransactionId): Promise<StoredTransaction | undefined>;
  statement(id: StatementId): Promise<Uint8Array | undefined>;
  /** Complete signed bytes of either kind. */
  vertex(id: VertexId): Promise<Uint8Array | undefined>;
  commit(index: number): Promise<StoredCommit | undefined>;
  /** The newest statement of this validator it holds, in the epoch. */
  newestStatementOf(epoch: number, author: ValidatorIndex): Promise<Uint8Array | undefined>;
  head(): Promise<CommitHead | undefined>;
  close(): Promise<void>;
}
