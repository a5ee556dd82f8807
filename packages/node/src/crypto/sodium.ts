/**
 * The node's crypto: libsodium verifies in about 45 us where plain JavaScript takes a millisecond. The core's byte
 * checks run first, so the verdict is rule R1 exactly, the same as nobleCrypto's on every input (PROTOCOL 8). What is long
 * is hashed by node:crypto; its own Ed25519 is not used, since its verdicts changed between releases of Node.
 */
import type { Crypto, Signer } from '@tangle/core/crypto';
import { createHash } from 'node:crypto';
import sodium from 'sodium-native';
import { invariant, present } from '@tangle/core/assert';
import { judgeEncoding, passesByteChecks } from '@tangle/core/crypto';
import { KEY_BYTES, SIGNATURE_BYTES } from '@tangle/core/ids';

/** Up to here joining the parts for one call costs less than a streaming hash object (measured on Node 20). */
const ONE_SHOT_BYTES_MAX = 512;
/** Where they are joined: nobody keeps it over a call, and a Merkle node is then hashed in two thirds of the time. */
const joinedParts = Buffer.alloc(ONE_SHOT_BYTES_MAX);
/** Its first so many bytes: making a view takes a tenth of the time of hashing it. */
const joinedViews = Array.from({ length: ONE_SHOT_BYTES_MAX + 1 }, (_, length) => joinedParts.subarray(0, length));
const digestOfJoined = Buffer.alloc(sodium.crypto_hash_sha256_BYTES);

export const sodiumCrypto: Crypto = {
  sha256(...parts) {
    let length = 0;
    for (const part of parts) length += part.length;
    if (length <= ONE_SHOT_BYTES_MAX) return hashOfJoined(parts, length);
    const state = createHash('sha256');
    for (const part of parts) state.update(part);
    return plain(state.digest());
  },

  verifyEd25519(publicKey, message, signature) {
    // Wrong lengths end here: libsodium's binding throws on them.
    if (!passesByteChecks(publicKey, signature)) return false;
    return sodium.crypto_sign_verify_detached(asBuffer(signature), asBuffer(message), asBuffer(publicKey));
  },

  isAdmissibleKey: (publicKey) =>
    publicKey.length === KEY_BYTES &&
    judgeEncoding(publicKey) === 'plausible' &&
    sodium.crypto_core_ed25519_is_valid_point(asBuffer(publicKey)),
};

/** A signer over a 32-byte Ed25519 secret key (the seed of RFC 8032). The secret is copied. */
export function sodiumSigner(secretKey: Uint8Array): Signer {
  invariant(secretKey.length === KEY_BYTES, `an Ed25519 secret key has ${KEY_BYTES} bytes, not ${secretKey.length}`);
  const publicKey = Buffer.alloc(sodium.crypto_sign_PUBLICKEYBYTES);
  const expandedKey = Buffer.alloc(sodium.crypto_sign_SECRETKEYBYTES);
  sodium.crypto_sign_seed_keypair(publicKey, expandedKey, asBuffer(secretKey));
  return {
    publicKey: plain(publicKey),
    sign(message) {
      const signature = Buffer.alloc(SIGNATURE_BYTES);
      sodium.crypto_sign_detached(signature, asBuffer(message), expandedKey);
      return plain(signature);
    },
  };
}

function hashOfJoined(parts: readonly Uint8Array[], length: number): Uint8Array {
  let offset = 0;
  for (const part of parts) {
    // A prefix byte of the Merkle tree: a call to set it costs more than to assign it.
    if (part.length === 1) joinedParts[offset] = part[0] ?? 0;
    else joinedParts.set(part, offset);
    offset += part.length;
  }
  sodium.crypto_hash_sha256(digestOfJoined, present(joinedViews[length], 'a length of one call'));
  return new Uint8Array(digestOfJoined);
}

/** The same bytes as the type the binding is declared with; nothing is copied. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The same bytes as a plain Uint8Array, the only byte type the core knows; nothing is copied. */
function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
