/**
 * The canonical bytes of a statement (PROTOCOL 2). Form only: author, order of the ids and signature are for
 * validation/stateless.ts.
 *
 *   u8 version | u8 kind | 8 network | u32 epoch | u64 round | u16 author | u64 timestamp | 32 self (zeros = none)
 *   | u16 prev count | u16 tips count | prev ids | tips ids | 64 signature
 */
import type { Crypto } from '../crypto/crypto.js';
import type { NetworkId, StatementId } from '../ids.js';
import type { Statement, UnsignedStatement } from '../model/statement.js';
import type { Result } from '../result.js';
import type { CodecReason } from './reasons.js';
import { invariant } from '../assert.js';
import { taggedHashHex } from '../crypto/hash.js';
import { ID_BYTES, NETWORK_BYTES, SIGNATURE_BYTES, TIMESTAMP_MS_MAX } from '../ids.js';
import { fail, ok } from '../result.js';
import { Reader } from './reader.js';
import { readHead, readTimestamp } from './transaction.js';
import { Writer } from './writer.js';

export const STATEMENT_VERSION = 1;
/** Second byte of every signed object: tells statements from transactions. */
export const KIND_STATEMENT = 2;
/** Bytes before the cited ids. */
const HEADER_BYTES = 68;
/** Bytes of a statement without the ids it cites; each cited id adds 32. */
export const STATEMENT_OVERHEAD_BYTES = HEADER_BYTES + SIGNATURE_BYTES;
/** How `self` is written where there is none. */
const NO_STATEMENT = '0'.repeat(ID_BYTES * 2);

/** The bytes that are signed: everything but the signature. Throws InvariantError on a field out of its range. */
export function encodeUnsignedStatement(statement: UnsignedStatement): Uint8Array {
  return writeUnsigned(new Writer(HEADER_BYTES + citedBytes(statement)), statement).finish();
}

/** The complete bytes, whose hash is the id. */
export function encodeStatement(statement: UnsignedStatement, signature: Uint8Array): Uint8Array {
  invariant(
    signature.length === SIGNATURE_BYTES,
    () => `a signature of ${signature.length} bytes, not ${SIGNATURE_BYTES}`,
  );
  const writer = new Writer(STATEMENT_OVERHEAD_BYTES + citedBytes(statement));
  return writeUnsigned(writer, statement).bytes(signature).finish();
}

/** The id of complete statement bytes, for looking up before decoding. */
export function statementIdOf(bytes: Uint8Array, crypto: Crypto): StatementId {
  return taggedHashHex(crypto, 'statement', bytes);
}

/**
 * Complete bytes to a statement. Copies them once, so the result neither changes with nor keeps alive a receive
 * buffer. Refuses with `malformed`, `unsupported-version` or `timestamp-out-of-range`.
 */
export function decodeStatement(source: Uint8Array, crypto: Crypto): Result<Statement, CodecReason> {
  const bytes = new Uint8Array(source);
  const reader = new Reader(bytes);
  readHead(reader, STATEMENT_VERSION, KIND_STATEMENT);
  const network = reader.hex(NETWORK_BYTES, 'network') as NetworkId;
  const epoch = reader.u32('epoch');
  const round = reader.safeU64('round');
  const author = reader.u16('author');
  const timestampMs = readTimestamp(reader);
  const self = reader.hex(ID_BYTES, 'self') as StatementId;
  const prevCount = reader.u16('prev count');
  const tipsCount = reader.u16('tips count');
  const prev = readIds(reader, prevCount, 'prev');
  const tips = readIds(reader, tipsCount, 'tips');
  const signature = reader.bytes(SIGNATURE_BYTES, 'signature');
  const failure = reader.finish();
  if (failure !== null) return fail(failure);
  return ok({
    kind: 'statement',
    id: statementIdOf(bytes, crypto),
    network,
    epoch,
    round,
    author,
    timestampMs,
    self: self === NO_STATEMENT ? null : self,
    prev: prev as Statement['prev'],
    tips: tips as Statement['tips'],
    signature,
    bytes,
  });
}

/** `count` ids; stops at the first one missing, so that a count alone costs nothing. */
function readIds(reader: Reader, count: number, field: string): readonly string[] {
  const ids: string[] = [];
  for (let index = 0; index < count && reader.failure === null; index++) ids.push(reader.hex(ID_BYTES, field));
  return ids;
}

function citedBytes(statement: UnsignedStatement): number {
  return (statement.prev.length + statement.tips.length) * ID_BYTES;
}

function writeUnsigned(writer: Writer, statement: UnsignedStatement): Writer {
  invariant(statement.network.length === NETWORK_BYTES * 2, 'a network id has 16 hex digits');
  invariant(statement.timestampMs <= TIMESTAMP_MS_MAX, () => `timestamp ${statement.timestampMs} is after year 9999`);
  invariant(statement.self !== NO_STATEMENT, 'all zeros stand for no own statement');
  writer
    .u8(STATEMENT_VERSION)
    .u8(KIND_STATEMENT)
    .hex(statement.network)
    .u32(statement.epoch)
    .u64(statement.round)
    .u16(statement.author)
    .u64(statement.timestampMs);
  writeId(writer, statement.self ?? NO_STATEMENT);
  writer.u16(statement.prev.length).u16(statement.tips.length);
  for (const id of statement.prev) writeId(writer, id);
  for (const id of statement.tips) writeId(writer, id);
  return writer;
}

function writeId(writer: Writer, id: string): void {
  invariant(id.length === ID_BYTES * 2, 'an id has 64 hex digits');
  writer.hex(id);
}
