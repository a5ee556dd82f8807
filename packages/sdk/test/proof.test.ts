/** Receipts and readers that prove: certified, proofs of transactions and readings, range bundles, nodes that lie. */
import { describe, expect, it } from 'vitest';
import type { Samples } from '@tangle/core/proof';
import type { Reader as ReaderType } from '@tangle/sdk';
import { generateKey, memoryBlobStore, Reader, samplesOfRows, TangleError, verify } from '@tangle/sdk';
import { FakeLedger, type FakeNode } from './support/fake-ledger.js';
import { COMMIT_TIME, genesis, genesisFile, problem } from './support/fake-network.js';
import { codeOf, eventually, LIMITS, onEnd, openDevice, startNode, TIME } from './support/harness.js';

const SPACING_MS = 1_000;
const VIBRATION: Samples = {
  stream: 'gearbox-7/',
  timing: { kind: 'regular', firstTimeMs: Date.parse(TIME), ratePerSecond: 20_000 },
  channels: ['a1', 'a2', 'a3', 'a4'].map((name) => ({ name, unit: 'm/s2' })),
  values: Float64Array.from({ length: 4_000 }, (_, place) => place / 8),
};

async function openReader(nodes: readonly FakeNode[]): Promise<ReaderType> {
  const reader = await Reader.open({ genesis: genesisFile, nodes: nodes.map(({ url }) => url), limits: LIMITS });
  onEnd(() => {
    reader.close();
    return Promise.resolve();
  });
  return reader;
}

const text = (body: string) => ({ status: 200, body, headers: { 'content-type': 'text/plain' } });
const isProof = (path: string): boolean => path.endsWith('/proof');

describe('a receipt', () => {
  it('is certified once a node says that a checkpoint covers it, by an event', async () => {
    const node = await startNode();
    node.ledger.autoCertify = false;
    // Polling alone would take a minute.
    const device = await openDevice([node], { limits: { certifiedPollMs: 60_000 } });
    const receipt = await device.submit({ TS1: 1 }, { time: TIME, wait: 'final' });
    let isCertified = false;
    const certified = receipt.certified().then((result) => {
      isCertified = true;
      return result;
    });
    await eventually('the stream of checkpoints', () => node.streams === 2);
    expect([isCertified, receipt.status]).toEqual([false, 'final']);
    node.ledger.certify();
    expect(await certified).toMatchObject({ id: receipt.id, position: 1 });
    expect(receipt.status).toBe('certified');
    await eventually('an end of that stream', () => node.streams === 1);
  });

  it('is certified by asking, where no node gives such events', async () => {
    const node = await startNode();
    node.ledger.autoCertify = false;
    node.override = ({ path, query }) =>
      path === '/v1/events' && query.get('kinds') === 'certified' ? problem(400, 'bad-parameter') : null;
    const device = await openDevice([node], { limits: { certifiedPollMs: 2 } });
    const receipt = await device.submit({ TS1: 1 }, { time: TIME, wait: 'final' });
    const asked = (): number => node.requests.filter(({ path }) => path === '/v1/info').length;
    const before = asked();
    const certified = receipt.certified();
    await eventually('questions', () => asked() > before + 2);
    node.ledger.certify();
    expect(await certified).toMatchObject({ position: 1 });
  });

  it('waits for it at submission, and is released when the device closes', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const receipt = await device.submit({ TS1: 1 }, { time: TIME, wait: 'certified' });
    expect(receipt.status).toBe('certified');
    node.ledger.autoCertify = false;
    const later = await device.submit({ TS1: 2 }, { time: TIME, wait: 'final' });
    const waiting = codeOf(later.certified());
    await device.close();
    expect(await waiting).toBe('closed');
    expect(await codeOf(later.proof())).toBe('closed');
  });

  it('gives a proof that verifies with the genesis alone, and tells the commit time', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const receipt = await device.submit({ TS1: 35.1 }, { time: TIME });
    const proof = await receipt.proof();
    const verdict = verify(proof.text, JSON.stringify(genesisFile));
    expect(verdict).toMatchObject({
      ok: true,
      kind: 'proof',
      proof: {
        position: 1,
        commitTimeMs: Date.parse(COMMIT_TIME),
        leaf: { outcome: { status: 'accepted' }, transaction: { id: receipt.id } },
      },
    });
    expect(proof.verdict.proof.reading).toBeNull();
    expect(verify(proof.text, genesisFile).ok).toBe(true);
    expect(verify(proof.text.replace('index 1', 'index 0'), genesisFile).ok).toBe(false);
  });

  it('waits where the node that is asked lags behind the one that certified', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const receipt = await device.submit({ TS1: 1 }, { time: TIME, wait: 'certified' });
    let refusals = 3;
    const codes = ['not-certified', 'not-final', 'transaction-not-found'];
    node.override = ({ path }) =>
      isProof(path) && refusals > 0 ? problem(409, codes[(refusals -= 1)]!, { 'retry-after': '0' }) : null;
    expect((await receipt.proof()).verdict.ok).toBe(true);
    expect(refusals).toBe(0);
  });

  it('needs the genesis file for a proof, not for anything else', async () => {
    const node = await startNode();
    const device = await openDevice([node], { genesis: genesis.hash });
    const receipt = await device.submit({ TS1: 1 }, { time: TIME });
    expect(await codeOf(receipt.proof())).toBe('genesis-needed');
    await receipt.certified();
  });
});

