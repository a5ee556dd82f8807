import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { fromHex, parseHex, toHex, writeHex } from '../../src/codec/index.js';

describe('hex', () => {
  it('writes and reads any bytes as Node does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(parseHex(toHex(bytes), bytes.length)).toEqual(bytes);
      }),
    );
  });

  it('writes a part of the bytes', () => {
    expect(toHex(Uint8Array.of(1, 0xab, 0xcd, 4), 1, 3)).toBe('abcd');
  });

  it.each(['AB', '0', '0g', ' 0', 'é0', '0é', 'aba'])('reads nothing but pairs of lower-case digits: %j', (text) => {
    expect(parseHex(text, 1)).toBeNull();
    expect(() => fromHex(text)).toThrow(InvariantError);
  });

  it('reads nothing of another length, and never writes past the target', () => {
    expect(parseHex('abcd', 1)).toBeNull();
    expect(parseHex('ab', 2)).toBeNull();
    expect(writeHex('abcd', new Uint8Array(2), 1)).toBe(false);
  });
});
