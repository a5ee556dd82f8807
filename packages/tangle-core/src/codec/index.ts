/** Canonical bytes: readers, writers and the two signed objects. */
export { fromHex, parseHex, toHex, writeHex } from './hex.js';
export { Reader } from './reader.js';
export { describeReason, excerpt } from './reasons.js';
export type { CodecCode, CodecReason, Refusal } from './reasons.js';
export {
  decodeStatement,
  encodeStatement,
  encodeUnsignedStatement,
  KIND_STATEMENT,
  STATEMENT_OVERHEAD_BYTES,
  STATEMENT_VERSION,
  statementIdOf,
} from './statement.js';
export {
  decodeTransaction,
  encodeTransaction,
  encodeUnsignedTransaction,
  KIND_TRANSACTION,
  signedPartOf,
  TRANSACTION_OVERHEAD_BYTES,
  TRANSACTION_VERSION,
  transactionIdOf,
} from './transaction.js';
export { Writer } from './writer.js';
