/**
 * Signatures that cost a hash: for tests and simulations that sign millions of objects. A signature is a hash of public
 * key and message, so whoever knows the key can sign; what is modelled is that nobody in the test does so for others.
 * Ids and digests stay real SHA-256, and public keys stay real points, so that genesis and registry rules hold.
 */
import { toHex } from '../codec/hex.js';
import type { Crypto, Signer } from '../crypto/crypto.js';
import { nobleCrypto, nobleSigner } from '../crypto/noble.js';
import { SIGNATURE_BYTES } from '../ids.js';

/** SHA-256 of the parts one after the other. */
export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

const nobleSha256: Sha256 = (...parts) => nobleCrypto.sha256(...parts);

/** Keys whose verdict is remembered. */
const JUDGED_KEYS_MAX = 10_000;

const DOMAIN = Uint8Array.from('tangle/null-signature/v1\0', (character) => character.charCodeAt(0));

/** @param sha256 a faster implementation of the same hash, where the platform has one. */
export function nullCrypto(sha256: Sha256 = nobleSha256): Crypto {
  // The same few devices register at every node of every run.
  const admissible = new Map<string, boolean>();
  return {
    sha256: (...parts) => sha256(...parts),
    verifyEd25519: (publicKey, message, signature) => {
      const expected = nullSignature(sha256, publicKey, message);
      return signature.length === SIGNATURE_BYTES && expected.every((byte, index) => byte === signature[index]);
    },
    isAdmissibleKey: (publicKey) => {
      const key = toHex(publicKey);
      const verdict = admissible.get(key) ?? nobleCrypto.isAdmissibleKey(publicKey);
      if (admissible.size >= JUDGED_KEYS_MAX) admissible.clear();
      admissible.set(key, verdict);
      return verdict;
    },
  };
}

/** The signer whose signatures `nullCrypto` accepts. `secretKey`: 32 bytes; its public key is the real Ed25519 one. */
export function nullSigner(secretKey: Uint8Array, sha256: Sha256 = nobleSha256): Signer {
  const { publicKey } = nobleSigner(secretKey);
  return { publicKey, sign: (message) => nullSignature(sha256, publicKey, message) };
}

/** Deterministic, as Ed25519 is; the second half only fills the 64 bytes. */
function nullSignature(sha256: Sha256, publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const digest = sha256(DOMAIN, publicKey, message);
  const signature = new Uint8Array(SIGNATURE_BYTES);
  signature.set(digest);
  signature.set(digest, digest.length);
  return signature;
}
