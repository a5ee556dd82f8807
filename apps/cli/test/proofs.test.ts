/** `prove` and `verify`, and batches, against one real cluster of four processes. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { csv, useCommandCluster, type Key } from './support/command-cluster.js';
import { jsonHere, tangleHere } from './support/in-process.js';
import { tangle, tangleJson } from './support/tangle.js';
import type { Json } from './support/tangle.js';

const UNKNOWN_ID = 'ab'.repeat(32);

const net = useCommandCluster();

describe('proofs', () => {
  let key: Key;
  let genesis: string;
  let trusted: readonly string[];

  beforeAll(async () => {
    key = await net().registeredKey('prove');
    genesis = path.join(net().cluster.directory, 'genesis.json');
    trusted = [...net().node, '--genesis', genesis];
  });

  it('waits until a submission is certified, writes its proof, and proves it offline', async () => {
    const file = await net().writeFileOf('prove.csv', csv(3));
    const args = ['submit', file, '--key', key.file, '--batch', '3', '--wait', 'certified', ...net().node];
    const [summary] = await tangleJson(...args);
    expect(summary).toMatchObject({ accepted: 1, anchoredRows: [] });
    const [reading] = await jsonHere('query', '--device', key.id, '--limit', '1', ...net().node);
    const id = String(reading?.['transaction']);
    expect(await jsonHere('status', id, '--node', net().cluster.nodes[0] ?? '')).toMatchObject([
      { id, status: 'certified' },
    ]);

    const out = path.join(net().directory, 'reading.tlog-proof');
    const entry = path.join(net().directory, 'reading.entry');
    const [proof] = await jsonHere('prove', id, '--out', out, '--raw-entry', entry, ...trusted);
    expect(proof).toMatchObject({ out, ok: true, kind: 'proof', proof: { transaction: id, device: key.id } });
    expect((await readFile(entry)).length).toBeGreaterThan(200);
    const [verified] = await tangleJson('verify', out, '--genesis', genesis);
    expect(verified).toMatchObject({ ok: true, proof: { payload: { kind: 'telemetry', senml: { length: 6 } } } });

    const text = await readFile(out, 'utf8');
    const forged = await net().writeFileOf('forged.tlog-proof', text.replace(/^index (\d+)$/m, 'index 1$1'));
    const refused = await tangle(['verify', forged, '--genesis', genesis]);
    expect(refused).toMatchObject({ code: 5, stdout: expect.stringMatching(/^Not proven\. /) });
    expect(refused.stderr).toMatch(/^error: verification-failed: /);
  });

  it('anchors the root of a batch, proves one sample of it, and tells lost data from changed data', async () => {
    const rows = Array.from({ length: 500 }, (_, row) => `${row}.25,${-row}`).join('\n');
    const file = await net().writeFileOf('samples.csv', `a1,a2\n${rows}\n`);
    const blobs = path.join(net().directory, 'blobs');
    const anchor = ['--anchor', '200', '--blobs', blobs, '--sample-rate', '1000', '--wait', 'certified'];
    const [summary] = await tangleJson('submit', file, '--key', key.file, ...anchor, ...net().node);
    expect(summary).toMatchObject({ rows: 500, transactions: 3, accepted: 3 });
    const anchored = summary?.['anchoredRows'] as readonly Json[];
    expect(anchored.map(({ lines }) => lines)).toEqual(
      expect.arrayContaining([
        [2, 201],
        [202, 401],
        [402, 501],
      ]),
    );
    const id = String(anchored.find(({ lines }) => (lines as number[])[0] === 202)?.['id']);

    const out = path.join(net().directory, 'sample.tlog-proof');
    const reading = ['--reading', '7', '--blobs', blobs];
    await jsonHere('prove', id, ...reading, '--out', out, ...trusted);
    expect(await jsonHere('verify', out, '--genesis', genesis)).toMatchObject([
      { ok: true, proof: { reading: { index: 7, count: 200, values: [{ value: 207.25 }, { value: -207 }] } } },
    ]);
    expect(await jsonHere('get', id, '--blobs', blobs, ...net().node)).toMatchObject([
      { payload: { kind: 'anchor', count: 200 }, batch: 'matches' },
    ]);

    const [got = {}] = await jsonHere('get', id, ...net().node);
    const { root } = got['payload'] as { readonly root: string };
    const blob = path.join(blobs, `${root}.blob`);
    const bytes = await readFile(blob);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    await writeFile(blob, bytes);
    for (const command of [
      ['get', id, '--blobs', blobs],
      ['prove', id, ...reading, '--out', out],
    ]) {
      expect(await tangleHere(...command, ...trusted, '--json')).toMatchObject({ code: 5 });
    }
    await rm(blob);
    const lost = await tangleHere('get', id, '--blobs', blobs, ...net().node, '--json');
    expect(lost).toMatchObject({ code: 1, json: [{ batch: 'unavailable' }, { error: { code: 'blob-unavailable' } }] });
  });

  it('proves all a device did in a span', async () => {
    const out = path.join(net().directory, 'all.tangle-range');
    const [made] = await jsonHere('prove', '--device', key.file, '--out', out, ...trusted);
    expect(made).toMatchObject({ kind: 'range', range: { device: key.id, entries: { length: 4 } } });
    expect(await jsonHere('verify', out, '--genesis', genesis)).toMatchObject([{ ok: true, kind: 'range' }]);
  });

  it('has none of what the ledger does not hold, and needs the genesis file', async () => {
    const out = path.join(net().directory, 'none.tlog-proof');
    const unknown = await tangleHere('prove', UNKNOWN_ID, '--out', out, ...trusted, '--json');
    expect(unknown).toMatchObject({ code: 1, json: [{ error: { code: 'transaction-not-found' } }] });
    const noGenesis = await tangleHere('prove', UNKNOWN_ID, '--out', out, ...net().node, '--json');
    expect(noGenesis).toMatchObject({ code: 2, json: [{ error: { code: 'genesis-needed' } }] });
    await expect(stat(out)).rejects.toThrow('ENOENT');
  });

  it('hands out the page that checks them in a browser', async () => {
    const out = path.join(net().directory, 'page.html');
    await jsonHere('verify', '--page', out);
    expect(await readFile(out, 'utf8')).toContain("default-src 'none'");
  });
});
