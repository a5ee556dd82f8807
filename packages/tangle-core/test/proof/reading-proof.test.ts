/** Proofs of one sample of a batch, with the record that tells the commit time: what they say, their size, each failure. */
import { describe, expect, test } from 'vitest';
import type { BatchReading, ProofExtra } from '../../src/proof/index.js';
import { describeReason } from '../../src/codec/index.js';
import { genesisToJson, PAYLOAD_TYPE } from '../../src/model/index.js';
import {
  addReadingToProof,
  createBatch,
  decodeExtra,
  encodeExtra,
  formatProofFile,
  parseProofFile,
  verifyFile,
  verifyProof,
} from '../../src/proof/index.js';
import { Prng, testDevice, testNetwork, testTransaction } from '../../src/testing/index.js';
import { CertifiedLog, COMMIT_SPACING_MS, withByteChanged } from './fixtures.js';
import { vibration } from './vibration.js';

const network = testNetwork({ weights: [1, 1, 1, 1], name: 'plant' });
const { genesis, crypto } = network;
const genesisText = JSON.stringify(genesisToJson(genesis));
const device = testDevice('gearbox');
const replay = Number(process.env['SEED'] ?? 20_261_122);
const batch = createBatch(vibration(1_000), new Uint8Array(32).fill(5), crypto);
const anchor = { payloadType: PAYLOAD_TYPE.anchor, payload: batch.payload };
const plain = { payloadType: PAYLOAD_TYPE.opaque };
const log = new CertifiedLog(
  network,
  [[plain, plain], [plain, anchor, plain], [anchor]].map((contents, commit) =>
    contents.map(
      (content, index) => testTransaction(network, device, { ...content, sequence: commit * 8 + index }).bytes,
    ),
  ),
);
/** The anchor of the second commit: its record at 3, itself at 5. */
const ANCHOR = 5;
const good = readingProof(ANCHOR, batch.reading(321));

function readingProof(position: number, reading: BatchReading, withRecord = true): string {
  const proof = addReadingToProof(log.proof(position, { withRecord }), reading);
  if (!proof.ok) throw new Error(describeReason(proof.reason));
  return proof.value;
}

function failureOf(text: string): string {
  const verdict = verifyProof(text, genesis, crypto);
  return verdict.ok ? 'ok' : `${verdict.failed.check}: ${verdict.failed.reason.field}`;
}

/** The good proof with parts of its extra line replaced. */
function changed(change: (extra: ProofExtra) => Partial<ProofExtra>): string {
  const file = parseProofFile(good);
  const extra = file.ok && file.value.extra !== null ? decodeExtra(file.value.extra) : file;
  if (!file.ok || !extra.ok || !('leaf' in extra.value)) throw new Error('the good proof is one');
  return formatProofFile({ ...file.value, extra: encodeExtra({ ...extra.value, ...change(extra.value) }) });
}

describe('a proof of one reading', () => {
  test('says which it is, of what batch, when it was taken, signed and committed', () => {
    const verdict = verifyFile(good, genesisText, crypto);
    if (!verdict.ok || verdict.kind !== 'proof') throw new Error(JSON.stringify(verdict));
    expect(verdict.checks.map(({ check }) => check)).toEqual(
      [
        'genesis file-form checkpoint-form origin leaf-form index path record log-signature cosignature cosignature cosignature'.split(
          ' ',
        ),
        'weight network transaction-form transaction-signature outcome reading-form reading-path'.split(' '),
      ].flat(),
    );
    expect(verdict.proof).toMatchObject({
      position: ANCHOR,
      commitTimeMs: genesis.parameters.time + COMMIT_SPACING_MS,
      leaf: { kind: 'entry', outcome: { status: 'accepted' }, transaction: { timestampMs: genesis.parameters.time } },
      reading: { ...batch.sample(321), stream: 'gearbox/', count: 1_000 },
    });
  });

  test('holds for every sample, in a batch of any size', () => {
    for (const count of [1, 2, 3, 7, 64, 65]) {
      const small = createBatch(vibration(count), new Uint8Array(32), crypto);
      const content = { payloadType: PAYLOAD_TYPE.anchor, payload: small.payload };
      const own = new CertifiedLog(network, [[testTransaction(network, device, { ...content, sequence: 1 }).bytes]]);
      for (let index = 0; index < count; index++) {
        const proof = addReadingToProof(own.proof(1), small.reading(index));
        const verdict = proof.ok ? verifyProof(proof.value, genesis, crypto) : proof;
        expect(verdict).toMatchObject({ ok: true, proof: { reading: { index }, commitTimeMs: null } });
      }
    }
  });

  test('shows nothing of its neighbours but hashes', () => {
    const secret = createBatch(vibration(8), new Uint8Array(32).fill(1), crypto);
    const { sample, salt, path } = secret.reading(3);
    const shown = [sample, salt, ...path].map((bytes) => Buffer.from(bytes).toString('hex')).join();
    for (const index of [0, 1, 2, 4, 5, 6, 7]) {
      const hidden = secret.reading(index);
      expect(shown).not.toContain(Buffer.from(hidden.sample).toString('hex'));
      expect(shown).not.toContain(Buffer.from(hidden.salt).toString('hex'));
    }
  });

  test('of a batch of 20,000 takes no more than 3 kB in a log of 100,000 leaves', () => {
    const large = createBatch(vibration(20_000), new Uint8Array(32).fill(5), crypto);
    const bytes = testTransaction(network, device, { ...anchor, payload: large.payload, sequence: 1 }).bytes;
    const own = new CertifiedLog(network, [[bytes]]);
    const proof = addReadingToProof(own.proof(1, { withRecord: true }), large.reading(12_345));
    if (!proof.ok) throw new Error(describeReason(proof.reason));
    // A path of 17 hashes instead of this one's single hash, and three more beside the record.
    const size = Buffer.byteLength(proof.value) + 16 * 45 + 3 * 44;
    expect(size).toBeLessThanOrEqual(3_000);
  });
});

