/**
 * What the replica needs from the machine. A node lends it LevelDB, WebSockets and clocks; the simulator lends it
 * maps, queues and virtual time. The loop in replica.ts is the same code in both.
 */
import type { PersistRecord, Recovered } from '@tangle/core/engine';
import type { StatementId, TransactionId, UnixMs, ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { CertifiedHead, Cosignature, TreeHead } from '@tangle/core/log';
import type { CheckedStatement, CheckedTransaction, Commit, CommitEntry, CommitHead } from '@tangle/core/model';
import type { Result } from '@tangle/core/result';
import type { History } from '@tangle/core/tangle';
import type { StatementReason, TransactionReason } from '@tangle/core/validation';
import type { PeerMessage } from './messages.js';
import type { PeerNumber } from './peers.js';

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

/** Links to the other nodes, already authenticated by the transport. */
export interface NetworkPort {
  /** Queues one message; false where the peer is not connected or its buffer is full. Never blocks. */
  send(peer: PeerNumber, message: Uint8Array): boolean;
  /** Reads nothing more of the peer for now, or goes on, where the link can do that: who sends has to wait then. */
  hold?(peer: PeerNumber, isHeld: boolean): void;
}

/**
 * From strangers' bytes to what the replica believes: the only way in (PROTOCOL 3, T1, T3, S1, S4). Every answer follows
 * from the bytes and the genesis alone, and nobody changes it: so replicas that share a process may share a verifier.
 */
export interface VerifierPort {
  /** Reads a peer's frame. Any input gets a message or a reason in words; none throws. */
  message(frame: Uint8Array): Result<PeerMessage, string>;
  /** What the bytes would be called, before anything about them is believed: lets duplicates go by unchecked. */
  idOf(bytes: Uint8Array): VertexId;
  transaction(bytes: Uint8Array): Result<CheckedTransaction, TransactionReason>;
  statement(bytes: Uint8Array): Result<CheckedStatement, StatementReason>;
  /** Whether a validator's cosignature of a tree head holds. `validator` must be one of the committee. */
  cosignature(cosignature: Cosignature): boolean;
}

/** Where an accepted transaction stands durably. */
export interface StoredTransaction {
  readonly bytes: Uint8Array;
  /** Null while it is not final. */
  readonly final: (CommitEntry & { readonly commitIndex: number; readonly commitTimeMs: UnixMs }) | null;
}

/** A commit as stored: everything but the ledger changes. */
export type StoredCommit = Commit;

/** The tree of the log after an appending commit, and what appending to it needs. */
export interface LogHead extends TreeHead {
  /** Roots of its complete subtrees from left to right: `CompactRange.fromPeaks`. */
  readonly peaks: readonly Uint8Array[];
}

/** One hash of a tile (C2SP tlog-tiles): those of level 0 are leaf hashes. */
export interface TileHash {
  readonly level: number;
  /** Its place among all hashes of the level. */
  readonly index: number;
  readonly hash: Uint8Array;
}

/** What a turn makes of the log: in the batch of the commits that it follows from, so that neither is without the other. */
export interface LogRecord {
  readonly kind: 'log';
  /** Null where the log did not grow. */
  readonly growth: {
    readonly head: LogHead;
    /** Every hash that the new leaves complete in a tile, those of a level ascending. */
    readonly tileHashes: readonly TileHash[];
  } | null;
  /** The newest own cosignature; null where there is no new one, as in the next two. */
  readonly cosigned: Cosignature | null;
  readonly certified: CertifiedHead | null;
  /** The newest certified head that the own log has too. */
  readonly published: CertifiedHead | null;
}

/** What becomes durable in a turn. */
export type StoreRecord = PersistRecord | LogRecord;

/** The log as it is durable. */
export interface RecoveredLog {
  /** Null before the first appending commit. */
  readonly head: LogHead | null;
  readonly cosigned: Cosignature | null;
  readonly certified: CertifiedHead | null;
  readonly published: CertifiedHead | null;
}

/** Everything durable. Every record is re-hashed to its id or carries a checksum; a bad one is an error, never data. */
export interface StorePort {
  readonly history: History;
  /** What the engine starts from. Checks signatures again only where the bytes fail their hash. */
  recover(): Promise<Recovered>;
  /** The log that belongs to what `recover` gives, after the same commits. */
  recoverLog(): Promise<RecoveredLog>;
  /** One atomic, synced batch. A rejection leaves the outcome unknown and the store unusable (PROTOCOL 9). */
  write(records: readonly StoreRecord[]): Promise<void>;
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
