/** The HTTP API of a node and the surface of the node that it serves. */
export type {
  DeviceView,
  ExportLine,
  LedgerEvent,
  LedgerNode,
  NodeInfo,
  Page,
  ReadingView,
  SubmitRefusal,
  TransactionStatus,
  TransactionView,
} from './ledger-node.js';
export { NotServingError } from './ledger-node.js';
export type { ApiAccess, Grant, GuardedRoute, RouteAccess } from './authorize.js';
export type { LogNode, LogRangeView, ProofAnswer } from './log-node.js';
export { API_LIMITS } from './limits.js';
export type { ApiLimits } from './limits.js';
export type { PayloadJson } from './payload.js';
export { PROBLEM_MEDIA_TYPE, PROBLEMS, problemType } from './problem.js';
export type { ProblemCode, ProblemDefinition, ProblemDocument } from './problem.js';
export { createApi } from './server.js';
export type { Api, ApiOptions } from './server.js';
