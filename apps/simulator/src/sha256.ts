/**
 * The platform's SHA-256 for the modelled crypto, in one call and by way of a string of bytes: for the short inputs of the
 * protocol that takes 1.4 us; with a Buffer for an answer 2.3 us, fed part by part 2.9 us.
 */
import { hash } from 'node:crypto';
import type { Sha256 } from '@tangle/core/testing';

const HASH_BYTES = 32;
/** Where the parts of an input are put together; nothing of it is read after the call. */
const joined = Buffer.alloc(4_096);

export const sha256: Sha256 = (...parts) => {
  const text = hash('sha256', join(parts), 'binary');
  const bytes = new Uint8Array(HASH_BYTES);
  for (let index = 0; index < HASH_BYTES; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
};

function join(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > joined.length) return Buffer.concat(parts);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined.subarray(0, length);
}
