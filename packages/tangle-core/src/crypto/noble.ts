/**
 * The default crypto, in plain JavaScript: runs wherever the core runs. The only file that imports @noble.
 * `ed25519.verify` of the library is not used: it is cofactored in both of its modes and would accept signatures that
 * libsodium, OpenSSL and Go refuse (PROTOCOL 8). Verifying takes about a millisecond; nodes use libsodium instead.
 */
import type { Result } from '../result.js';
import type { Refusal } from '../codec/reasons.js';
import type { Crypto, Signer } from './crypto.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { invariant } from '../assert.js';
import { toHex } from '../codec/hex.js';
import { KEY_BYTES } from '../ids.js';
import { fail, ok } from '../result.js';
import { judgeEncoding, passesByteChecks } from './ed25519-rule.js';

const { Point } = ed25519;
type Point = InstanceType<typeof Point>;

export const nobleCrypto: Crypto = {
  sha256(...parts) {
    const hash = sha256.create();
    for (const part of parts) hash.update(part);
    return hash.digest();
  },

  verifyEd25519(publicKey, message, signature) {
    if (!passesByteChecks(publicKey, signature)) return false;
    const key = decodePoint(publicKey);
    if (key === null) return false;
    const encodedR = signature.subarray(0, KEY_BYTES);
    const scalar = littleEndian(signature.subarray(KEY_BYTES));
    const challenge = sha512.create().update(encodedR).update(publicKey).update(message).digest();
    const k = Point.Fn.create(littleEndian(challenge));
    const expected = Point.BASE.multiplyUnsafe(scalar).subtract(key.multiplyUnsafe(k)).toBytes();
    return expected.every((byte, index) => byte === encodedR[index]);
  },

  isAdmissibleKey: (publicKey) => judgeKey(publicKey) === null,
};

/** A signer over a 32-byte Ed25519 secret key (the seed of RFC 8032). The secret is copied. */
export function nobleSigner(secretKey: Uint8Array): Signer {
  invariant(
    secretKey.length === KEY_BYTES,
    () => `an Ed25519 secret key has ${KEY_BYTES} bytes, not ${secretKey.length}`,
  );
  const secret = new Uint8Array(secretKey);
  return {
    publicKey: ed25519.getPublicKey(secret),
    sign: (message) => ed25519.sign(message, secret),
  };
}

/** HMAC-SHA-256 (RFC 2104) under one key, which is hashed once however many messages follow. 32 bytes each. */
export function hmacSha256(key: Uint8Array): (message: Uint8Array) => Uint8Array {
  const keyed = hmac.create(sha256, key);
  return (message) => keyed.clone().update(message).digest();
}

export type KeyCode =
  /** Not 32 bytes, not canonical, or no point of the curve. */
  | 'invalid-key'
  /** One of the eight points of small order: everybody can sign for it. */
  | 'small-order-key'
  /** A good point plus one of small order: verifiers disagree about its signatures. */
  | 'mixed-order-key';

/**
 * Rule R2, once per key, at registration and in the genesis: canonical, torsion-free, not the identity.
 * @param field what the key is, for the reason.
 */
export function checkKey(publicKey: Uint8Array, crypto: Crypto, field = 'key'): Result<Uint8Array, Refusal<KeyCode>> {
  if (crypto.isAdmissibleKey(publicKey)) return ok(publicKey);
  // What is wrong with it is said by this implementation for all of them.
  const code = judgeKey(publicKey);
  invariant(code !== null, () => `two judgements of the key ${toHex(publicKey)}`);
  return fail({ code, field, found: toHex(publicKey, 0, Math.min(publicKey.length, KEY_BYTES)), allowed: ALLOWED_KEY });
}

const ALLOWED_KEY = 'a canonical Ed25519 public key of prime order, 32 bytes';

function judgeKey(publicKey: Uint8Array): KeyCode | null {
  if (publicKey.length !== KEY_BYTES) return 'invalid-key';
  const encoding = judgeEncoding(publicKey);
  if (encoding === 'small-order') return 'small-order-key';
  if (encoding === 'non-canonical') return 'invalid-key';
  const point = decodePoint(publicKey);
  if (point === null) return 'invalid-key';
  return point.isTorsionFree() ? null : 'mixed-order-key';
}

/** The point, or null where the bytes are none. The library tells by throwing, which is no failure here. */
function decodePoint(bytes: Uint8Array): Point | null {
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return null;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}
