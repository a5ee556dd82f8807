import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { decodeBase64, encodeBase64 } from '../../src/log/index.js';
import { isPlainText, parseDecimal, utf8 } from '../../src/log/text.js';

describe('base 64', () => {
  test('is written as RFC 4648 section 4 has it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  test('is read in that form only', () => {
    const alphabet = 'ABYZabyz0189+/=-_ \n\u00e9'.split('');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 12 }), (text) => {
        const isCanonical = Buffer.from(text, 'base64').toString('base64') === text;
        expect(decodeBase64(text)).toEqual(isCanonical ? new Uint8Array(Buffer.from(text, 'base64')) : null);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each(['A', 'AA', 'AAA', 'AB==', 'AAB=', 'AA=A', '====', 'A===', 'AAAA=', 'AA==AAAA', 'AA__', 'AAA\n'])(
    'refuses %j',
    (text) => {
      expect(decodeBase64(text)).toBeNull();
    },
  );
});

describe('decimals', () => {
  test('of a u64 have no leading zero, sign or space', () => {
    for (const text of [
      '',
      '00',
      '01',
      '+1',
      '-1',
      ' 1',
      '1 ',
      '1e3',
      '0x1',
      '١',
      '18446744073709551616',
      '9'.repeat(30),
    ]) {
      expect(parseDecimal(text)).toBeNull();
    }
    expect(parseDecimal('0')).toBe(0n);
    expect(parseDecimal('18446744073709551615')).toBe(2n ** 64n - 1n);
    expect(parseDecimal('5', 4n)).toBeNull();
  });
});

describe('text', () => {
  test('becomes the UTF-8 of the platform', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
        expect(utf8(text)).toEqual(new TextEncoder().encode(text));
      }),
    );
    expect(() => utf8('\ud800')).toThrow(InvariantError);
  });

  test('is plain without control characters and lone surrogates', () => {
    expect(isPlainText('a line\nand — another 😀\n')).toBe(true);
    for (const text of ['\r\n', '\0', '\t', '\u001f', 'x\ud800', '\udc00']) expect(isPlainText(text)).toBe(false);
    expect(isPlainText('a\tb', '\t')).toBe(true);
  });
});
