/** A node's files: configuration, keys, and the making of a new network. */
export { ConfigError } from './errors.js';
export type { ConfigErrorCode, ConfigProblem } from './errors.js';
export {
  ADMIN_KEY_FILE,
  BASE_PORT_DEFAULT,
  CA_FILE,
  CONFIG_FILE,
  GENESIS_FILE,
  initNetwork,
  INIT_VALIDATORS_MAX,
  POLICY_FILE,
  TOKENS_FILE,
} from './init.js';
export { initObserver, OBSERVER_KEY_FILE } from './init-observer.js';
export type { InitializedObserver, InitObserverOptions } from './init-observer.js';
export type { InitializedNetwork, InitializedNode, InitOptions } from './init.js';
export {
  keyFileOf,
  readKeyFile,
  readObserverKey,
  readValidatorKeys,
  writeKeyFile,
  writeObserverKey,
  writeValidatorKeys,
} from './key-file.js';
export type { KeyFile, ValidatorSecrets } from './key-file.js';
export { CONFIG_FIELDS, VARIABLE_PREFIX, variableOf } from './layers.js';
export type { ConfigOrigin, ConfigOverrides, ConfigValue } from './layers.js';
export {
  explainConfig,
  loadConfig,
  loadGenesis,
  nameOf,
  observersOf,
  parseConfig,
  peerAddressesOf,
  validatorIndexOf,
} from './load.js';
export type { NodeConfig } from './load.js';
export type { ConfigInput } from './schema.js';
export { nearestName } from './nearest.js';
