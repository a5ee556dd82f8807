/**
 * Branded identifiers. In memory an id is a lower-case hex string: a cheap Map key, readable in a debugger,
 * and string order equals byte order, which the protocol's "ascending ids" needs (PROTOCOL 2).
 */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** SHA-256 `tx` of a transaction's complete signed bytes, or the genesis hash: 64 hex digits. */
export type TransactionId = Branded<string, 'TransactionId'>;
/** SHA-256 `statement` of a statement's complete signed bytes: 64 hex digits. */
export type StatementId = Branded<string, 'StatementId'>;
/** Whatever a vertex of the tangle is called. */
export type VertexId = TransactionId | StatementId;
/** First 8 bytes of the genesis hash: 16 hex digits. */
export type NetworkId = Branded<string, 'NetworkId'>;
/** Any other 32-byte hash (genesis, D_k, state digest): 64 hex digits. */
export type Digest = Branded<string, 'Digest'>;
/** A signature suite and key as `did:key:z6Mk...` (W3C did:key, multicodec ed25519-pub). */
export type DeviceId = Branded<string, 'DeviceId'>;
/** A validator's index in its epoch's committee, in genesis order: 0 to n - 1. */
export type ValidatorIndex = number;
/** Rounds count from 1 in every epoch; 0 means "none yet". */
export type Round = number;
/** Milliseconds since 1970-01-01 UTC, a safe integer. */
export type UnixMs = number;

/** Signature suite 1, Ed25519. 2 is reserved for ECDSA P-256. */
export const SUITE_ED25519 = 1;

export const ID_BYTES = 32;
export const NETWORK_BYTES = 8;
export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
/** Year 9999, the last instant RFC 3339 writes (PROTOCOL 3, T3). */
export const TIMESTAMP_MS_MAX: UnixMs = 253_402_300_799_999;

const HEX_64 = /^[0-9a-f]{64}$/;

/** True for 64 lower-case hex digits, the only written form of an id. */
export function isIdText(text: string): boolean {
  return HEX_64.test(text);
}
