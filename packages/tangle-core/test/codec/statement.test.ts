import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NetworkId, StatementId, TransactionId } from '../../src/ids.js';
import type { UnsignedStatement } from '../../src/model/statement.js';
import { InvariantError } from '../../src/assert.js';
import {
  decodeStatement,
  encodeStatement,
  encodeUnsignedStatement,
  signedPartOf,
  STATEMENT_OVERHEAD_BYTES,
  statementIdOf,
  toHex,
} from '../../src/codec/index.js';
import { nobleCrypto } from '../../src/crypto/index.js';
import { TIMESTAMP_MS_MAX } from '../../src/ids.js';
import { bytesOfLength, unsignedStatements } from '../arbitraries.js';

const example: UnsignedStatement = {
  network: '0102030405060708' as NetworkId,
  epoch: 0x1112_1314,
  round: 0x21_2223_2425,
  author: 0x3132,
  timestampMs: 0x41_4243_4445,
  self: 'aa'.repeat(32) as StatementId,
  prev: ['aa'.repeat(32) as StatementId, 'bb'.repeat(32) as StatementId],
  tips: ['cc'.repeat(32) as TransactionId],
};
const exampleBytes = encodeStatement(example, new Uint8Array(64).fill(0x51));

function patched(offset: number, ...replacement: readonly number[]): Uint8Array {
  const bytes = exampleBytes.slice();
  bytes.set(replacement, offset);
  return bytes;
}

describe('the bytes of a statement', () => {
  it('stand in the order of the format, big-endian', () => {
    expect(toHex(exampleBytes)).toBe(
      [
        '01',
        '02',
        '0102030405060708',
        '11121314',
        '0000002122232425',
        '3132',
        '0000004142434445',
        'aa'.repeat(32),
        '0002',
        '0001',
        'aa'.repeat(32),
        'bb'.repeat(32),
        'cc'.repeat(32),
        '51'.repeat(64),
      ].join(''),
    );
    expect(exampleBytes).toHaveLength(STATEMENT_OVERHEAD_BYTES + 3 * 32);
    expect(signedPartOf(exampleBytes)).toEqual(encodeUnsignedStatement(example));
  });

  it('have the hash over tag and all bytes as their id', () => {
    const id = createHash('sha256').update('tangle/statement/v1\0').update(exampleBytes).digest('hex');
    expect(statementIdOf(exampleBytes, nobleCrypto)).toBe(id);
    expect(decodeStatement(exampleBytes, nobleCrypto)).toMatchObject({ ok: true, value: { kind: 'statement', id } });
  });

  it('write no own statement as zeros', () => {
    const bytes = encodeStatement({ ...example, self: null }, new Uint8Array(64));
    expect(toHex(bytes, 32, 64)).toBe('00'.repeat(32));
    expect(decodeStatement(bytes, nobleCrypto)).toMatchObject({ ok: true, value: { self: null } });
  });

  it('decode to the fields they were encoded from', () => {
    fc.assert(
      fc.property(unsignedStatements, bytesOfLength(64), (unsigned, signature) => {
        const bytes = encodeStatement(unsigned, signature);
        const decoded = decodeStatement(bytes, nobleCrypto);
        expect(decoded).toMatchObject({ ok: true, value: { ...unsigned, signature, bytes } });
      }),
    );
  });

  it('encode again to the same bytes after any change that is not refused, under another id', () => {
    const id = statementIdOf(exampleBytes, nobleCrypto);
    for (let offset = 0; offset < exampleBytes.length; offset++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const bytes = patched(offset, (exampleBytes[offset] ?? 0) ^ flip);
        const decoded = decodeStatement(bytes, nobleCrypto);
        const encoded = decoded.ok ? encodeStatement(decoded.value, decoded.value.signature) : bytes;
        expect(encoded).toEqual(bytes);
        expect(decoded.ok && decoded.value.id).not.toBe(id);
      }
    }
  });

  it('are refused when cut anywhere or extended', () => {
    for (let length = 0; length < exampleBytes.length; length++) {
      const decoded = decodeStatement(exampleBytes.subarray(0, length), nobleCrypto);
      expect(decoded).toMatchObject({ ok: false, reason: { code: 'malformed' } });
    }
    const extended = new Uint8Array(exampleBytes.length + 1);
    extended.set(exampleBytes);
    expect(decodeStatement(extended, nobleCrypto)).toMatchObject({ ok: false, reason: { field: 'end' } });
  });

  it.each([
    ['unsupported-version', 'version', patched(0, 0)],
    ['malformed', 'kind', patched(1, 1)],
    ['malformed', 'round', patched(14, 0, 0x20)],
    ['timestamp-out-of-range', 'timestamp', patched(24, 1)],
    ['malformed', 'prev', patched(64, 0xff, 0xff)],
    ['malformed', 'tips', patched(66, 0xff, 0xff)],
    ['malformed', 'end', patched(66, 0, 0)],
  ])('are refused as %s in the field %s', (code, field, bytes) => {
    expect(decodeStatement(bytes, nobleCrypto)).toMatchObject({ ok: false, reason: { code, field } });
  });

  it.each<[string, Partial<UnsignedStatement>]>([
    ['an own statement of zeros', { self: '00'.repeat(32) as StatementId }],
    ['an id of another length', { tips: ['cc' as TransactionId] }],
    ['a network of another length', { network: '01' as NetworkId }],
    ['a timestamp after year 9999', { timestampMs: TIMESTAMP_MS_MAX + 1 }],
    ['a negative round', { round: -1 }],
  ])('are never made of %s', (_, change) => {
    expect(() => encodeUnsignedStatement({ ...example, ...change })).toThrow(InvariantError);
  });

  it('are never made with a signature of another length', () => {
    expect(() => encodeStatement(example, new Uint8Array(65))).toThrow(InvariantError);
  });
});
