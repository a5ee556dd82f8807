/**
 * Seals records that no hash covers. LevelDB as classic-level opens it does not check its blocks on read: a flipped bit
 * comes back as data. CRC-32 finds every burst of up to 32 bits; the key is covered too, so a record under another key
 * is found as well. Against people with write access to the disk it is no protection, and need not be one.
 */
import { crc32 } from 'node:zlib';

const CHECKSUM_BYTES = 4;

/** Big-endian CRC-32 over key || value, then the value. */
export function seal(key: Uint8Array, value: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(CHECKSUM_BYTES + value.length);
  new DataView(sealed.buffer).setUint32(0, checksumOf(key, value));
  sealed.set(value, CHECKSUM_BYTES);
  return sealed;
}

/** The value as a view, or undefined where the checksum does not match. */
export function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < CHECKSUM_BYTES) {
    return undefined;
  }
  const value = sealed.subarray(CHECKSUM_BYTES);
  const stored = new DataView(sealed.buffer, sealed.byteOffset).getUint32(0);
  return stored === checksumOf(key, value) ? value : undefined;
}

function checksumOf(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}
