/** The certified log as the API serves it (PROTOCOL 11): nothing above the newest certified head is ever shown. */
import type { DeviceId, TransactionId, UnixMs } from '@tangle/core/ids';
import type { CertifiedHead, TileResource } from '@tangle/core/log';

/** A proof file, or why there is none. */
export type ProofAnswer =
  | { readonly kind: 'proof'; readonly text: string }
  | { readonly kind: 'unknown' | 'not-final' }
  /** Final, at a position that no certified head covers yet. */
  | { readonly kind: 'not-certified'; readonly position: number; readonly certifiedSize: number };

/** Positions in the log, ascending; null where the certified log has no such leaf. */
export interface LogRangeView {
  readonly items: readonly number[];
  /** Opaque; null on the last page. */
  readonly next: string | null;
  /** The device's last entry before the range, and its first one after. */
  readonly before: number | null;
  readonly after: number | null;
  /** Commit records that bracket the range: last before `from`, last before `to`, first at or after `to`. */
  readonly records: {
    readonly beforeFrom: number | null;
    readonly beforeTo: number | null;
    readonly atTo: number | null;
  };
  /** Leaves that were looked at. */
  readonly certifiedSize: number;
}

export interface LogNode {
  /** The newest head that a quorum certified and this node's log has; null before the first. */
  certified(): Promise<CertifiedHead | null>;
  /** Its note: a log signature, of this node where it is a validator, and every cosignature it holds. */
  checkpoint(): Promise<string | null>;
  /** A tile or an entry bundle; null where the certified log has none like that. */
  resource(resource: TileResource): Promise<Uint8Array | null>;
  /** The proof of a transaction's entry, with the record of its commit. */
  proof(id: TransactionId): Promise<ProofAnswer>;
  /** The hashes that show the tree of `from` leaves to be the start of that of `to`, both certified. */
  consistency(from: number, to: number): Promise<readonly Uint8Array[]>;
  /** Entries of a device by commit time, fromMs <= t < toMs. `bad-cursor` throws RangeError. */
  range(
    device: DeviceId,
    range: { readonly fromMs: UnixMs; readonly toMs: UnixMs },
    cursor: string | null,
    limit: number,
  ): Promise<LogRangeView>;
}
