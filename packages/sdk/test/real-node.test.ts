/** Against a real node of a network of one: what it serves makes proofs and bundles that hold. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartedNode } from '@tangle/node';
import { startNode } from '@tangle/node';
import { initNetwork, loadConfig } from '@tangle/node/config';
import { markFirstStart } from '@tangle/node/store';
import { generateKey, Reader, samplesOfRows, verify } from '@tangle/sdk';
import { Administrator, Device, directoryBlobStore, readKeyFile } from '@tangle/sdk/node';

let directory: string;
let node: StartedNode;
let genesisText: string;
let connection: { readonly genesis: object; readonly nodes: readonly string[] };
let administrator: Administrator;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tangle-sdk-real-'));
  const network = await initNetwork({
    directory: join(directory, 'net'),
    validators: 1,
    timeMs: Date.now(),
    random: (length) => new Uint8Array(randomBytes(length)),
    markFirstStart,
  });
  const config = await loadConfig(network.nodes[0]!.configFile);
  node = await startNode(
    {
      ...config,
      roundSpacingMs: 5,
      log: { ...config.log, level: 'fatal' },
      api: { ...config.api, port: 0 },
      peers: { ...config.peers, port: 0 },
    },
    { version: '0.1.0' },
  );
  genesisText = await readFile(network.genesisFile, 'utf8');
  const genesis: unknown = JSON.parse(genesisText);
  if (typeof genesis !== 'object' || genesis === null) throw new Error('a genesis file is a JSON object');
  connection = { genesis, nodes: [node.apiUrl] };
  administrator = await Administrator.open({ ...connection, key: await readKeyFile(network.adminKeyFile) });
});

afterAll(async () => {
  await administrator?.close();
  await node?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function registeredDevice(): Promise<Device> {
  const key = generateKey();
  await administrator.register(key.id);
  return Device.open({ ...connection, key });
}

describe('a real node', () => {
  it('certifies what is final within a moment, and proves a reading', async () => {
    const device = await registeredDevice();
    const receipt = await device.submit({ TS1: 35.1 }, { time: new Date() });
    const final = await receipt.certified();
    const { text, verdict } = await receipt.proof();
    expect(verdict.proof).toMatchObject({ position: final.position, commitTimeMs: final.commitTimeMs });
    expect(verify(text, genesisText).ok).toBe(true);
    await device.close();
  });

  it('takes 20,000 samples in one transaction, and any one of them is proven in 3 kB', async () => {
    const device = await registeredDevice();
    const start = Date.now();
    const rows = Array.from({ length: 20_000 }, (_, index) => ({
      timeMs: start + index / 20,
      values: { a1: Math.sin(index), a2: index / 8, a3: 1 - index, a4: 0.1 },
    }));
    const samples = samplesOfRows(rows, { stream: 'gearbox-7/', ratePerSecond: 20_000 });
    const blobs = directoryBlobStore(join(directory, 'blobs'));
    const receipt = await device.submitAnchor(samples, { blobs });
    for (const reading of [0, 12_345, 19_999]) {
      const { text, verdict } = await receipt.proof({ reading });
      expect(verdict.proof.reading?.values.map(({ value }) => value)).toEqual(Object.values(rows[reading]!.values));
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(3_000);
      expect(verify(text, genesisText).ok).toBe(true);
    }
    await device.close();
  });

  it('gives every entry of a device in a span of commit time, among those of others', async () => {
    const [device, other] = [await registeredDevice(), await registeredDevice()];
    const times: number[] = [];
    for (let index = 0; index < 40; index++) {
      const receipts = await Promise.all(
        [other, device, other].map((issuer) => issuer.submit({ index }, { time: new Date(), wait: 'final' })),
      );
      times.push((await receipts[1]!.certified()).commitTimeMs);
    }
    const reader = await Reader.open(connection);
    const [from, to] = [times[10]!, times[30]!];
    const expected = times.filter((timeMs) => timeMs >= from && timeMs < to).length;
    const { text, verdict } = await reader.rangeBundle(device.id, { from, to });
    expect(verdict.range.entries.length).toBe(expected);
    expect(verdict.range.completeness).toBe('complete');
    expect(verify(text, genesisText)).toMatchObject({ ok: true, kind: 'range', range: { device: device.id } });
    const all = await reader.rangeBundle(device.id, { from: 0, to: '9999-01-01T00:00:00Z' });
    expect(all.verdict.range).toMatchObject({ completeness: 'open-end', before: null, after: null });
    expect(all.verdict.range.entries.length).toBe(40);
    reader.close();
    await Promise.all([device.close(), other.close()]);
  });
});
