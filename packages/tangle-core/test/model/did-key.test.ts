import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceId } from '../../src/ids.js';
import { InvariantError } from '../../src/assert.js';
import { fromHex, toHex } from '../../src/codec/index.js';
import { deviceIdOf, deviceIdOfIssuer, issuerOf, issuerOfDevice, parseDeviceId } from '../../src/model/index.js';
import { bytesOfLength } from '../arbitraries.js';

// From the test vectors of the did:key specification: the key of the all-zero seed.
const key = fromHex('3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29');
const text = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp';

describe('a device id', () => {
  it('is the did:key of its key', () => {
    expect(deviceIdOf(1, key)).toBe(text);
    expect(parseDeviceId(text)).toEqual({
      ok: true,
      value: { deviceId: text, suite: 1, key, issuer: `01${toHex(key)}` },
    });
  });

  it('is one to one with key and issuer', () => {
    fc.assert(
      fc.property(bytesOfLength(32), (anyKey) => {
        const id = deviceIdOf(1, anyKey);
        expect(parseDeviceId(id)).toMatchObject({ ok: true, value: { key: anyKey } });
        expect(issuerOfDevice(id)).toBe(issuerOf(1, anyKey));
        expect(deviceIdOfIssuer(issuerOf(1, anyKey))).toBe(id);
      }),
    );
    for (const filling of [0, 255]) {
      const extreme = new Uint8Array(32).fill(filling);
      expect(parseDeviceId(deviceIdOf(1, extreme))).toMatchObject({ ok: true, value: { key: extreme } });
    }
  });

  it.each([
    ['empty', ''],
    ['of another method', text.replace('did:key', 'did:web')],
    ['in upper case', text.toUpperCase()],
    ['of another base', text.replace('key:z', 'key:u')],
    ['with a digit that base58 lacks', text.replace('ooWp', 'oOWp')],
    ['with a fragment', `${text}#0`],
    ['cut', text.slice(0, -1)],
    ['extended', `${text}1`],
    ['with a leading zero byte', text.replace('z6', 'z16').slice(0, -1)],
    ['of another kind of key', `did:key:z6LS${text.slice(12)}`],
    ['above 34 bytes', `did:key:z${'z'.repeat(47)}`],
    ['enormous', `did:key:z${'6'.repeat(1_000_000)}`],
  ])('is refused when %s, in a reason of bounded length', (_, other) => {
    const parsed = parseDeviceId(other, 'administrators[0]');
    expect(parsed).toMatchObject({ ok: false, reason: { code: 'malformed', field: 'administrators[0]' } });
    expect(JSON.stringify(parsed).length).toBeLessThan(300);
  });

  it('is never made of another suite, length or text', () => {
    expect(() => deviceIdOf(2, key)).toThrow(InvariantError);
    expect(() => deviceIdOf(1, key.subarray(1))).toThrow(InvariantError);
    expect(() => deviceIdOfIssuer('')).toThrow(InvariantError);
    expect(() => issuerOfDevice('did:key:z6Mk' as DeviceId)).toThrow(InvariantError);
  });
});
