/**
 * What the HTTP API serves: the one surface between routes and the running node. Everything it returns is durable
 * here (see engine/effects.ts), so a client never saw something that a crash can take back.
 */
import type { DeviceId, Digest, NetworkId, TransactionId, UnixMs } from '@tangle/core/ids';
import type { TreeHead } from '@tangle/core/log';
import type { Commit, Genesis, Outcome } from '@tangle/core/model';
import type { Result } from '@tangle/core/result';
import type { Scope } from '../access/index.js';
import type { Reading } from '@tangle/telemetry';
import type { LogNode } from './log-node.js';

/** Life of a transaction (PROTOCOL 1). */
export type TransactionStatus = 'pending' | 'witnessed' | 'final' | 'certified';

export interface TransactionView {
  readonly id: TransactionId;
  readonly bytes: Uint8Array;
  readonly status: TransactionStatus;
  /** Weight of the validators whose statements cover it; the total weight once final and forgotten. */
  readonly approvalWeight: number;
  readonly totalWeight: number;
  /** Present once final. */
  readonly final: {
    readonly position: number;
    readonly commitIndex: number;
    readonly commitTimeMs: UnixMs;
    readonly issuerIndex: number;
    readonly outcome: Outcome;
    readonly evidence: boolean;
  } | null;
}

export interface NodeInfo {
  readonly name: string;
  /** An observer signs no statements: it follows, serves and relays. */
  readonly role: 'validator' | 'observer';
  readonly version: string;
  readonly network: NetworkId;
  readonly networkName: string;
  readonly genesisHash: Digest;
  readonly epoch: number;
  /** Highest round with an accepted statement. */
  readonly round: number;
  readonly commit: {
    readonly index: number;
    readonly digest: Digest;
    readonly stateDigest: Digest;
    readonly timeMs: UnixMs;
  };
  /** Leaves in the log so far. */
  readonly logSize: number;
  /** The newest head of the log that a quorum certified; null before the first. */
  readonly certified: TreeHead | null;
  /** Accepted transactions that are not final. */
  readonly pending: number;
  readonly maxPayload: number;
  /** The (other) validators. */
  readonly peers: readonly { readonly name: string; readonly connected: boolean }[];
  /** Observers that this node knows. */
  readonly observers: readonly { readonly name: string; readonly connected: boolean }[];
  /** Own past in doubt: follows and serves, signs nothing (PROTOCOL 9). */
  readonly doubtful: boolean;
}

export interface DeviceView {
  readonly id: DeviceId;
  readonly role: 'device' | 'operator' | 'administrator';
  readonly status: 'active' | 'revoked' | 'quarantined';
  readonly ratePerSecond: number;
  /** Highest sequence number used, null where none. */
  readonly highestSequence: bigint | null;
  /** Final transactions of this issuer, rejected ones too. */
  readonly transactions: number;
  /** Set once two contents were final under one sequence number. */
  readonly equivocated: boolean;
}

/** One reading in its final place. */
export interface ReadingView {
  readonly reading: Reading;
  readonly transaction: TransactionId;
  readonly position: number;
  /** Its index in the transaction's pack, from 0. */
  readonly index: number;
  readonly transactionTimeMs: UnixMs;
  readonly commitTimeMs: UnixMs;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; absent on the last page. */
  readonly next: string | null;
}

/** What subscribers see, in order. `sequence` of a final event is the transaction's position: the resume point. */
export type LedgerEvent =
  | { readonly kind: 'witnessed'; readonly id: TransactionId }
  | {
      readonly kind: 'final';
      readonly id: TransactionId;
      readonly issuer: DeviceId;
      readonly position: number;
      readonly commitIndex: number;
      readonly commitTimeMs: UnixMs;
      readonly outcome: Outcome;
    }
  | {
      readonly kind: 'commit';
      readonly index: number;
      readonly digest: Digest;
      readonly timeMs: UnixMs;
      readonly transactions: number;
    }
  | {
      /** Every leaf below this size has a proof from now on. */
      readonly kind: 'certified';
      readonly size: number;
      readonly root: Digest;
      /** Weighted median of the cosigners' clocks. */
      readonly timeMs: UnixMs;
    };

/** Why a submission was refused: a stable code, the numbers behind it, and whether trying again can help. */
export interface SubmitRefusal {
  readonly code: string;
  readonly detail: string;
  /** Extra fields of the problem document (field, found, allowed, ...). */
  readonly extensions: Readonly<Record<string, string | number | boolean>>;
  /** Set where the same bytes may be taken later. */
  readonly retryAfterMs: number | null;
}

export interface ExportLine {
  readonly [field: string]: unknown;
}

/**
 * Thrown where a node cannot answer truly: it has stopped by itself, and what it holds may not be durable, or
 * (`not-ready`) it is catching up, and would call a device unknown that others know.
 */
export class NotServingError extends Error {
  override readonly name = 'NotServingError';
  readonly code: 'halted' | 'stopping' | 'not-ready';

  constructor(code: 'halted' | 'stopping' | 'not-ready', message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface LedgerNode {
  readonly genesis: Genesis;
  readonly log: LogNode;
  /**
   * Resolves to a refusal with code `stopping` / `overloaded` (503), or a validity code; ok once durable. `scopes` are the
   * sender's: without the one for its type a transaction is refused with `insufficient-scope`.
   */
  submit(bytes: Uint8Array, scopes: ReadonlySet<Scope>): Promise<Result<{ readonly id: TransactionId }, SubmitRefusal>>;
  info(): Promise<NodeInfo>;
  /** `count` pairs' worth of parents: 2 to 64 transaction ids to approve; the genesis twice where nothing else is. */
  tips(count: number, issuer: DeviceId | null): Promise<readonly TransactionId[]>;
  transaction(id: TransactionId): Promise<TransactionView | undefined>;
  commit(index: number): Promise<Commit | undefined>;
  device(id: DeviceId): Promise<DeviceView | undefined>;
  devices(cursor: string | null, limit: number): Promise<Page<DeviceView>>;
  /** Readings of a device by source time, fromMs <= t < toMs, ascending (time, position, index). `bad-cursor` throws RangeError. */
  readings(
    id: DeviceId,
    range: { readonly fromMs: number | null; readonly toMs: number | null },
    cursor: string | null,
    limit: number,
  ): Promise<Page<ReadingView>>;
  /** Live events from now on; the answer unsubscribes. The listener must not throw. */
  subscribe(listener: (event: LedgerEvent) => void): () => void;
  /** Final events after a position, for resuming: up to `limit`, ascending. */
  finalEventsAfter(position: number, limit: number): Promise<readonly (LedgerEvent & { kind: 'final' })[]>;
  /** Objects of `tangle export`, in its order: genesis, transactions, statements, commits. */
  exportLines(): AsyncIterable<ExportLine>;
  /** The bytes of `tangle backup`, as of the call. */
  backup(): AsyncIterable<Uint8Array>;
  /** Ready = recovered, store healthy, not halted, and connected to enough: with itself a quorum, an observer more than f. */
  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] };
  /** Numbers the metrics route pulls, in camelCase: `...Total` only ever rises, `...Ms` are shown in seconds. */
  gauges(): Readonly<Record<string, number>>;
}
