/** Range bundles: every entry of a device in a span, and that none can be left out unseen. */
import { describe, expect, test } from 'vitest';
import type { RangeFile, RangeVerdict } from '../../src/proof/index.js';
import { describeReason } from '../../src/codec/index.js';
import { decodeLeaf } from '../../src/log/index.js';
import { genesisToJson } from '../../src/model/index.js';
import {
  createRangeBundle,
  formatRangeFile,
  parseRangeFile,
  verifyFile,
  verifyRangeBundle,
} from '../../src/proof/index.js';
import { gapHashes } from '../../src/proof/multi-proof.js';
import { Prng, testDevice, testNetwork, testTransaction } from '../../src/testing/index.js';
import { CertifiedLog, COMMIT_SPACING_MS, withByteChanged } from './fixtures.js';

const network = testNetwork({ weights: [1, 1, 1, 1], name: 'plant' });
const { genesis, crypto } = network;
const genesisText = JSON.stringify(genesisToJson(genesis));
const replay = Number(process.env['SEED'] ?? 20_261_122);
const start = genesis.parameters.time;
const pump = testDevice('pump');
const fan = testDevice('fan');
const late = testDevice('late');

/** Which devices have transactions in each commit; commit i is at `start` + 10 i ms. */
const COMMITS = [[fan], [pump, fan], [fan, fan], [pump], [pump, fan, pump], [fan], [fan, pump], [fan], [late], [fan]];
let sequence = 0;
const log = new CertifiedLog(
  network,
  COMMITS.map((devices) => devices.map((device) => testTransaction(network, device, { sequence: sequence++ }).bytes)),
);
const at = (commit: number): number => start + commit * COMMIT_SPACING_MS;
const leaves = log.leaves.map((leaf, position) => {
  const decoded = decodeLeaf(leaf, crypto);
  if (!decoded.ok) throw new Error(describeReason(decoded.reason));
  return { position, leaf, decoded: decoded.value };
});

/** What a node finds for a device and a span. */
function partsOf(device: typeof pump, fromMs: number, toMs: number) {
  const records = leaves.flatMap(({ decoded, position, leaf }) =>
    decoded.kind === 'commit-record' ? [{ position, leaf, timeMs: decoded.timeMs, decoded }] : [],
  );
  const inside = records.filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs);
  const bracket = [
    records.filter(({ timeMs }) => timeMs < fromMs).at(-1),
    inside[0],
    inside.at(-1),
    records.find(({ timeMs }) => timeMs >= toMs),
  ].filter((record) => record !== undefined);
  const own = leaves.flatMap(({ decoded, position, leaf }) =>
    decoded.kind === 'entry' && decoded.transaction.issuer === device.issuer
      ? [{ position, leaf, timeMs: records.filter((record) => record.position < position).at(-1)!.timeMs }]
      : [],
  );
  const entries = [
    own.filter(({ timeMs }) => timeMs < fromMs).at(-1),
    ...own.filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs),
    own.find(({ timeMs }) => timeMs >= toMs),
  ].filter((entry) => entry !== undefined);
  return {
    device: device.deviceId,
    fromMs,
    toMs,
    records: bracket,
    entries,
    size: log.size,
    checkpoint: log.checkpoint(),
  };
}

function bundle(device: typeof pump, fromMs: number, toMs: number): string {
  const created = createRangeBundle(partsOf(device, fromMs, toMs), log.tree, crypto);
  if (!created.ok) throw new Error(describeReason(created.reason));
  return created.value;
}

const verdictOf = (text: string): RangeVerdict => verifyRangeBundle(text, genesis, crypto);

function failureOf(text: string): string {
  const verdict = verdictOf(text);
  return verdict.ok ? 'ok' : `${verdict.failed.check}: ${verdict.failed.reason.field}`;
}

/** The bundle with other parts, and with the hashes that belong to the leaves it then shows. */
function changed(text: string, change: (file: RangeFile) => Partial<RangeFile>): string {
  const parsed = parseRangeFile(text);
  if (!parsed.ok) throw new Error(describeReason(parsed.reason));
  const file = { ...parsed.value, ...change(parsed.value) };
  const hashes = gapHashes(
    file.leaves.map(({ position }) => position),
    log.size,
    log.tree,
  );
  return formatRangeFile({ ...file, hashes });
}

const isEntryOf = (position: number): boolean => leaves[position]!.decoded.kind === 'entry';

