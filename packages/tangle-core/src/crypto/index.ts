/** Hashing, signing and the one acceptance rule. */
export type { Crypto, Signer } from './crypto.js';
export { judgeEncoding, passesByteChecks } from './ed25519-rule.js';
export type { EncodingVerdict } from './ed25519-rule.js';
export { signingMessage, taggedHash, taggedHashHex } from './hash.js';
export type { HashName, HashTypes } from './hash.js';
export { checkKey, hmacSha256, nobleCrypto, nobleSigner } from './noble.js';
export type { KeyCode } from './noble.js';
