/** Plain data and its constructors: transaction, statement, committee, genesis, commit, device ids. */
export { canonicalJson } from './canonical-json.js';
export type { Commit, CommitEntry, CommitHead, StateChange } from './commit.js';
export { Committee } from './committee.js';
export type { Validator } from './committee.js';
export { deviceIdOf, deviceIdOfIssuer, issuerOf, issuerOfDevice, parseDeviceId } from './did-key.js';
export type { DeviceKey } from './did-key.js';
export {
  ADMINISTRATORS_MAX,
  GENESIS_VERSION,
  NAME_LENGTH_MAX,
  PAYLOAD_BYTES_MAX,
  TIPS_MAX,
  TOTAL_WEIGHT_MAX,
  VALIDATORS_MAX,
} from './genesis-document.js';
export type {
  GenesisCode,
  GenesisDocument,
  GenesisReason,
  ParametersDocument,
  ValidatorDocument,
} from './genesis-document.js';
export { createGenesis, GENESIS_PARAMETER_DEFAULTS, genesisToJson, parseGenesis } from './genesis.js';
export type { Genesis, GenesisDraft, GenesisParameters } from './genesis.js';
export { OUTCOME_CODES } from './outcome.js';
export type { Outcome, OutcomeCode, RejectionCode } from './outcome.js';
export { signStatement, signTransaction } from './sign.js';
export type { CheckedStatement, Statement, UnsignedStatement } from './statement.js';
export {
  decodeRegistryPayload,
  DEVICE_ROLES,
  encodeRegistryPayload,
  REGISTRY_PAYLOAD_VERSION,
} from './registry-payload.js';
export type { DeviceRole, RegistryChange } from './registry-payload.js';
export { PAYLOAD_TYPE } from './transaction.js';
export { SUITE_ED25519 } from '../ids.js';
export type { CheckedTransaction, Transaction, UnsignedTransaction } from './transaction.js';
export { weightedMedian } from './weighted-median.js';
export type { WeightedValue } from './weighted-median.js';