describe('a bundle', () => {
  test('of a span between two entries is complete', () => {
    const verdict = verdictOf(bundle(pump, at(2), at(5)));
    if (!verdict.ok) throw new Error(JSON.stringify(verdict.failed));
    expect(verdict.checks.map(({ check }) => check)).toEqual(
      [
        'file-form checkpoint-form origin leaf-form path log-signature cosignature cosignature cosignature weight span'.split(
          ' ',
        ),
        'device network transaction-form transaction-signature issuer-index'.split(' '),
      ].flat(),
    );
    const { range } = verdict;
    expect(range.entries.map(({ issuerIndex }) => issuerIndex)).toEqual([2, 3, 4]);
    expect(range).toMatchObject({
      device: pump.deviceId,
      fromMs: at(1) + 1,
      toMs: at(5),
      before: { issuerIndex: 1 },
      after: { issuerIndex: 5 },
      completeness: 'complete',
      weight: 3,
      quorum: 3,
    });
  });

  test('of any device and span says exactly what the log holds', () => {
    for (const device of [pump, fan, late]) {
      for (let from = -1; from < COMMITS.length - 1; from++) {
        for (let to = from + 1; to <= COMMITS.length + 1; to++) {
          const parts = partsOf(device, at(from) + 1, at(to) + 1);
          const created = createRangeBundle(parts, log.tree, crypto);
          const verdict = created.ok ? verdictOf(created.value) : created;
          if (!verdict.ok || !('range' in verdict)) throw new Error(`${from} ${to}: ${JSON.stringify(verdict)}`);
          const expected = COMMITS.flatMap((devices, commit) =>
            commit > from && commit <= to ? devices.filter((issuer) => issuer === device) : [],
          );
          expect(verdict.range.entries.length, `${from} ${to}`).toBe(expected.length);
          const hasLater = COMMITS.some((devices, commit) => commit > to && devices.includes(device));
          expect(verdict.range.completeness).toBe(hasLater ? 'complete' : 'open-end');
          expect(verdict.range.fromMs).toBeLessThanOrEqual(at(from) + 1);
          expect(verdict.range.toMs).toBeGreaterThanOrEqual(at(Math.min(to, COMMITS.length - 1)) + 1);
        }
      }
    }
  });

  test('of a span without entries shows the two around it', () => {
    const verdict = verdictOf(bundle(pump, at(5), at(6)));
    expect(verdict).toMatchObject({
      ok: true,
      range: { entries: [], before: { issuerIndex: 4 }, after: { issuerIndex: 5 }, completeness: 'complete' },
    });
  });

  test('from before the first commit begins with the log', () => {
    const verdict = verdictOf(bundle(pump, start - 1_000, at(4)));
    expect(verdict).toMatchObject({ ok: true, range: { fromMs: 0, before: null, completeness: 'complete' } });
  });

  test('of a device that fell silent is open at its end', () => {
    const verdict = verdictOf(bundle(pump, at(3), at(8)));
    expect(verdict).toMatchObject({ ok: true, range: { after: null, completeness: 'open-end', toMs: at(8) } });
    expect(verdict.ok && verdict.range.entries.length).toBe(4);
  });

  test('is verified beside proofs, by its first line', () => {
    expect(verifyFile(bundle(pump, at(2), at(5)), genesisText, crypto)).toMatchObject({ ok: true, kind: 'range' });
  });

  test('is read as it is written', () => {
    const text = bundle(pump, at(2), at(5));
    const parsed = parseRangeFile(text);
    expect(parsed.ok && formatRangeFile(parsed.value)).toBe(text);
  });

  test('of a device without any entry, or after the log, is not made', () => {
    const nobody = createRangeBundle(partsOf(testDevice('nobody'), at(2), at(5)), log.tree, crypto);
    expect(nobody).toMatchObject({ ok: false, reason: { code: 'nothing-to-show' } });
    expect(createRangeBundle(partsOf(pump, at(50), at(60)), log.tree, crypto)).toMatchObject({
      ok: false,
      reason: { code: 'span' },
    });
    expect(createRangeBundle({ ...partsOf(pump, at(2), at(5)), toMs: at(2) }, log.tree, crypto).ok).toBe(false);
    const { entries, ...parts } = partsOf(pump, at(2), at(5));
    expect(createRangeBundle({ ...parts, entries, records: entries }, log.tree, crypto).ok).toBe(false);
  });
});

