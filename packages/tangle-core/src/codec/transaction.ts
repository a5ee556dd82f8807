/**
 * The canonical bytes of a transaction (PROTOCOL 2). Form only: whether the network is ours, the payload small enough
 * and the signature valid is for validation/stateless.ts.
 *
 *   u8 version | u8 kind | 8 network | u8 suite | 32 issuer key | u64 sequence | u64 timestamp | 32 parent | 32 parent
 *   | u16 payload type | u16 payload length | payload | 64 signature
 */
import type { Crypto } from '../crypto/crypto.js';
import type { NetworkId, TransactionId } from '../ids.js';
import type { Transaction, UnsignedTransaction } from '../model/transaction.js';
import type { Result } from '../result.js';
import type { CodecReason } from './reasons.js';
import { invariant } from '../assert.js';
import { taggedHashHex } from '../crypto/hash.js';
import { ID_BYTES, KEY_BYTES, NETWORK_BYTES, SIGNATURE_BYTES, TIMESTAMP_MS_MAX } from '../ids.js';
import { SUITE_ED25519 } from '../ids.js';
import { fail, ok } from '../result.js';
import { toHex } from './hex.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

export const TRANSACTION_VERSION = 1;
/** Second byte of every signed object: tells transactions from statements. */
export const KIND_TRANSACTION = 1;
/** Bytes before the payload. */
const HEADER_BYTES = 127;
/** Bytes of a transaction without its payload. */
export const TRANSACTION_OVERHEAD_BYTES = HEADER_BYTES + SIGNATURE_BYTES;
const ISSUER_OFFSET = 2 + NETWORK_BYTES;

/** The bytes that are signed: everything but the signature. Throws InvariantError on a field out of its range. */
export function encodeUnsignedTransaction(transaction: UnsignedTransaction): Uint8Array {
  return writeUnsigned(new Writer(HEADER_BYTES + transaction.payload.length), transaction).finish();
}

/** The complete bytes, whose hash is the id. */
export function encodeTransaction(transaction: UnsignedTransaction, signature: Uint8Array): Uint8Array {
  invariant(
    signature.length === SIGNATURE_BYTES,
    () => `a signature of ${signature.length} bytes, not ${SIGNATURE_BYTES}`,
  );
  const writer = new Writer(TRANSACTION_OVERHEAD_BYTES + transaction.payload.length);
  return writeUnsigned(writer, transaction).bytes(signature).finish();
}

/** The id of complete transaction bytes, for looking up before decoding. */
export function transactionIdOf(bytes: Uint8Array, crypto: Crypto): TransactionId {
  return taggedHashHex(crypto, 'tx', bytes);
}

/** The part of complete transaction or statement bytes that the signature covers. A view. */
export function signedPartOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length - SIGNATURE_BYTES);
}

/**
 * Complete bytes to a transaction. Copies them once, so the result neither changes with nor keeps alive a receive
 * buffer. Refuses with `malformed`, `unsupported-version`, `unsupported-suite` or `timestamp-out-of-range`.
 */
export function decodeTransaction(source: Uint8Array, crypto: Crypto): Result<Transaction, CodecReason> {
  const bytes = new Uint8Array(source);
  const reader = new Reader(bytes);
  readHead(reader, TRANSACTION_VERSION, KIND_TRANSACTION);
  const network = reader.hex(NETWORK_BYTES, 'network') as NetworkId;
  const suite = reader.u8('suite');
  if (suite !== SUITE_ED25519) {
    reader.refuse({ code: 'unsupported-suite', field: 'suite', found: suite, allowed: `${SUITE_ED25519} (Ed25519)` });
  }
  const issuerKey = reader.bytes(KEY_BYTES, 'issuer key');
  const sequence = reader.u64('sequence');
  const timestampMs = readTimestamp(reader);
  const parents = [reader.hex(ID_BYTES, 'parent 0'), reader.hex(ID_BYTES, 'parent 1')] as [
    TransactionId,
    TransactionId,
  ];
  const payloadType = reader.u16('payload type');
  const payload = reader.bytes(reader.u16('payload length'), 'payload');
  const signature = reader.bytes(SIGNATURE_BYTES, 'signature');
  const failure = reader.finish();
  if (failure !== null) return fail(failure);
  return ok({
    kind: 'transaction',
    id: transactionIdOf(bytes, crypto),
    network,
    suite,
    issuerKey,
    issuer: toHex(bytes, ISSUER_OFFSET, ISSUER_OFFSET + 1 + KEY_BYTES),
    sequence,
    timestampMs,
    parents,
    payloadType,
    payload,
    signature,
    bytes,
  });
}

/** Version and kind, the two bytes every signed object starts with. */
export function readHead(reader: Reader, version: number, kind: number): void {
  const foundVersion = reader.u8('version');
  if (foundVersion !== version) {
    reader.refuse({ code: 'unsupported-version', field: 'version', found: foundVersion, allowed: `${version}` });
  }
  const foundKind = reader.u8('kind');
  if (foundKind !== kind) reader.refuse({ code: 'malformed', field: 'kind', found: foundKind, allowed: `${kind}` });
}

/** A timestamp in unix ms up to the end of year 9999 (PROTOCOL 3, T3). */
export function readTimestamp(reader: Reader): number {
  const value = reader.u64('timestamp');
  if (value <= BigInt(TIMESTAMP_MS_MAX)) return Number(value);
  reader.refuse({
    code: 'timestamp-out-of-range',
    field: 'timestamp',
    found: value.toString(),
    allowed: `0 to ${TIMESTAMP_MS_MAX}`,
  });
  return 0;
}

function writeUnsigned(writer: Writer, transaction: UnsignedTransaction): Writer {
  invariant(transaction.suite === SUITE_ED25519, () => `suite ${transaction.suite} cannot be encoded`);
  invariant(transaction.issuerKey.length === KEY_BYTES, () => `an issuer key of ${transaction.issuerKey.length} bytes`);
  invariant(transaction.network.length === NETWORK_BYTES * 2, 'a network id has 16 hex digits');
  invariant(
    transaction.timestampMs <= TIMESTAMP_MS_MAX,
    () => `timestamp ${transaction.timestampMs} is after year 9999`,
  );
  for (const parent of transaction.parents) invariant(parent.length === ID_BYTES * 2, 'an id has 64 hex digits');
  return writer
    .u8(TRANSACTION_VERSION)
    .u8(KIND_TRANSACTION)
    .hex(transaction.network)
    .u8(transaction.suite)
    .bytes(transaction.issuerKey)
    .u64(transaction.sequence)
    .u64(transaction.timestampMs)
    .hex(transaction.parents[0])
    .hex(transaction.parents[1])
    .u16(transaction.payloadType)
    .u16(transaction.payload.length)
    .bytes(transaction.payload);
}
