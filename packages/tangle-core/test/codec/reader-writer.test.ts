import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { describeReason, excerpt, Reader, Writer } from '../../src/codec/index.js';

describe('Writer and Reader', () => {
  it('write big-endian and read back what was written', () => {
    const bytes = new Writer(1 + 2 + 4 + 8 + 8 + 2 + 2)
      .u8(1)
      .u16(0x0203)
      .u32(0x0405_0607)
      .u64(0x08)
      .u64(0xffff_ffff_ffff_ffffn)
      .bytes(Uint8Array.of(9, 10))
      .hex('0b0c')
      .finish();
    expect([...bytes.subarray(0, 15)]).toEqual([1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 8]);
    const reader = new Reader(bytes);
    expect(reader.u8('a')).toBe(1);
    expect(reader.u16('b')).toBe(0x0203);
    expect(reader.u32('c')).toBe(0x0405_0607);
    expect(reader.safeU64('d')).toBe(8);
    expect(reader.u64('e')).toBe(0xffff_ffff_ffff_ffffn);
    expect(reader.bytes(2, 'f')).toEqual(Uint8Array.of(9, 10));
    expect(reader.offset).toBe(25);
    expect(reader.hex(2, 'g')).toBe('0b0c');
    expect(reader.finish()).toBeNull();
  });

  it('keep every safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new Writer(8).u64(value).finish();
        expect(bytes).toEqual(new Writer(8).u64(BigInt(value)).finish());
        expect(new Reader(bytes).safeU64('value')).toBe(value);
      }),
    );
  });
});

describe('Reader', () => {
  it('stops at the first field past the end and names it', () => {
    const reader = new Reader(Uint8Array.of(1, 2, 3));
    reader.u16('first');
    reader.u32('second');
    expect([reader.u8('third'), reader.u16('third'), reader.u32('third'), reader.safeU64('third')]).toEqual([
      0, 0, 0, 0,
    ]);
    expect([reader.u64('third'), reader.hex(1, 'third'), reader.bytes(1, 'third').length]).toEqual([0n, '', 0]);
    const reason = { code: 'malformed', field: 'second', found: '1 bytes left', allowed: '4 bytes' };
    expect(reader.finish()).toEqual(reason);
    expect(reader.failure).toEqual(reason);
  });

  it('refuses bytes left over', () => {
    const reader = new Reader(Uint8Array.of(1, 2, 3));
    reader.u8('first');
    expect(reader.finish()).toEqual({ code: 'malformed', field: 'end', found: '2 bytes left over', allowed: 'none' });
  });

  it('refuses a u64 above the safe integers where a number is wanted', () => {
    const reader = new Reader(new Writer(8).u64(2n ** 53n).finish());
    expect(reader.safeU64('round')).toBe(0);
    expect(reader.finish()).toMatchObject({ code: 'malformed', field: 'round', found: '9007199254740992' });
  });

  it('reads inside a larger buffer', () => {
    const reader = new Reader(new Uint8Array([9, 9, 1, 2, 9]).subarray(2, 4));
    expect(reader.u16('value')).toBe(0x0102);
    expect(reader.finish()).toBeNull();
  });
});

describe('Writer', () => {
  it.each<[string, (writer: Writer) => unknown]>([
    ['a negative number', (writer) => writer.u8(-1)],
    ['a fraction', (writer) => writer.u32(1.5)],
    ['a u8 of 256', (writer) => writer.u8(256)],
    ['a u16 of 65,536', (writer) => writer.u16(65_536)],
    ['a u32 of 2^32', (writer) => writer.u32(2 ** 32)],
    ['an unsafe integer', (writer) => writer.u64(2 ** 53)],
    ['a bigint of 65 bits', (writer) => writer.u64(2n ** 64n)],
    ['a negative bigint', (writer) => writer.u64(-1n)],
    ['text that is not hex', (writer) => writer.hex('zz')],
    ['half a byte of hex', (writer) => writer.hex('abc')],
    ['more bytes than announced', (writer) => writer.bytes(new Uint8Array(9))],
    ['a buffer that is not full', (writer) => writer.u8(1).finish()],
  ])('throws on %s', (_, write) => {
    expect(() => write(new Writer(8))).toThrow(InvariantError);
  });
});

describe('a reason', () => {
  it('reads as one line', () => {
    expect(describeReason({ code: 'malformed', field: 'kind', found: 3, allowed: '1' })).toBe(
      'malformed: kind is 3, allowed: 1',
    );
  });

  it('shortens what a stranger wrote', () => {
    expect(excerpt('short')).toBe('short');
    expect(excerpt('x'.repeat(1_000), 10)).toBe('xxxxxxxxxx… (1000 characters)');
  });
});
