/** Leaves of the log: one byte-form for each, and nothing else is a leaf. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest, StatementId } from '../../src/ids.js';
import type { Commit, Outcome } from '../../src/model/index.js';
import { InvariantError } from '../../src/assert.js';
import { fromHex, toHex } from '../../src/codec/index.js';
import { encodeTransaction } from '../../src/codec/index.js';
import { nobleCrypto } from '../../src/crypto/index.js';
import { TIMESTAMP_MS_MAX } from '../../src/ids.js';
import {
  COMMIT_RECORD_BYTES,
  decodeLeaf,
  encodeCommitRecord,
  encodeLogEntry,
  ENTRY_BYTES_MAX,
  leavesOfCommit,
  LOG_ENTRY_OVERHEAD_BYTES,
} from '../../src/log/index.js';
import { PAYLOAD_BYTES_MAX } from '../../src/model/index.js';
import { TRANSACTION_OVERHEAD_BYTES } from '../../src/codec/index.js';
import { bytesOfLength, statementIds, unsignedTransactions } from '../arbitraries.js';

const crypto = nobleCrypto;
const fromOne = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const digests = statementIds.map((id) => id as string as Digest);
const rejections = [
  'unknown-device',
  'revoked',
  'quarantined',
  'sequence-too-old',
  'sequence-used',
  'not-authorised',
  'malformed-payload',
] as const;
const outcomes: readonly Outcome[] = [
  { status: 'accepted' },
  ...rejections.map((code) => ({ status: 'rejected', code }) as const),
];

const records = fc.record({
  commitIndex: fromOne,
  timeMs: fc.integer({ min: 0, max: TIMESTAMP_MS_MAX }),
  leader: statementIds,
  digest: digests,
  stateDigest: fc.option(digests),
  firstPosition: fromOne,
  count: fc.integer({ min: 1, max: 0xffff_ffff }),
});
const entries = fc.record({
  commitIndex: fromOne,
  issuerIndex: fromOne,
  outcome: fc.constantFrom(...outcomes),
  bytes: fc
    .tuple(unsignedTransactions, bytesOfLength(64))
    .map(([unsigned, signature]) => encodeTransaction(unsigned, signature)),
});

function reasonOf(bytes: Uint8Array): string {
  const decoded = decodeLeaf(bytes, crypto);
  return decoded.ok ? 'ok' : `${decoded.reason.code}: ${decoded.reason.field}`;
}

describe('a commit record', () => {
  const record = {
    commitIndex: 258,
    timeMs: 1_767_225_600_000,
    leader: '11'.repeat(32) as StatementId,
    digest: '22'.repeat(32) as Digest,
    stateDigest: null,
    firstPosition: 2 ** 33,
    count: 3,
  };
  const bytes = encodeCommitRecord(record);

  test('has its documented bytes', () => {
    expect(toHex(bytes)).toBe(
      [
        '01',
        '03',
        '0000000000000102',
        '0000019b76daa800',
        '11'.repeat(32),
        '22'.repeat(32),
        '00'.repeat(32),
        '0000000200000000',
        '00000003',
      ].join(''),
    );
    expect(bytes).toHaveLength(COMMIT_RECORD_BYTES);
  });

  test('is read as it is written', () => {
    fc.assert(
      fc.property(records, (fields) => {
        expect(decodeLeaf(encodeCommitRecord(fields), crypto)).toEqual({
          ok: true,
          value: { kind: 'commit-record', ...fields },
        });
      }),
    );
  });

  test('refuses what no encoder writes', () => {
    const changed = (offset: number, hex: string): Uint8Array => {
      const copy = bytes.slice();
      copy.set(fromHex(hex), offset);
      return copy;
    };
    expect(reasonOf(changed(0, '02'))).toBe('unsupported-version: version');
    expect(reasonOf(changed(2, '0000000000000000'))).toBe('malformed: commit index');
    expect(reasonOf(changed(2, '0020000000000000'))).toBe('malformed: commit index');
    expect(reasonOf(changed(10, 'ffffffffffffffff'))).toBe('timestamp-out-of-range: timestamp');
    expect(reasonOf(changed(114, '0000000000000000'))).toBe('malformed: first position');
    expect(reasonOf(changed(122, '00000000'))).toBe('malformed: count');
    expect(reasonOf(bytes.subarray(0, -1))).toBe('malformed: count');
    expect(reasonOf(Uint8Array.of(...bytes, 0))).toBe('malformed: end');
  });

  test('cannot be made of fields out of their range', () => {
    const zeros = '0'.repeat(64) as Digest;
    for (const bad of [
      { commitIndex: 0 },
      { firstPosition: 0 },
      { count: 0 },
      { stateDigest: zeros },
      { timeMs: TIMESTAMP_MS_MAX + 1 },
    ]) {
      expect(() => encodeCommitRecord({ ...record, ...bad })).toThrow(InvariantError);
    }
  });
});

describe('an entry', () => {
  test('is read as it is written, with the transaction’s own bytes', () => {
    fc.assert(
      fc.property(entries, ({ bytes, ...fields }) => {
        const decoded = decodeLeaf(encodeLogEntry(fields, bytes), crypto);
        expect(decoded).toMatchObject({ ok: true, value: { kind: 'entry', ...fields, transaction: { bytes } } });
      }),
    );
  });

  test('is the same bytes again where other bytes can be read at all', () => {
    const [sample] = fc.sample(entries, { seed: 7, numRuns: 1 });
    const bytes = encodeLogEntry(sample!, sample!.bytes);
    for (let offset = 0; offset < bytes.length; offset++) {
      for (const bit of [1, 0x80]) {
        const changed = bytes.slice();
        changed[offset]! ^= bit;
        const decoded = decodeLeaf(changed, crypto);
        if (!decoded.ok || decoded.value.kind !== 'entry') continue;
        expect(encodeLogEntry(decoded.value, decoded.value.transaction.bytes)).toEqual(changed);
      }
    }
  });

  test('has a byte for each outcome, which never changes', () => {
    const [sample] = fc.sample(entries, { seed: 7, numRuns: 1 });
    for (const [byte, outcome] of outcomes.entries()) {
      expect(encodeLogEntry({ ...sample!, outcome }, sample!.bytes)[18]).toBe(byte);
    }
  });

  test('refuses another kind, an unknown outcome, an index 0 and a broken transaction', () => {
    const [sample] = fc.sample(entries, { seed: 7, numRuns: 1 });
    const bytes = encodeLogEntry(sample!, sample!.bytes);
    const changed = (offset: number, byte: number): Uint8Array => bytes.map((old, at) => (at === offset ? byte : old));
    for (const kind of [0, 1, 2, 5]) expect(reasonOf(changed(1, kind))).toBe('malformed: kind');
    expect(reasonOf(changed(0, 0))).toBe('unsupported-version: version');
    expect(reasonOf(changed(18, outcomes.length))).toBe('malformed: outcome');
    expect(reasonOf(bytes.map((old, at) => (at >= 10 && at < 18 ? 0 : old)))).toBe('malformed: issuer index');
    expect(reasonOf(changed(20, 2))).toBe('malformed: kind');
    expect(reasonOf(bytes.subarray(0, -1))).toBe('malformed: signature');
    expect(reasonOf(new Uint8Array(0))).toBe('malformed: version');
  });

  test('with the largest payload fits a bundle', () => {
    expect(LOG_ENTRY_OVERHEAD_BYTES + TRANSACTION_OVERHEAD_BYTES + PAYLOAD_BYTES_MAX).toBeLessThanOrEqual(
      ENTRY_BYTES_MAX,
    );
  });
});

describe('the leaves of a commit', () => {
  const [first, second] = fc.sample(entries, { seed: 11, numRuns: 2 });
  const commit: Commit = {
    index: 9,
    epoch: 0,
    round: 12,
    leader: 'ab'.repeat(32) as StatementId,
    timeMs: 1_767_225_600_123,
    digest: 'cd'.repeat(32) as Digest,
    stateDigest: 'ef'.repeat(32) as Digest,
    recordPosition: 40,
    entries: [first!, second!].map(({ issuerIndex, outcome }, index) => ({
      id: `${index}` as Commit['entries'][number]['id'],
      position: 41 + index,
      issuer: '',
      issuerIndex,
      outcome,
      evidence: false,
    })),
    statements: [],
  };

  test('are its record and then its entries in order', () => {
    const leaves = leavesOfCommit(commit, (id) => [first!, second!][Number(id)]!.bytes).map((leaf) =>
      decodeLeaf(leaf, crypto),
    );
    expect(leaves).toMatchObject([
      {
        value: { kind: 'commit-record', commitIndex: 9, firstPosition: 41, count: 2, stateDigest: commit.stateDigest },
      },
      { value: { kind: 'entry', commitIndex: 9, transaction: { bytes: first!.bytes } } },
      { value: { kind: 'entry', commitIndex: 9, transaction: { bytes: second!.bytes } } },
    ]);
  });

  test('are none where it finalises nothing', () => {
    expect(leavesOfCommit({ ...commit, recordPosition: null, entries: [] }, () => new Uint8Array(0))).toEqual([]);
  });
});