describe('a node that lies', () => {
  const lies: [string, (ledger: FakeLedger, id: string) => string][] = [
    [
      'a proof with a byte changed',
      (ledger, id) => ledger.log.proof(ledger.transactions.get(id)!).replace('index 3', 'index 5'),
    ],
    ['the good proof of another transaction', (ledger) => ledger.log.proof(ledger.order[0]!)],
    ['no proof at all', () => 'trust me'],
  ];
  it.each(lies)('about a proof (%s) is found out, and the next one is asked', async (_, lie) => {
    const ledger = new FakeLedger();
    const [liar, honest] = [await startNode(ledger), await startNode(ledger)];
    const device = await openDevice([liar, honest]);
    await device.submit({ TS1: 1 }, { time: TIME, wait: 'final' });
    const receipt = await device.submit({ TS1: 2 }, { time: TIME, wait: 'certified' });
    liar.override = ({ path }) => (isProof(path) ? text(lie(ledger, receipt.id)) : null);
    const proof = await receipt.proof();
    expect(proof.verdict.proof.leaf).toMatchObject({ transaction: { id: receipt.id } });
    expect(honest.requests.some(({ path }) => isProof(path))).toBe(true);

    honest.override = liar.override;
    const error: unknown = await receipt.proof().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TangleError);
    expect(error).toMatchObject({
      code: 'proof-invalid',
      details: { check: expect.any(String), field: expect.any(String) },
    });
  });
});