describe('a bundle fails', () => {
  const good = bundle(pump, at(2), at(5));
  const parsed = parseRangeFile(good);
  if (!parsed.ok) throw new Error(describeReason(parsed.reason));
  const positions = parsed.value.leaves.map(({ position }) => position);
  const without = (...places: number[]) =>
    changed(good, (file) => ({ leaves: file.leaves.filter(({ position }) => !places.includes(position)) }));

  test('where any leaf is left out, except that it is open then without the entry after the span', () => {
    const results = positions.map((position): [boolean, string] => [isEntryOf(position), failureOf(without(position))]);
    const entries = results.filter(([isEntry]) => isEntry).map(([, failure]) => failure);
    for (const failure of entries.slice(0, -1)) expect(failure).toMatch(/^issuer-index: /);
    expect(entries.at(-1)).toBe('ok');
    expect(verdictOf(without(positions.filter(isEntryOf).at(-1)!))).toMatchObject({
      range: { completeness: 'open-end' },
    });
    const records = results.filter(([isEntry]) => !isEntry).map(([, failure]) => failure);
    for (const failure of records) expect(failure).toMatch(/^span: /);
  });

  test('where a leaf more is shown: of another device, a second before or after, a record within', () => {
    const withLeaf = (position: number): string =>
      changed(good, (file) => ({
        leaves: [...file.leaves, log.placed(position)].sort((left, right) => left.position - right.position),
      }));
    for (const { position, decoded } of leaves) {
      if (positions.includes(position)) continue;
      const expected = decoded.kind === 'entry' ? /^(device|issuer-index): / : /^span: /;
      expect(failureOf(withLeaf(position)), `leaf ${position}`).toMatch(expected);
    }
  });

  test('under another name, span or checkpoint', () => {
    expect(failureOf(changed(good, () => ({ device: fan.deviceId })))).toMatch(/^device: leaf [0-9]+ issuer$/);
    expect(failureOf(changed(good, ({ fromMs }) => ({ fromMs: fromMs + 1 })))).toBe('span: from');
    expect(failureOf(changed(good, ({ toMs }) => ({ toMs: toMs - 1 })))).toBe('span: to');
    expect(failureOf(changed(good, ({ fromMs }) => ({ toMs: fromMs })))).toBe('span: to');
    expect(failureOf(changed(good, () => ({ toMs: at(20) })))).toMatch(/^span: /);
    const checkpoint = log.checkpoint({ cosigners: [0, 3] });
    expect(failureOf(changed(good, () => ({ checkpoint })))).toBe('weight: weight of the cosigners');
  });

  test('where leaves or hashes are not those of the log', () => {
    const { leaves: shown, hashes } = parsed.value;
    expect(failureOf(formatRangeFile({ ...parsed.value, hashes: hashes.slice(1) }))).toBe('path: leaves and hashes');
    const [first, ...others] = shown;
    const spoilt = [{ ...first!, leaf: first!.leaf.with(30, 7) }, ...others];
    expect(failureOf(formatRangeFile({ ...parsed.value, leaves: spoilt }))).toBe('path: leaves and hashes');
    const cut = [{ ...first!, leaf: first!.leaf.subarray(1) }, ...others];
    expect(failureOf(formatRangeFile({ ...parsed.value, leaves: cut }))).toMatch(/^leaf-form: leaf /);
    const moved = [{ ...first!, position: first!.position - 1 }, ...others];
    expect(failureOf(formatRangeFile({ ...parsed.value, leaves: moved }))).toMatch(/^leaf-form: leaf /);
  });

  test('by a transaction that is not good, whoever certified it', () => {
    const spoilt = testTransaction(network, pump, { sequence: 1 }).bytes.slice();
    spoilt[spoilt.length - 1]! ^= 1;
    const own = new CertifiedLog(network, [[spoilt]]);
    const parts = { records: [own.placed(0)], entries: [own.placed(1)], fromMs: start, toMs: start + 5 };
    const where = { device: pump.deviceId, size: own.size, checkpoint: own.checkpoint() };
    const created = createRangeBundle({ ...parts, ...where }, own.tree, crypto);
    expect(created.ok && failureOf(created.value)).toBe('transaction-signature: leaf 1 signature');
  });

  test.each<[string, (lines: string[]) => string[], string]>([
    ['without lines', () => ['x'], 'file-form: file'],
    ['of another version', (lines) => lines.with(0, 'tangle-ledger/range-bundle@v2'), 'file-form: first line'],
    ['without a device', (lines) => lines.toSpliced(1, 1), 'file-form: device'],
    ['with a time of leading zeros', (lines) => lines.with(2, 'from 01'), 'file-form: from'],
    ['with a time after year 9999', (lines) => lines.with(3, 'to 253402300800001'), 'file-form: to'],
    ['with a hash before a leaf', (lines) => lines.toSpliced(4, 0, lines.at(-1)!), 'file-form: line 6'],
    ['with a leaf twice', (lines) => lines.toSpliced(4, 0, lines[4]!), 'file-form: line 6'],
    ['with a leaf of two spaces', (lines) => lines.with(4, lines[4]!.replace(' ', '  ')), 'file-form: line 5'],
    ['with a leaf of nothing', (lines) => lines.with(4, 'leaf 3 '), 'file-form: line 5'],
    [
      'with a short hash',
      (lines) => [...lines.slice(0, -1), 'hash AAAA'],
      `file-form: line ${good.split('\n\n')[0]!.split('\n').length}`,
    ],
    ['with CRLF', (lines) => lines.with(0, `${lines[0]!}\r`), 'file-form: file'],
  ])('by its form: %s', (_, change, failure) => {
    const [head = '', ...checkpoint] = good.split('\n\n');
    const lines = change(head.split('\n'));
    const text = lines.length === 1 ? 'x' : [lines.join('\n'), ...checkpoint].join('\n\n');
    expect(failureOf(text)).toBe(failure);
  });

  test('for any byte changed: 2,000 random ones, each with its check and mostly its line', () => {
    const random = new Prng(replay);
    let located = 0;
    for (let run = 0; run < 2_000; run++) {
      const mutated = withByteChanged(good, random);
      const verdict = verdictOf(mutated);
      expect(
        verdict.ok,
        `SEED=${replay} npx vitest run packages/tangle-core/test/proof/range: ${JSON.stringify(mutated)}`,
      ).toBe(false);
      if (!verdict.ok && verdict.failed.line !== null) located += 1;
    }
    expect(located).toBeGreaterThan(100);
  });
});
