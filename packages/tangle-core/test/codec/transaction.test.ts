import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NetworkId, TransactionId } from '../../src/ids.js';
import type { UnsignedTransaction } from '../../src/model/transaction.js';
import { InvariantError } from '../../src/assert.js';
import {
  decodeTransaction,
  encodeTransaction,
  encodeUnsignedTransaction,
  signedPartOf,
  toHex,
  TRANSACTION_OVERHEAD_BYTES,
  transactionIdOf,
} from '../../src/codec/index.js';
import { nobleCrypto } from '../../src/crypto/index.js';
import { TIMESTAMP_MS_MAX } from '../../src/ids.js';
import { bytesOfLength, unsignedTransactions } from '../arbitraries.js';

const example: UnsignedTransaction = {
  network: '0102030405060708' as NetworkId,
  suite: 1,
  issuerKey: new Uint8Array(32).fill(0x11),
  sequence: 0x2122_2324_2526_2728n,
  timestampMs: TIMESTAMP_MS_MAX,
  parents: ['aa'.repeat(32) as TransactionId, 'bb'.repeat(32) as TransactionId],
  payloadType: 0x3132,
  payload: Uint8Array.of(0x41, 0x42, 0x43),
};
const exampleBytes = encodeTransaction(example, new Uint8Array(64).fill(0x51));

/** The example with the bytes at `offset` replaced. */
function patched(offset: number, ...replacement: readonly number[]): Uint8Array {
  const bytes = exampleBytes.slice();
  bytes.set(replacement, offset);
  return bytes;
}

describe('the bytes of a transaction', () => {
  it('stand in the order of the format, big-endian', () => {
    expect(toHex(exampleBytes)).toBe(
      [
        '01',
        '01',
        '0102030405060708',
        '01',
        '11'.repeat(32),
        '2122232425262728',
        '0000e677d21fdbff',
        'aa'.repeat(32),
        'bb'.repeat(32),
        '3132',
        '0003',
        '414243',
        '51'.repeat(64),
      ].join(''),
    );
    expect(exampleBytes).toHaveLength(TRANSACTION_OVERHEAD_BYTES + 3);
    expect(signedPartOf(exampleBytes)).toEqual(encodeUnsignedTransaction(example));
  });

  it('have the hash over tag and all bytes as their id', () => {
    const id = createHash('sha256').update('tangle/tx/v1\0').update(exampleBytes).digest('hex');
    expect(transactionIdOf(exampleBytes, nobleCrypto)).toBe(id);
    expect(decodeTransaction(exampleBytes, nobleCrypto)).toMatchObject({
      ok: true,
      value: { kind: 'transaction', id, issuer: `01${'11'.repeat(32)}` },
    });
  });

  it('decode to the fields they were encoded from', () => {
    fc.assert(
      fc.property(unsignedTransactions, bytesOfLength(64), (unsigned, signature) => {
        const bytes = encodeTransaction(unsigned, signature);
        const decoded = decodeTransaction(bytes, nobleCrypto);
        expect(decoded).toMatchObject({ ok: true, value: { ...unsigned, signature, bytes } });
      }),
    );
  });

  it('encode again to the same bytes after any change that is not refused, under another id', () => {
    const id = transactionIdOf(exampleBytes, nobleCrypto);
    for (let offset = 0; offset < exampleBytes.length; offset++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const bytes = patched(offset, (exampleBytes[offset] ?? 0) ^ flip);
        const decoded = decodeTransaction(bytes, nobleCrypto);
        const encoded = decoded.ok ? encodeTransaction(decoded.value, decoded.value.signature) : bytes;
        expect(encoded).toEqual(bytes);
        expect(decoded.ok && decoded.value.id).not.toBe(id);
      }
    }
  });

  it('are refused when cut anywhere or extended', () => {
    for (let length = 0; length < exampleBytes.length; length++) {
      const decoded = decodeTransaction(exampleBytes.subarray(0, length), nobleCrypto);
      expect(decoded).toMatchObject({ ok: false, reason: { code: 'malformed' } });
    }
    const extended = new Uint8Array(exampleBytes.length + 1);
    extended.set(exampleBytes);
    expect(decodeTransaction(extended, nobleCrypto)).toEqual({
      ok: false,
      reason: { code: 'malformed', field: 'end', found: '1 bytes left over', allowed: 'none' },
    });
  });

  it('are refused or round-trip, whatever a stranger sends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const decoded = decodeTransaction(bytes, nobleCrypto);
        const encoded = decoded.ok ? encodeTransaction(decoded.value, decoded.value.signature) : bytes;
        expect(encoded).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['unsupported-version', 'version', patched(0, 2)],
    ['malformed', 'kind', patched(1, 2)],
    ['unsupported-suite', 'suite', patched(10, 2)],
    ['timestamp-out-of-range', 'timestamp', patched(51, 0, 0, 0xe6, 0x77, 0xd2, 0x1f, 0xdc, 0)],
    ['timestamp-out-of-range', 'timestamp', patched(51, 0xff)],
    ['malformed', 'payload', patched(125, 0xff, 0xff)],
    ['malformed', 'signature', patched(125, 0, 4)],
    ['malformed', 'end', patched(125, 0, 2)],
  ])('are refused as %s in the field %s', (code, field, bytes) => {
    expect(decodeTransaction(bytes, nobleCrypto)).toMatchObject({ ok: false, reason: { code, field } });
  });

  it('are copied, so that a reused receive buffer changes nothing', () => {
    const buffer = Buffer.from(exampleBytes);
    const decoded = decodeTransaction(buffer, nobleCrypto);
    buffer.fill(0);
    expect(decoded).toMatchObject({ ok: true, value: { bytes: exampleBytes, payload: example.payload } });
    expect(decoded.ok && Object.getPrototypeOf(decoded.value.payload)).toBe(Uint8Array.prototype);
  });

  it.each<[string, Partial<UnsignedTransaction>]>([
    ['a suite that is reserved', { suite: 2 }],
    ['a key of another length', { issuerKey: new Uint8Array(33) }],
    ['a network of another length', { network: '01' as NetworkId }],
    ['a parent of another length', { parents: ['aa' as TransactionId, example.parents[1]] }],
    ['a timestamp after year 9999', { timestampMs: TIMESTAMP_MS_MAX + 1 }],
    ['a payload longer than its length field', { payload: new Uint8Array(65_536) }],
    ['a sequence above 64 bits', { sequence: 2n ** 64n }],
  ])('are never made of %s', (_, change) => {
    expect(() => encodeUnsignedTransaction({ ...example, ...change })).toThrow(InvariantError);
  });

  it('are never made with a signature of another length', () => {
    expect(() => encodeTransaction(example, new Uint8Array(63))).toThrow(InvariantError);
  });
});
