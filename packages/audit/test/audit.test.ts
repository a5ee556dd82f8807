/** What an auditor is told of good files, of changed ones, and of files that are something else. */
import { describe, expect, test } from 'vitest';
import { nobleCrypto, nobleSigner } from '@tangle/core/crypto';
import { genesisToJson, PAYLOAD_TYPE } from '@tangle/core/model';
import { addReadingToProof, createBatch } from '@tangle/core/proof';
import { testDevice, testNetwork, testTransaction } from '@tangle/core/testing';
import { packReadings } from '@tangle/telemetry';
import { CertifiedLog } from '../../tangle-core/test/proof/fixtures.js';
import { judge, reportOf, type AuditReport } from '../src/index.js';

const TIME_MS = Date.parse('2026-01-01T00:00:40Z');

const network = testNetwork({ weights: [1, 1, 1, 1], name: 'plant', crypto: nobleCrypto, signerOf: nobleSigner });
const genesis = utf8(JSON.stringify(genesisToJson(network.genesis)));
const device = testDevice('pump', nobleSigner);
const batch = createBatch(
  {
    stream: 'gearbox',
    timing: { kind: 'regular', firstTimeMs: TIME_MS, ratePerSecond: 1_000 },
    channels: [
      { name: 'a1', unit: 'm/s2' },
      { name: 'a2', unit: '' },
    ],
    values: Float64Array.from({ length: 20 }, (_, index) => (index === 7 ? Number.NaN : index + 0.5)),
  },
  new Uint8Array(32).fill(7),
  nobleCrypto,
);
const payload = packReadings([
  { name: 'TS1', value: 35.1, unit: 'Cel', timeMs: TIME_MS },
  { name: 'state', value: 'run', timeMs: TIME_MS },
]);
const log = new CertifiedLog(network, [
  [signed(1, PAYLOAD_TYPE.telemetry, payload), signed(2, PAYLOAD_TYPE.anchor, batch.payload)],
]);
const READING_POSITION = 1;
const ANCHOR_POSITION = 2;

function signed(sequence: number, payloadType: number, bytes: Uint8Array): Uint8Array {
  return testTransaction(network, device, { sequence, payloadType, payload: bytes, timestampMs: TIME_MS }).bytes;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function tell(file: string | Uint8Array, of: Uint8Array = genesis): AuditReport {
  return reportOf(judge({ file: typeof file === 'string' ? utf8(file) : file, genesis: of }, nobleCrypto));
}

function factOf(report: AuditReport, label: string): string | undefined {
  return report.facts.find((fact) => fact.label === label)?.value;
}

describe('of a good proof', () => {
  test('a person is told the readings, who signed them, when, and what stays open', () => {
    const report = tell(log.proof(READING_POSITION));
    expect(report.verdict).toBe('proven');
    expect(report.headline).toBe(`Proven. 2 readings of device …${device.deviceId.slice(-8)} stand in the ledger.`);
    expect(report.explanation).toMatch(/^3 validators \(a, b, c\) signed for it, of weight 3 where 3 is a quorum/);
    expect(report.table?.rows).toEqual([
      ['TS1', '35.1', 'Cel', '2026-01-01T00:00:40.000Z'],
      ['state', 'run', '', '2026-01-01T00:00:40.000Z'],
    ]);
    expect(factOf(report, 'Device')).toBe(device.deviceId);
    expect(factOf(report, 'Network')).toContain(network.genesis.hash);
    expect(report.limits).toHaveLength(3);
    expect(new Set(report.checks.map(({ status }) => status))).toEqual(new Set(['passed']));
  });

  test('of one sample of a batch that sample alone is shown', () => {
    const proof = addReadingToProof(log.proof(ANCHOR_POSITION), batch.reading(3));
    if (!proof.ok) throw new Error(proof.reason.field);
    const report = tell(proof.value);
    expect(report.headline).toMatch(/^Proven\. Sample 3 of a batch of device/);
    expect(factOf(report, 'Sample')).toBe('number 3 (from 0) of 10, stream gearbox');
    expect(report.table?.rows).toEqual([
      [expect.stringContaining('a1'), '6.5', 'm/s2', '2026-01-01T00:00:40.003Z'],
      [expect.stringContaining('a2'), 'none', '', '2026-01-01T00:00:40.003Z'],
    ]);
    expect(report.limits.join(' ')).toContain('the other samples');
  });

  test('of a whole batch the ledger shows no sample', () => {
    const report = tell(log.proof(ANCHOR_POSITION));
    expect([report.headline, report.table]).toEqual([expect.stringMatching(/^Proven\. A transaction of/), null]);
  });

  test('of a commit record its commit and its time are told', () => {
    const report = tell(log.proof(0));
    expect(report.headline).toBe('Proven. The record of commit 1 stands in the ledger.');
    expect(factOf(report, 'Commit')).toBe('1, with 2 transactions');
  });
});

test('signature lines of keys that are not the network’s are told of', () => {
  const stranger = `\u2014 elsewhere.example/log AAAAAA${'A'.repeat(90)}\n`;
  expect(tell(log.proof(READING_POSITION) + stranger).limits).toContainEqual(
    'Who made 1 further signature in the file: the genesis names no such keys.',
  );
});

describe('of a file that does not verify', () => {
  test('the failed check comes last, with where and what', () => {
    const report = tell(log.proof(READING_POSITION).replace('index 1\n', 'index 2\n'));
    expect(report).toMatchObject({ verdict: 'refused', facts: [], table: null });
    expect(report.checks.map(({ status }) => status).lastIndexOf('passed')).toBe(report.checks.length - 2);
    expect(report.checks.at(-1)).toMatchObject({ name: 'path', status: 'failed' });
    expect(report.explanation).toBe(report.checks.at(-1)?.detail);
  });

  test.each([
    ['a proof of another network', log.proof(1), utf8(JSON.stringify(genesisToJson(otherGenesis()))), 'origin'],
    ['a genesis that is no JSON', log.proof(1), utf8('{'), 'genesis'],
    ['a genesis of other bytes', log.proof(1), Uint8Array.of(0xff), 'genesis'],
    ['a file of other bytes', Uint8Array.of(0xc0, 0x80), genesis, 'file-form'],
    ['an empty file', '', genesis, 'file-form'],
    ['a byte order mark before the proof', `\ufeff${log.proof(1)}`, genesis, 'file-form'],
  ])('%s is refused', (_, file, of, check) => {
    const report = tell(file, of);
    expect([report.verdict, report.checks.at(-1)?.name]).toEqual(['refused', check]);
    expect(report.headline).toMatch(/^Not proven\. /);
  });
});

function otherGenesis() {
  return testNetwork({ weights: [1], name: 'other', crypto: nobleCrypto, signerOf: nobleSigner }).genesis;
}
