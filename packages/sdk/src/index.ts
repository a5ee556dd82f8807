/** The device and reader side of the ledger: the same code in Node, Deno, Bun and browsers. */
export { Administrator, registryPayload } from './administrator.js';
export type { Registration } from './administrator.js';
export { memoryBlobStore } from './blobs.js';
export type { BlobStore } from './blobs.js';
export type {
  DeviceInfo,
  FinalPlace,
  LedgerEvent,
  NodeInfo,
  ReadingInfo,
  TransactionInfo,
  TransactionStatus,
} from './client/wire.js';
export type { ConnectionOptions } from './connection.js';
export { Device } from './device/device.js';
export type { AnchorOptions, DeviceOptions, SubmitOptions } from './device/device.js';
export type { FinalResult, WaitStage } from './device/entry.js';
export type { PayloadOptions, ReadingValues, TimeInput } from './device/payload.js';
export { Receipt } from './device/receipt.js';
export type { ProofOptions, ReceiptStatus } from './device/receipt.js';
export { samplesOfRows } from './device/samples.js';
export type { SamplesOptions } from './device/samples.js';
export { SDK_ERROR_CODES, TangleError } from './errors.js';
export type { SdkErrorCode, TangleErrorOptions } from './errors.js';
export { generateKey, keyFromSecret } from './keys.js';
export type { DeviceKey, SecretKey } from './keys.js';
export { DEFAULT_LIMITS } from './limits.js';
export type { Limits } from './limits.js';
export type { GenesisSource } from './network.js';
export { HighWaterMarks, memoryOutbox } from './outbox.js';
export type { Attachment, Outbox, OutboxEntry, OutboxOwner, OutboxState, SubmissionSource } from './outbox.js';
export type { Clock, Fetch, RandomBytes } from './ports.js';
export type { Proof } from './proof/proof-source.js';
export type { RangeBundle } from './proof/range-bundle.js';
export { Reader } from './reader.js';
export type { EventsOptions, ReadingsOptions, ReadTransaction, SpanOptions } from './reader.js';
export { verify } from './verify.js';
