/** Device keys: Ed25519 secrets in memory. Files with keys are for node/key-file.ts. */
import type { Signer } from '@tangle/core/crypto';
import type { DeviceId } from '@tangle/core/ids';
import type { RandomBytes } from './ports.js';
import { nobleSigner } from '@tangle/core/crypto';
import { KEY_BYTES } from '@tangle/core/ids';
import { deviceIdOf, SUITE_ED25519 } from '@tangle/core/model';
import { TangleError } from './errors.js';
import { systemRandom } from './ports.js';

/** A key that can sign; the secret is readable so that it can be saved. */
export interface SecretKey {
  readonly id: DeviceId;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The RFC 8032 seed, 32 bytes. */
  readonly secretKey: Uint8Array;
}

/**
 * A new key from 32 random bytes.
 * @example
 * const key = generateKey();
 * console.log(key.id); // did:key:z6Mk...
 */
export function generateKey(random: RandomBytes = systemRandom): SecretKey {
  return keyFromSecret(random(KEY_BYTES));
}

/** The key of a secret of 32 bytes. Throws `invalid-key` on another length. */
export function keyFromSecret(secretKey: Uint8Array): SecretKey {
  if (secretKey.length !== KEY_BYTES) {
    throw new TangleError('invalid-key', `a secret key has ${KEY_BYTES} bytes, not ${secretKey.length}`, {
      details: { field: 'secretKey', found: secretKey.length, allowed: `${KEY_BYTES} bytes` },
    });
  }
  const { publicKey } = nobleSigner(secretKey);
  return { id: deviceIdOf(SUITE_ED25519, publicKey), publicKey, secretKey: new Uint8Array(secretKey) };
}

/** What a device signs with: a key of ours, or a signer whose secret stays elsewhere (native code, a secure element). */
export type DeviceKey = SecretKey | Signer;

export function signerOf(key: DeviceKey): Signer {
  return 'sign' in key ? key : nobleSigner(key.secretKey);
}
