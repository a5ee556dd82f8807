/** A whole node, started and stopped. */
export { sodiumCrypto, sodiumSigner } from './crypto/index.js';
export { ReplicaHaltError } from './replica/index.js';
export { RunningNode } from './running-node.js';
export { startNode, type StartedNode, type StartOptions } from './start-node.js';
