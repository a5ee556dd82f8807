export type { CertifierGauges, CosignerEvidence } from './certifier.js';
export type { SubmissionAnswer } from './inbox.js';
export { REPLICA_DEFAULTS, type ReplicaLimits } from './limits.js';
export { decodeMessage, encodeMessage, FRAME_BYTES_MAX, type PeerMessage } from './messages.js';
export { MemoryDisk, MemoryStore, type MemoryStoreOptions, type WriteFate } from './memory-store.js';
export type {
  ClockPort,
  LogHead,
  LogRecord,
  NetworkPort,
  RandomPort,
  RecoveredLog,
  StoredCommit,
  StoredTransaction,
  StorePort,
  StoreRecord,
  TileHash,
  VerifierPort,
} from './ports.js';
export { isObserver, type PeerNumber } from './peers.js';
export { Replica } from './replica.js';
export {
  ReplicaHaltError,
  type AdmissionPolicy,
  type AdmissionRefusal,
  type ReplicaListener,
  type ReplicaOptions,
  type SubmitAnswer,
} from './replica-options.js';
export { Verifier } from './verify.js';
