/** libsodium behind the core's crypto port. */
export { sodiumCrypto, sodiumSigner } from './sodium.js';
