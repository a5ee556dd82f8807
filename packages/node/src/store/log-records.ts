/** The log's values of the key spaces in keys.ts, as bytes and back; see records.ts. */
import type { Digest } from '@tangle/core/ids';
import type { Committee } from '@tangle/core/model';
import type { LogHead } from '../replica/index.js';
import { Reader, Writer } from '@tangle/core/codec';
import { ID_BYTES } from '@tangle/core/ids';
import {
  certifiedHead,
  COSIGNATURE_BYTES,
  cosignatureTime,
  HASH_BYTES,
  TILE_BYTES,
  type CertifiedHead,
  type Cosignature,
} from '@tangle/core/log';

const HEAD_BYTES = 8 + HASH_BYTES;
const SIGNED_BYTES = 2 + COSIGNATURE_BYTES;

export function encodeLogHead({ size, root, peaks }: LogHead): Uint8Array {
  const writer = new Writer(HEAD_BYTES + peaks.length * HASH_BYTES).u64(size).hex(root);
  for (const peak of peaks) writer.bytes(peak);
  return writer.finish();
}

export function decodeLogHead(value: Uint8Array): LogHead | undefined {
  const reader = new Reader(value);
  const size = reader.safeU64('size');
  const root = reader.hex(HASH_BYTES, 'root') as Digest;
  const peaks: Uint8Array[] = [];
  while (reader.remaining > 0 && reader.failure === null) peaks.push(Uint8Array.from(reader.bytes(HASH_BYTES, 'peak')));
  return reader.finish() === null ? { size, root, peaks } : undefined;
}

export function encodeCosignature({ size, root, validator, signature }: Cosignature): Uint8Array {
  return new Writer(HEAD_BYTES + SIGNED_BYTES).u64(size).hex(root).u16(validator).bytes(signature).finish();
}

export function decodeCosignature(value: Uint8Array): Cosignature | undefined {
  return decodeCosignatures(value)?.[0];
}

export function encodeCertified({ size, root, cosignatures }: CertifiedHead): Uint8Array {
  const writer = new Writer(HEAD_BYTES + cosignatures.length * SIGNED_BYTES).u64(size).hex(root);
  for (const { validator, signature } of cosignatures) writer.u16(validator).bytes(signature);
  return writer.finish();
}

export function decodeCertified(value: Uint8Array, committee: Committee): CertifiedHead | undefined {
  const cosignatures = decodeCosignatures(value);
  const known = cosignatures?.every(({ validator }) => committee.validators[validator] !== undefined) === true;
  return cosignatures !== undefined && known ? certifiedHead(cosignatures, committee) : undefined;
}

export function decodeTile(value: Uint8Array): Uint8Array | undefined {
  return value.length === TILE_BYTES ? Uint8Array.from(value) : undefined;
}

/** One head, and at least one cosignature of it. */
function decodeCosignatures(value: Uint8Array): readonly Cosignature[] | undefined {
  const reader = new Reader(value);
  const size = reader.safeU64('size');
  const root = reader.hex(ID_BYTES, 'root') as Digest;
  const cosignatures: Cosignature[] = [];
  while (reader.remaining > 0 && reader.failure === null) {
    const validator = reader.u16('validator');
    const signature = Uint8Array.from(reader.bytes(COSIGNATURE_BYTES, 'signature'));
    cosignatures.push({ validator, size, root, signature });
  }
  const isOurs = reader.finish() === null && cosignatures.length > 0;
  return isOurs && cosignatures.every(({ signature }) => cosignatureTime(signature) !== null)
    ? cosignatures
    : undefined;
}