describe('a batch', () => {
  it('is anchored by one transaction, and each of its readings proven alone', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const blobs = memoryBlobStore();
    const receipt = await device.submitAnchor(VIBRATION, { blobs, wait: 'final' });
    expect(node.posts().length).toBe(1);
    expect(node.posts()[0]!.body.length).toBeLessThan(400);
    const { text: file, verdict } = await receipt.proof({ reading: 999 });
    expect(verdict.proof.reading).toMatchObject({
      index: 999,
      count: 1_000,
      stream: 'gearbox-7/',
      timeMs: Date.parse(TIME) + 999 / 20,
      values: [{ name: 'a1', unit: 'm/s2', value: 3_996 / 8 }, {}, {}, {}],
    });
    expect(verify(file, genesisFile).ok).toBe(true);
    expect(await codeOf(receipt.proof({ reading: 1_000 }))).toBe('invalid-argument');
    expect((await receipt.proof()).verdict.proof.reading).toBeNull();

    const reader = await openReader([node]);
    expect((await reader.proof(receipt.id, { reading: 3, blobs })).verdict.proof.reading?.index).toBe(3);
    expect((await reader.batch(receipt.id, blobs))?.sample(3).values[0]).toEqual({
      name: 'a1',
      unit: 'm/s2',
      value: 1.5,
    });
    expect(await codeOf(reader.proof(receipt.id, { reading: 3 }))).toBe('invalid-argument');
  });

  it('whose blob is gone is unavailable, and whose blob was altered does not match', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const kept = new Map<string, Uint8Array>();
    const blobs = {
      put: (root: string, blob: Uint8Array) => Promise.resolve(void kept.set(root, blob)),
      get: (root: string) => Promise.resolve(kept.get(root) ?? null),
    };
    const receipt = await device.submitAnchor(VIBRATION, { blobs, wait: 'final' });
    const reader = await openReader([node]);
    const [[root, blob] = ['', new Uint8Array(0)]] = kept;
    for (const place of [0, 1, 40, blob.length - 1]) {
      kept.set(root, blob.with(place, blob[place]! ^ 1));
      expect(await codeOf(reader.batch(receipt.id, blobs))).toBe('blob-does-not-match');
      expect(await codeOf(receipt.proof({ reading: 0 }))).toBe('blob-does-not-match');
    }
    kept.set(root, blob.subarray(0, -1));
    expect(await codeOf(reader.batch(receipt.id, blobs))).toBe('blob-does-not-match');
    kept.delete(root);
    expect(await codeOf(reader.batch(receipt.id, blobs))).toBe('blob-unavailable');
    const broken = { ...blobs, get: () => Promise.reject(new Error('EIO')) };
    expect(await codeOf(reader.batch(receipt.id, broken))).toBe('blob-unavailable');
    expect(await codeOf(receipt.proof({ reading: 0, blobs: memoryBlobStore() }))).toBe('blob-unavailable');
  });

  it('whose samples cannot be kept is not submitted', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const blobs = { ...memoryBlobStore(), put: () => Promise.reject(new Error('ENOSPC')) };
    expect(await codeOf(device.submitAnchor(VIBRATION, { blobs }))).toBe('blob-failed');
    expect(node.posts()).toEqual([]);
  });

  it('resumes: a position that was taken hashes and keeps nothing', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const kept: string[] = [];
    const blobs = { ...memoryBlobStore(), put: (root: string) => Promise.resolve(void kept.push(root)) };
    const source = { name: 'vibration.csv', position: 0 };
    await device.submitAnchor(VIBRATION, { blobs, source });
    expect(await codeOf(device.submitAnchor(VIBRATION, { blobs, source }))).toBe('already-submitted');
    expect(kept.length).toBe(1);
    expect(device.highWater('vibration.csv')).toBe(0);
  });

  it('takes its number in the order of the calls, though a later one is kept apart sooner', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let puts = 0;
    const blobs = { ...memoryBlobStore(), put: () => ((puts += 1) === 1 ? held : Promise.resolve()) };
    const anchor = (position: number) => device.submitAnchor(VIBRATION, { blobs, source: { name: 'a.csv', position } });
    const receipts = Promise.all([anchor(0), anchor(1)]);
    await eventually('the second to be kept apart', () => puts === 2);
    release();
    expect((await receipts).map(({ sequence }) => sequence)).toEqual([1n, 2n]);
    expect(device.highWater('a.csv')).toBe(1);
  });

  it('is refused for samples that make none, and a transaction that is none has no batch', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const blobs = memoryBlobStore();
    expect(await codeOf(device.submitAnchor({ ...VIBRATION, channels: [] }, { blobs }))).toBe('invalid-argument');
    const channels = Array.from({ length: 40 }, (_, index) => ({ name: `${index}`.padStart(60, 'x'), unit: '' }));
    expect(await codeOf(device.submitAnchor({ ...VIBRATION, channels }, { blobs }))).toBe('payload-too-large');
    expect(node.posts()).toEqual([]);
    const receipt = await device.submit({ TS1: 1 }, { time: TIME, wait: 'final' });
    const reader = await openReader([node]);
    expect(await codeOf(reader.batch(receipt.id, blobs))).toBe('no-anchor');
    expect(await codeOf(receipt.proof({ reading: 0, blobs }))).toBe('no-anchor');
    expect(await codeOf(receipt.proof({ reading: 0 }))).toBe('invalid-argument');
    expect(await reader.batch('ab'.repeat(32), blobs)).toBeNull();
  });

  it('is made of rows: a channel for each name, none where a row has no value', () => {
    const rows = [
      { timeMs: 1_000, values: { TS1: 35.1 } },
      { timeMs: 1_500, values: { TS1: 35.2, PS1: 160 } },
    ];
    const samples = samplesOfRows(rows, { stream: 'rig-7/', units: { TS1: 'Cel' } });
    expect(samples).toEqual({
      stream: 'rig-7/',
      timing: { kind: 'each', firstTimeMs: 1_000, lastTimeMs: 1_500 },
      channels: [
        { name: 'TS1', unit: 'Cel' },
        { name: 'PS1', unit: '' },
      ],
      timesMs: Float64Array.of(1_000, 1_500),
      values: Float64Array.of(35.1, NaN, 35.2, 160),
    });
    expect(samplesOfRows(rows, { ratePerSecond: 2 })).toMatchObject({
      timing: { kind: 'regular', firstTimeMs: 1_000, ratePerSecond: 2 },
    });
    for (const bad of [[], [rows[1]!, rows[0]!], [{ timeMs: 1, values: { state: 'on' } }]]) {
      expect(() => samplesOfRows(bad)).toThrow(TangleError);
    }
  });
});

