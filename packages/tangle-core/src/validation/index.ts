/** Which bytes may become a vertex, and every reason against one. */
export { describeReason } from './reasons.js';
export type {
  CodecCode,
  CodecReason,
  Reason,
  Refusal,
  StatementCode,
  StatementReason,
  TransactionCode,
  TransactionReason,
} from './reasons.js';
export { checkStatement, checkTransaction, statementBytesMax } from './stateless.js';
export type { StatementContext, TransactionContext } from './stateless.js';
