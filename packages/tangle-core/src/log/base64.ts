/**
 * Base 64 of RFC 4648 section 4, padded. Only the canonical form is read: two byte-forms of one checkpoint would
 * otherwise both verify, and tools that are stricter or laxer than we are would disagree about the same file.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const NOT_BASE64 = 0xff;
/** Value of an ASCII character as a base 64 digit. */
const DIGIT_OF_CHARACTER = new Uint8Array(128).fill(NOT_BASE64);
for (let digit = 0; digit < 64; digit++) DIGIT_OF_CHARACTER[ALPHABET.charCodeAt(digit)] = digit;

/** With padding, on one line. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const present = Math.min(3, bytes.length - index);
    const group = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    for (let digit = 0; digit < 4; digit++) {
      text += digit <= present ? ALPHABET.charAt((group >> (18 - 6 * digit)) & 0x3f) : '=';
    }
  }
  return text;
}

/** The bytes of a stranger's text; null unless it is what `encodeBase64` writes. No characters are no bytes. */
export function decodeBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let bitCount = 0;
  let length = 0;
  for (let index = 0; index < digits; index++) {
    const digit = DIGIT_OF_CHARACTER[text.charCodeAt(index)] ?? NOT_BASE64;
    if (digit === NOT_BASE64) return null;
    bits = ((bits << 6) | digit) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[length++] = (bits >> bitCount) & 0xff;
  }
  // What is left of the last digit belongs to no byte; anything but zeros there would be a second form.
  return (bits & ((1 << bitCount) - 1)) === 0 ? bytes : null;
}
