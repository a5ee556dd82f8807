/**
 * The part of rule R1 that looks at bytes alone (PROTOCOL 8). Every verifier runs it before its own equation: it is
 * what makes libraries with different habits (cofactored, small order, non-canonical) answer alike.
 */
import { fromHex } from '../codec/hex.js';
import { KEY_BYTES, SIGNATURE_BYTES } from '../ids.js';

/** L = 2^252 + 27742317777372353535851937790883648493, little-endian: the order of the base point. */
const GROUP_ORDER = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
/** p = 2^255 - 19, little-endian. */
const FIELD_PRIME = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');

/** The five canonical y coordinates of the eight points of small order, little-endian, sign bit cleared. */
const SMALL_ORDER_ENCODINGS: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(fromHex);

/** What the bytes of a point say without any arithmetic on the curve. */
export type EncodingVerdict = 'plausible' | 'non-canonical' | 'small-order';

/** Judges the 32 bytes of `encoding` at `offset`, its sign bit ignored. */
export function judgeEncoding(encoding: Uint8Array, offset = 0): EncodingVerdict {
  if (!isBelow(encoding, offset, FIELD_PRIME, 0x7f)) return 'non-canonical';
  return SMALL_ORDER_ENCODINGS.some((point) => equalsPoint(encoding, offset, point)) ? 'small-order' : 'plausible';
}

/** Lengths, S < L, and neither A nor R non-canonical or of small order. What passes still needs the equation. */
export function passesByteChecks(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === KEY_BYTES &&
    signature.length === SIGNATURE_BYTES &&
    isBelow(signature, KEY_BYTES, GROUP_ORDER, 0xff) &&
    judgeEncoding(publicKey) === 'plausible' &&
    judgeEncoding(signature) === 'plausible'
  );
}

/** Whether the 32 little-endian bytes at `offset`, the top one masked, are a number below `limit`. */
function isBelow(bytes: Uint8Array, offset: number, limit: Uint8Array, topMask: number): boolean {
  for (let index = KEY_BYTES - 1; index >= 0; index--) {
    const byte = (bytes[offset + index] ?? 0) & (index === KEY_BYTES - 1 ? topMask : 0xff);
    const bound = limit[index] ?? 0;
    if (byte !== bound) return byte < bound;
  }
  return false;
}

function equalsPoint(bytes: Uint8Array, offset: number, point: Uint8Array): boolean {
  for (let index = 0; index < KEY_BYTES - 1; index++) {
    if (bytes[offset + index] !== point[index]) return false;
  }
  return ((bytes[offset + KEY_BYTES - 1] ?? 0) & 0x7f) === point[KEY_BYTES - 1];
}
