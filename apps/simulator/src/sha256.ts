/**
 * The platform's SHA-256 for the modelled crypto, in one call and by way of a string of bytes: for the short inputs of the
 * protocol that takes 1.4 us, with a Buffer as the answer 2.3 us, in steps 2.9 us.
 */
import { hash } from 'node:crypto';
import type { Sha256 } from '@tangle/core/testing';

const HASH_BYTES = 32;

export const sha256: Sha256 = (...parts) => {
  const [first] = parts;
  const input = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
  const text = hash('sha256', input, 'binary');
  const bytes = new Uint8Array(HASH_BYTES);
  for (let index = 0; index < HASH_BYTES; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
};
