/** Small rules that all text formats of the log share: decimals, the characters of a note, UTF-8. */
import { invariant } from '../assert.js';

export const U64_MAX = 0xffff_ffff_ffff_ffffn;

const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;
const LINE_FEED = 0x0a;
const FIRST_PRINTABLE = 0x20;

/** ASCII decimal without a leading zero, 0 to `max`; null for anything else. */
export function parseDecimal(text: string, max: bigint = U64_MAX): bigint | null {
  if (!DECIMAL.test(text)) return null;
  const value = BigInt(text);
  return value <= max ? value : null;
}

/** Well-formed Unicode without ASCII control characters, but for line feeds and those in `also`. */
export function isPlainText(text: string, also = ''): boolean {
  if (/\p{Surrogate}/u.test(text)) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < FIRST_PRINTABLE && code !== LINE_FEED && !also.includes(text.charAt(index))) return false;
  }
  return true;
}

/** UTF-8 of well-formed text. A lone surrogate throws InvariantError: text of strangers passes `isPlainText` first. */
export function utf8(text: string): Uint8Array {
  // Three bytes for each UTF-16 unit are enough: a pair of them takes four.
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    invariant(code < 0xd800 || code > 0xdfff, 'a lone surrogate has no UTF-8');
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
    bytes[length] = size === 1 ? code : ((0xf00 >> size) & 0xff) | (code >> (6 * (size - 1)));
    for (let index = 1; index < size; index++) {
      bytes[length + index] = 0x80 | ((code >> (6 * (size - 1 - index))) & 0x3f);
    }
    length += size;
  }
  return bytes.slice(0, length);
}
