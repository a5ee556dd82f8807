/** The transaction: what a device signs (PROTOCOL 2). Bytes and fields always agree; the codec makes both. */
import type { NetworkId, TransactionId, UnixMs } from '../ids.js';

/** Payload types known from the start; others are carried and ordered, never executed. */
export const PAYLOAD_TYPE = { telemetry: 1, anchor: 2, registry: 3, opaque: 4 } as const;

/** What is signed, before the signature. */
export interface UnsignedTransaction {
  readonly network: NetworkId;
  readonly suite: number;
  /** Public key of the issuer, 32 bytes for suite 1. */
  readonly issuerKey: Uint8Array;
  /** u64; each number is used once in a device's replay window (PROTOCOL 7). */
  readonly sequence: bigint;
  /** The signer's claim; compared with nothing (PROTOCOL 3, T3). */
  readonly timestampMs: UnixMs;
  readonly parents: readonly [TransactionId, TransactionId];
  /** u16, see PAYLOAD_TYPE. */
  readonly payloadType: number;
  readonly payload: Uint8Array;
}

/** A decoded transaction; nothing but its form has been checked. */
export interface Transaction extends UnsignedTransaction {
  readonly kind: 'transaction';
  readonly id: TransactionId;
  readonly signature: Uint8Array;
  /** Hex of suite || issuer key: the issuer as a Map key and in ledger state. */
  readonly issuer: string;
  /** The complete signed bytes: the identity. */
  readonly bytes: Uint8Array;
}

declare const checked: unique symbol;
/** T1 and T3 hold: well-formed, right network, payload within the limit, signature valid under R1. */
export type CheckedTransaction = Transaction & { readonly [checked]: 'transaction' };
