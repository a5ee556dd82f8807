/** Execution in the total order: registry, replay windows, outcomes and the digest of the state. */
export { Ledger } from './ledger.js';
export type { DeviceRecord, Execution } from './ledger.js';
export type { DeviceStatus } from './registry.js';
export { REPLAY_WINDOW } from './replay-window.js';
export { MerkleMap, stateDigestOf } from './state-digest.js';