describe('a proof of one reading fails', () => {
  const reading = (change: Partial<BatchReading>): string =>
    changed((extra) => ({ reading: { ...extra.reading!, ...change } }));

  test('where the leaf is no anchor', () => {
    expect(failureOf(readingProof(4, batch.reading(0)))).toBe('reading-form: leaf');
    expect(failureOf(readingProof(3, batch.reading(0), false))).toBe('reading-form: leaf');
  });

  test('where the payload is no anchor that can be read', () => {
    const content = { payloadType: PAYLOAD_TYPE.anchor, payload: batch.payload.with(0, 9) };
    const own = new CertifiedLog(network, [[testTransaction(network, device, { ...content, sequence: 1 }).bytes]]);
    const proof = addReadingToProof(own.proof(1), batch.reading(0));
    expect(proof.ok && failureOf(proof.value)).toBe('reading-form: version');
  });

  test('with another sample, salt, index or path', () => {
    const other = batch.reading(322);
    expect(failureOf(reading({ sample: other.sample }))).toBe('reading-path: reading path');
    expect(failureOf(reading({ salt: other.salt }))).toBe('reading-path: reading path');
    expect(failureOf(reading({ index: 322 }))).toBe('reading-path: reading path');
    expect(failureOf(reading({ path: other.path }))).toBe('reading-path: reading path');
    expect(failureOf(reading({ path: batch.reading(321).path.slice(1) }))).toBe('reading-path: reading path');
    expect(failureOf(reading({ index: 1_000 }))).toBe('reading-form: sample index');
    expect(failureOf(reading({ sample: other.sample.subarray(8) }))).toBe('reading-form: sample');
  });

  test('of another batch', () => {
    const foreign = createBatch(vibration(1_000), new Uint8Array(32).fill(6), crypto).reading(321);
    expect(failureOf(readingProof(ANCHOR, foreign))).toBe('reading-path: reading path');
  });

  test('by the record: of another commit, elsewhere, changed, or beside a commit record', () => {
    const record = (change: Partial<NonNullable<ProofExtra['record']>>): string =>
      changed((extra) => ({ record: { ...extra.record!, ...change } }));
    expect(failureOf(record({ leaf: log.leaves[0]! }))).toBe('record: record commit index');
    expect(failureOf(record({ distance: 1 }))).toBe('record: entries of the record');
    expect(failureOf(record({ distance: 900 }))).toBe('record: entries of the record');
    // Its count ends before the entry.
    expect(failureOf(record({ leaf: log.leaves[3]!.with(125, 1) }))).toBe('record: entries of the record');
    expect(failureOf(record({ leaf: log.leaves[3]!.with(20, 1) }))).toBe('record: record path');
    expect(failureOf(record({ path: [] }))).toBe('record: record path');
    expect(failureOf(record({ leaf: new Uint8Array(126) }))).toBe('record: version');
    const besideRecord = parseProofFile(log.proof(3));
    const extra = encodeExtra({
      leaf: log.leaves[3]!,
      reading: null,
      record: { leaf: log.leaves[0]!, distance: 3, path: [] },
    });
    expect(besideRecord.ok && failureOf(formatProofFile({ ...besideRecord.value, extra }))).toBe('record: record');
  });
});