describe('a range bundle', () => {
  async function ledgerOf(count: number) {
    const ledger = new FakeLedger();
    ledger.commitSpacingMs = SPACING_MS;
    ledger.checksSignatures = false;
    const node = await startNode(ledger);
    const device = await openDevice([node]);
    const other = await openDevice([node], { key: generateKey() });
    for (let index = 0; index < count; index++) {
      await (index % 3 === 2 ? other : device).submit({ TS1: index }, { time: TIME, wait: 'final' });
    }
    return { ledger, node, device, other };
  }
  const at = (commit: number): number => Date.parse(COMMIT_TIME) + commit * SPACING_MS;

  it('holds every entry of the device in the span, and shows that none was left out', async () => {
    const { node, device } = await ledgerOf(12);
    const reader = await openReader([node]);
    const { text: file, verdict } = await reader.rangeBundle(device.id, { from: at(3), to: at(10) });
    expect(verdict.range).toMatchObject({
      device: device.id,
      completeness: 'complete',
      before: { issuerIndex: 2 },
      after: { issuerIndex: 8 },
    });
    expect(verdict.range.entries.map(({ issuerIndex }) => issuerIndex)).toEqual([3, 4, 5, 6, 7]);
    expect(verify(file, genesisFile)).toMatchObject({ ok: true, kind: 'range' });
    const open = await reader.rangeBundle(device.id, { from: at(0), to: at(1_000) });
    expect(open.verdict.range).toMatchObject({ completeness: 'open-end', before: null, after: null });
    expect(open.verdict.range.entries.length).toBe(8);
  });

  it('is taken from another node where one leaves an entry out, or serves other leaves', async () => {
    const { ledger, node: liar, device } = await ledgerOf(8);
    const honest = await startNode(ledger);
    const span = { from: at(0), to: at(5) };
    const lies: FakeNode['override'][] = [
      ({ path, query }) => {
        if (path !== '/v1/log/range') return null;
        const body = ledger.log.serve(path, query)!.body as { items: number[] };
        return { status: 200, body: { ...body, items: body.items.slice(1) } };
      },
      ({ path, query }) => {
        if (!path.startsWith('/tile/entries/')) return null;
        const bytes = (ledger.log.serve(path, query)!.body as Uint8Array).slice();
        bytes[60]! ^= 1;
        return { status: 200, body: bytes };
      },
      ({ path }) => (path.startsWith('/tile/0/') ? { status: 200, body: new Uint8Array(16 * 32) } : null),
      ({ path }) => (path === '/checkpoint' ? text('nonsense') : null),
    ];
    for (const lie of lies) {
      liar.override = lie;
      const reader = await openReader([liar, honest]);
      const { verdict } = await reader.rangeBundle(device.id, span);
      expect(verdict.range.entries.length).toBe(4);
      const alone = await openReader([liar]);
      expect(['proof-invalid', 'unexpected-response']).toContain(await codeOf(alone.rangeBundle(device.id, span)));
    }
  });

  it('comes back where a node has much to serve', async () => {
    const { node, device } = await ledgerOf(6);
    const refused = new Map<string, number>();
    node.override = ({ path }) => {
      if (!path.startsWith('/tile/')) return null;
      refused.set(path, (refused.get(path) ?? 0) + 1);
      return refused.get(path)! < 3 ? problem(503, 'too-many-bundles', { 'retry-after': '0' }) : null;
    };
    const reader = await openReader([node]);
    const { verdict } = await reader.rangeBundle(device.id, { from: at(0), to: at(100) });
    expect(verdict.range.entries.length).toBe(4);
  });

  it('follows a log that grows while it is made', async () => {
    const { ledger, node, device } = await ledgerOf(4);
    let growths = 2;
    node.override = async ({ path }) => {
      if (path === '/checkpoint' && (growths -= 1) >= 0) await device.submit({ TS1: 9 }, { time: TIME, wait: 'final' });
      return null;
    };
    const reader = await openReader([node]);
    const { verdict } = await reader.rangeBundle(device.id, { from: at(0), to: at(100) });
    expect(verdict.range.entries.length).toBe(5);
    expect(verdict.range.size).toBe(ledger.certifiedSize);
  });

  it('is none for a device without entries, a span after the log, or one that ends before it begins', async () => {
    const { node, device } = await ledgerOf(2);
    const reader = await openReader([node]);
    const nobody = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';
    expect(await codeOf(reader.rangeBundle(nobody, { from: at(0), to: at(1) }))).toBe('nothing-to-show');
    expect(await codeOf(reader.rangeBundle(device.id, { from: at(50), to: at(60) }))).toBe('nothing-to-show');
    expect(await codeOf(reader.rangeBundle(device.id, { from: at(2), to: at(2) }))).toBe('invalid-argument');
  });
});
