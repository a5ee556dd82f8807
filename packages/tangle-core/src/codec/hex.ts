/** Bytes to lower-case hex and back, by table: ids are hex in memory and every message carries dozens of them. */
import { invariant } from '../assert.js';

const HEX_OF_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const NOT_HEX = 0xff;
/** Value of an ASCII character as a lower-case hex digit. */
const DIGIT_OF_CHARACTER = new Uint8Array(128).fill(NOT_HEX);
for (let digit = 0; digit < 16; digit++) DIGIT_OF_CHARACTER[digit.toString(16).charCodeAt(0)] = digit;

/** Character codes of the first and of the second hex digit of a byte. */
const HIGH_CODE = Uint8Array.from(HEX_OF_BYTE, (digits) => digits.charCodeAt(0));
const LOW_CODE = Uint8Array.from(HEX_OF_BYTE, (digits) => digits.charCodeAt(1));

/**
 * Lower-case hex of `bytes[start, end)`. Eight bytes a step: appended byte by byte, an id is a rope of 32 pieces that is
 * flattened at its first look-up, which takes three times as long as this and feeds the garbage collector.
 */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  let index = start;
  for (; index + 8 <= end; index += 8) text += eightBytesToHex(bytes, index);
  for (; index < end; index++) text += HEX_OF_BYTE[bytes[index] ?? 0] ?? '';
  return text;
}

function eightBytesToHex(bytes: Uint8Array, index: number): string {
  const a = bytes[index] ?? 0;
  const b = bytes[index + 1] ?? 0;
  const c = bytes[index + 2] ?? 0;
  const d = bytes[index + 3] ?? 0;
  const e = bytes[index + 4] ?? 0;
  const f = bytes[index + 5] ?? 0;
  const g = bytes[index + 6] ?? 0;
  const h = bytes[index + 7] ?? 0;
  // prettier-ignore
  return String.fromCharCode(
    HIGH_CODE[a] ?? 0, LOW_CODE[a] ?? 0, HIGH_CODE[b] ?? 0, LOW_CODE[b] ?? 0,
    HIGH_CODE[c] ?? 0, LOW_CODE[c] ?? 0, HIGH_CODE[d] ?? 0, LOW_CODE[d] ?? 0,
    HIGH_CODE[e] ?? 0, LOW_CODE[e] ?? 0, HIGH_CODE[f] ?? 0, LOW_CODE[f] ?? 0,
    HIGH_CODE[g] ?? 0, LOW_CODE[g] ?? 0, HIGH_CODE[h] ?? 0, LOW_CODE[h] ?? 0,
  );
}

function digitAt(text: string, index: number): number {
  return DIGIT_OF_CHARACTER[text.charCodeAt(index)] ?? NOT_HEX;
}

/** Writes the bytes of `text` at `offset`; false (with the target partly written) where it is not lower-case hex. */
export function writeHex(text: string, target: Uint8Array, offset: number): boolean {
  if (text.length % 2 !== 0 || offset + text.length / 2 > target.length) return false;
  let seen = 0;
  for (let index = 0; index < text.length; index += 2) {
    const high = digitAt(text, index);
    const low = digitAt(text, index + 1);
    seen |= high | low;
    target[offset + (index >> 1)] = (high << 4) | low;
  }
  // Of a digit the upper four bits are zero, of NOT_HEX they are not.
  return seen < 16;
}

/** The bytes of a stranger's text, or null unless it is exactly `length` bytes in lower-case hex. */
export function parseHex(text: string, length: number): Uint8Array | null {
  if (text.length !== length * 2) return null;
  const bytes = new Uint8Array(length);
  return writeHex(text, bytes, 0) ? bytes : null;
}

/** The bytes of hex text that we made ourselves, such as an id. Throws InvariantError on anything else. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >>> 1);
  invariant(writeHex(text, bytes, 0), 'hex text must be an even number of lower-case hex digits');
  return bytes;
}
