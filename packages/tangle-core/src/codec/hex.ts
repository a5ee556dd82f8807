/** Bytes to lower-case hex and back, by table: ids are hex in memory and every message carries dozens of them. */
import { invariant } from '../assert.js';

const HEX_OF_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const NOT_HEX = 0xff;
/** Value of an ASCII character as a lower-case hex digit. */
const DIGIT_OF_CHARACTER = new Uint8Array(128).fill(NOT_HEX);
for (let digit = 0; digit < 16; digit++) DIGIT_OF_CHARACTER[digit.toString(16).charCodeAt(0)] = digit;

/** Lower-case hex of `bytes[start, end)`. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  for (let index = start; index < end; index++) text += HEX_OF_BYTE[bytes[index] ?? 0] ?? '';
  return text;
}

function digitAt(text: string, index: number): number {
  return DIGIT_OF_CHARACTER[text.charCodeAt(index)] ?? NOT_HEX;
}

/** Writes the bytes of `text` at `offset`; false (with the target partly written) where it is not lower-case hex. */
export function writeHex(text: string, target: Uint8Array, offset: number): boolean {
  if (text.length % 2 !== 0 || offset + text.length / 2 > target.length) return false;
  for (let index = 0; index < text.length; index += 2) {
    const high = digitAt(text, index);
    const low = digitAt(text, index + 1);
    if (high === NOT_HEX || low === NOT_HEX) return false;
    target[offset + index / 2] = (high << 4) | low;
  }
  return true;
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
