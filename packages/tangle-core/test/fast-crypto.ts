/** The modelled crypto on the platform's SHA-256, for tests that sign very much. */
import { createHash } from 'node:crypto';
import type { Crypto, Signer } from '../src/crypto/index.js';
import { nullCrypto, nullSigner, type Sha256 } from '../src/testing/index.js';

const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

export const fastCrypto: Crypto = nullCrypto(sha256);

export function fastSigner(secretKey: Uint8Array): Signer {
  return nullSigner(secretKey, sha256);
}