describe('a byte changed', () => {
  test('in a proof of a reading is refused, with the check that fails: 2,000 random ones', () => {
    const random = new Prng(replay);
    for (let run = 0; run < 2_000; run++) {
      const mutated = withByteChanged(good, random);
      const verdict = verifyProof(mutated, genesis, crypto);
      expect(
        verdict.ok ? '' : verdict.failed.reason.allowed,
        `SEED=${replay} npx vitest run packages/tangle-core/test/proof/reading: ${JSON.stringify(mutated)}`,
      ).not.toBe('');
    }
  });

  test('in the genesis is refused, white space apart: 500 random ones', () => {
    const random = new Prng(replay);
    for (let run = 0; run < 500; run++) {
      const mutated = withByteChanged(genesisText, random);
      const verdict = verifyFile(good, mutated, crypto);
      const check = verdict.ok ? 'none' : verdict.failed.check;
      expect(
        ['genesis', 'origin'],
        `SEED=${replay} npx vitest run packages/tangle-core/test/proof/reading: ${mutated}`,
      ).toContain(check);
    }
    expect(verifyFile(good, JSON.stringify(JSON.parse(genesisText), null, 3), crypto).ok).toBe(true);
  });

  test('is told by the line it stands in', () => {
    const lines = good.split('\n');
    const lineOf = (line: number, change: (text: string) => string): number | null => {
      const mutated = lines.with(line - 1, change(lines[line - 1]!)).join('\n');
      const verdict = verifyProof(mutated, genesis, crypto);
      return verdict.ok ? null : verdict.failed.line;
    };
    const firstSignature = lines.findIndex((line) => line.startsWith('—')) + 1;
    const spoilt = (text: string): string => text.slice(0, -10) + (text.at(-10) === 'A' ? 'B' : 'A') + text.slice(-9);
    expect(lineOf(1, (text) => `${text}x`)).toBe(1);
    expect(lineOf(2, (text) => `${text}x`)).toBe(2);
    expect(lineOf(2, spoilt)).toBe(2);
    expect(lineOf(3, () => 'index 05')).toBe(3);
    expect(lineOf(3, () => 'index 99')).toBe(3);
    expect(lineOf(5, (text) => `${text}x`)).toBe(5);
    expect(lineOf(4, spoilt)).toBe(4);
    expect(lineOf(firstSignature - 4, (text) => text.toUpperCase())).toBe(firstSignature - 4);
    expect(lineOf(firstSignature - 3, () => '01')).toBe(firstSignature - 3);
    expect(lineOf(firstSignature, spoilt)).toBe(firstSignature);
    expect(lineOf(firstSignature + 2, spoilt)).toBe(firstSignature + 2);
  });
});

describe('an offline check', () => {
  test('names what is wrong with a genesis or a file that is neither a proof nor a bundle', () => {
    expect(verifyFile(good, '{', crypto)).toMatchObject({
      ok: false,
      kind: null,
      failed: { check: 'genesis', reason: { found: 'no JSON' } },
    });
    expect(verifyFile(good, '{}', crypto)).toMatchObject({ ok: false, failed: { check: 'genesis' } });
    expect(verifyFile('hello', genesisText, crypto)).toMatchObject({
      ok: false,
      checks: [{ check: 'genesis' }],
      failed: { check: 'file-form', line: 1 },
    });
  });
});

test('a file put together at random gets a verdict, never an exception', () => {
  const random = new Prng(replay);
  const lines = `${good}${log.proof(2)}${log.proof(4)}`.split('\n');
  for (let run = 0; run < 500; run++) {
    const picked = Array.from({ length: 2 + random.below(12) }, () => lines[random.below(lines.length)]!);
    const head = random.below(2) === 0 ? good.split('\n').slice(0, 2) : [];
    const verdict = verifyProof([...head, ...picked].join('\n'), genesis, crypto);
    expect(verdict.ok, `SEED=${replay}, run ${run}`).toBe(false);
  }
});

test('a proof that has no leaf, or is none, gets no reading', () => {
  const reading = batch.reading(0);
  expect(addReadingToProof('x', reading).ok).toBe(false);
  const file = parseProofFile(log.proof(ANCHOR));
  const bare = file.ok ? formatProofFile({ ...file.value, extra: null }) : '';
  expect(addReadingToProof(bare, reading)).toMatchObject({ ok: false, reason: { field: 'extra' } });
});
