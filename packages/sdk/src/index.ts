/** The device and reader side of the ledger: the same code in Node, Deno, Bun and browsers. */
export { Administrator, registryPayload } from './administrator.js';
export type { Registration } from './administrator.js';
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
export type { DeviceOptions, SubmitOptions } from './device/device.js';
export type { FinalResult, WaitStage } from './device/entry.js';
export type { PayloadOptions, ReadingValues, TimeInput } from './device/payload.js';
export { Receipt } from './device/receipt.js';
export type { ReceiptStatus } from './device/receipt.js';
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
export { Reader } from './reader.js';
export type { EventsOptions, ReadingsOptions, ReadTransaction } from './reader.js';
