/** The registry payload: one byte form for each change, and nothing else is read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/codec/index.js';
import {
  decodeRegistryPayload,
  DEVICE_ROLES,
  encodeRegistryPayload,
  type RegistryChange,
} from '../../src/model/index.js';

const KEY = '5a'.repeat(32);
const key = fromHex(KEY);

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
const changes: fc.Arbitrary<RegistryChange> = fc.oneof(
  fc.record({
    action: fc.constant('register' as const),
    suite: fc.constant(1),
    key: keys,
    role: fc.constantFrom(...DEVICE_ROLES),
    ratePerSecond: fc.integer({ min: 0, max: 0xffff_ffff }),
  }),
  fc.record({ action: fc.constantFrom('revoke', 'quarantine', 'release'), suite: fc.constant(1), key: keys }),
);

describe('its bytes', () => {
  test.each<[RegistryChange, string]>([
    [{ action: 'register', suite: 1, key, role: 'device', ratePerSecond: 10 }, `010101${KEY}010000000a`],
    [{ action: 'register', suite: 1, key, role: 'operator', ratePerSecond: 0 }, `010101${KEY}0200000000`],
    [
      { action: 'register', suite: 1, key, role: 'administrator', ratePerSecond: 0xffff_ffff },
      `010101${KEY}03ffffffff`,
    ],
    [{ action: 'revoke', suite: 1, key }, `010201${KEY}`],
    [{ action: 'quarantine', suite: 1, key }, `010301${KEY}`],
    [{ action: 'release', suite: 1, key }, `010401${KEY}`],
  ])('%# are written down and read back', (change, hex) => {
    expect(toHex(encodeRegistryPayload(change))).toBe(hex);
    expect(decodeRegistryPayload(fromHex(hex))).toEqual({ ok: true, value: change });
  });

  test('every change survives encoding and decoding', () => {
    fc.assert(
      fc.property(changes, (change) => {
        expect(decodeRegistryPayload(encodeRegistryPayload(change))).toEqual({ ok: true, value: change });
      }),
    );
  });

  test('what is read at all encodes to the same bytes, and every other input is a value, not an exception', () => {
    const mutated = fc
      .tuple(changes, fc.nat(39), fc.integer({ min: 0, max: 255 }))
      .map(([change, index, byte]) => encodeRegistryPayload(change).map((old, at) => (at === index ? byte : old)));
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 48 })), (bytes) => {
        const decoded = decodeRegistryPayload(bytes);
        const result = decoded.ok ? toHex(encodeRegistryPayload(decoded.value)) : decoded.reason.code;
        expect(result).toBe(decoded.ok ? toHex(bytes) : 'malformed');
      }),
    );
  });

  test('the key does not share memory with the payload', () => {
    const payload = encodeRegistryPayload({ action: 'revoke', suite: 1, key });
    const decoded = decodeRegistryPayload(payload);
    payload.fill(0);
    expect(decoded).toMatchObject({ ok: true, value: { key } });
  });
});

describe('refusals name the field', () => {
  test.each([
    ['version', `020201${KEY}`],
    ['version', ''],
    ['action', `010001${KEY}`],
    ['action', `010501${KEY}`],
    ['suite', `010202${KEY}`],
    ['key', `010201${KEY.slice(2)}`],
    ['role', `010101${KEY}`],
    ['role', `010101${KEY}0000000000`],
    ['role', `010101${KEY}0400000000`],
    ['rate per second', `010101${KEY}01000000`],
    ['end', `010101${KEY}010000000a00`],
    ['end', `010201${KEY}00`],
    ['end', `010201${KEY}0100000000`],
  ])('%s in %s', (field, hex) => {
    expect(decodeRegistryPayload(fromHex(hex))).toMatchObject({ ok: false, reason: { code: 'malformed', field } });
  });
});

test('a field out of its range is a bug of the encoder', () => {
  expect(() => encodeRegistryPayload({ action: 'revoke', suite: 2, key })).toThrow('suite 2');
  expect(() => encodeRegistryPayload({ action: 'revoke', suite: 1, key: new Uint8Array(31) })).toThrow('31 bytes');
  const rate = (ratePerSecond: number) => () =>
    encodeRegistryPayload({ action: 'register', suite: 1, key, role: 'device', ratePerSecond });
  expect(rate(-1)).toThrow('is not an integer');
  expect(rate(2 ** 32)).toThrow('is not an integer');
  expect(rate(1.5)).toThrow('is not an integer');
});
