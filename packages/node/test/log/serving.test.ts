/** The certified log of a real node over HTTP: what an auditor gets verifies with the genesis alone, and nothing else is given out. */
import { expect, test } from 'vitest';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { toHex } from '@tangle/core/codec';
import type { TransactionId } from '@tangle/core/ids';
import {
  CompactRange,
  decodeBase64,
  decodeEntryBundle,
  decodeLeaf,
  leafHash,
  networkKeys,
  parseCheckpoint,
  parseNote,
  tileHashReader,
  TILE_WIDTH,
  tilePath,
  tileWidthAt,
  rootOf,
  verifyConsistency,
  verifyNote,
  type Leaf,
} from '@tangle/core/log';
import { deviceIdOf, SUITE_ED25519 } from '@tangle/core/model';
import { verifyProof } from '@tangle/core/proof';
import { sodiumCrypto as crypto } from '../../src/crypto/index.js';
import type { StartedNode } from '../../src/start-node.js';
import { openEvents } from '../api/harness.js';
import { createNetwork, statusIs, Writer, type Network } from './started-node.js';

async function get(started: StartedNode, route: string): Promise<Response> {
  return fetch(`${started.apiUrl}${route}`);
}

async function bytesOf(started: StartedNode, route: string): Promise<Uint8Array> {
  const response = await get(started, route);
  if (response.status !== 200) throw new Error(`${route}: ${await response.text()}`);
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  expect(response.headers.get('cache-control')).toContain('immutable');
  return new Uint8Array(await response.arrayBuffer());
}

/** The checkpoint, once every signature of it was checked. */
async function checkpointOf(started: StartedNode, network: Network): Promise<{ size: number; root: Uint8Array }> {
  const response = await get(started, '/checkpoint');
  expect(response.headers.get('content-type')).toContain('text/plain');
  const note = parseNote(await response.text());
  if (!note.ok) throw new Error(JSON.stringify(note.reason));
  const keys = networkKeys(network.genesis, crypto);
  const signed = verifyNote(note.value, [...keys.logKeys, ...keys.cosignerKeys], crypto);
  if (!signed.ok) throw new Error(JSON.stringify(signed.reason));
  expect(signed.value.map(({ key }) => key.type)).toEqual([1, 4]);
  const checkpoint = parseCheckpoint(note.value.text);
  if (!checkpoint.ok) throw new Error(JSON.stringify(checkpoint.reason));
  return { size: Number(checkpoint.value.size), root: checkpoint.value.root };
}

/** All leaves below a size, out of bundles; their tree must be the checkpoint's, and so must the one out of tiles. */
async function downloadLog(started: StartedNode, size: number, root: Uint8Array): Promise<Uint8Array[]> {
  const leaves: Uint8Array[] = [];
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const width = tileWidthAt(0, index, size);
    const name = tilePath({ level: 0, index, width }).replace('tile/0/', 'tile/entries/');
    const bundle = decodeEntryBundle(await bytesOf(started, `/${name}`), width);
    if (!bundle.ok) throw new Error(JSON.stringify(bundle.reason));
    leaves.push(...bundle.value);
  }
  const range = CompactRange.empty(crypto);
  for (const leaf of leaves) range.append(leafHash(leaf, crypto));
  expect(toHex(range.root())).toBe(toHex(root));

  const tiles = new Map<string, Uint8Array>();
  for (let level = 0; tileWidthAt(level, 0, size) > 0; level++) {
    for (let index = 0; tileWidthAt(level, index, size) > 0; index++) {
      const tile = { level, index, width: tileWidthAt(level, index, size) };
      tiles.set(tilePath(tile), await bytesOf(started, `/${tilePath(tile)}`));
    }
  }
  const hashes = tileHashReader(size, (tile) => tiles.get(tilePath(tile))!, crypto);
  expect(toHex(rootOf(size, hashes, crypto))).toBe(toHex(root));
  return leaves;
}

async function proofOf(started: StartedNode, id: TransactionId): Promise<string> {
  const response = await get(started, `/v1/transactions/${id}/proof`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return text;
}

const codeOf = async (response: Response): Promise<unknown> => ((await response.json()) as { code: string }).code;

test('a whole log is downloaded, and every transaction proven, across restarts', async () => {
  const network = await createNetwork();
  let started = await network.start();
  expect(await codeOf(await get(started, '/checkpoint'))).toBe('nothing-certified');
  expect(await codeOf(await get(started, '/tile/0/000.p/1'))).toBe('tile-not-found');
  expect(await codeOf(await get(started, `/v1/transactions/${'0'.repeat(64)}/proof`))).toBe('transaction-not-found');

  const events = await openEvents(started.apiUrl, '?kinds=certified');
  const device = await Writer.registered(network, started);
  expect(await events.next()).toMatchObject({ event: 'certified', id: null, data: { size: 2 } });
  const ids = [...(await device.writeMany(started, 140)), ...(await device.writeMany(started, 140))];
  for (const id of ids) await statusIs(started, id, 'certified');
  const first = await checkpointOf(started, network);
  expect(first.size).toBeGreaterThan(TILE_WIDTH);
  const leaves = await downloadLog(started, first.size, first.root);
  for (const id of ids.filter((_, index) => index % 7 === 0)) {
    const verdict = verifyProof(await proofOf(started, id), network.genesis, crypto);
    if (!verdict.ok) throw new Error(JSON.stringify(verdict));
    expect(verdict.proof.leaf).toMatchObject({ transaction: { id } });
    expect(verdict.proof.commitTimeMs).not.toBeNull();
    const leaf = decodeLeaf(leaves[verdict.proof.position]!, crypto);
    expect(leaf.ok && leaf.value).toMatchObject({ kind: 'entry', transaction: { id } });
  }
  const info = (await (await get(started, '/v1/info')).json()) as { log: object };
  expect(info.log).toEqual({ size: first.size, certifiedSize: first.size, certifiedRoot: toHex(first.root) });

  await started.stop();
  started = await network.start();
  expect(await checkpointOf(started, network)).toEqual(first);
  const later = await device.write(started);
  await statusIs(started, later, 'certified');
  const second = await checkpointOf(started, network);
  expect(second.size).toBeGreaterThan(first.size);
  await downloadLog(started, second.size, second.root);

  const consistency = await get(started, `/v1/log/consistency?from=${first.size}`);
  const { from, to, hashes } = (await consistency.json()) as { from: number; to: number; hashes: string[] };
  expect([from, to]).toEqual([first.size, second.size]);
  const claim = { size1: BigInt(from), size2: BigInt(to), root1: first.root, root2: second.root };
  expect(
    verifyConsistency(
      claim,
      hashes.map((hash) => decodeBase64(hash)!),
      crypto,
    ),
  ).toBe(true);
  expect(network.repairs).toEqual([]);
});

test('nothing above the certified size is given out, and no path but the canonical one', async () => {
  const network = await createNetwork();
  const started = await network.start();
  const device = await Writer.registered(network, started);
  await statusIs(started, await device.write(started), 'certified');
  const { size } = await checkpointOf(started, network);
  for (const route of [
    `/tile/0/000.p/${size + 1}`,
    `/tile/entries/000.p/${size + 1}`,
    '/tile/0/000',
    '/tile/1/000.p/1',
  ]) {
    const response = await get(started, route);
    expect([route, response.status, response.headers.get('cache-control')]).toEqual([route, 404, 'no-store']);
  }
  for (const route of ['/tile/00/000.p/1', '/tile/0/000.p/256', '/tile/0/0', '/tile/64/000', '/tile/entries/..%2f']) {
    expect([route, (await get(started, route)).status]).toEqual([route, 400]);
  }
  expect(await codeOf(await get(started, `/v1/log/consistency?from=1&to=${size + 1}`))).toBe('not-certified');
  expect(await codeOf(await get(started, `/v1/log/consistency?from=2&to=1`))).toBe('bad-parameter');
  expect(await codeOf(await get(started, `/v1/log/consistency?from=9007199254740993&to=1`))).toBe('bad-parameter');
});

test('a range names every entry of the device in it, its neighbours and the commits around', async () => {
  const network = await createNetwork();
  const started = await network.start();
  const devices = [await Writer.registered(network, started), await Writer.registered(network, started)];
  for (let round = 0; round < 4; round++) {
    for (const device of devices) await device.writeMany(started, 3);
    await statusIs(started, await devices[0]!.write(started), 'certified');
  }
  const { size, root } = await checkpointOf(started, network);
  const leaves = (await downloadLog(started, size, root)).map((bytes): Leaf => {
    const leaf = decodeLeaf(bytes, crypto);
    if (!leaf.ok) throw new Error(JSON.stringify(leaf.reason));
    return leaf.value;
  });
  const timeOf = new Map(leaves.flatMap((leaf) => (leaf.kind === 'entry' ? [] : [[leaf.commitIndex, leaf.timeMs]])));
  const times = leaves.map(({ commitIndex }) => timeOf.get(commitIndex)!);
  const distinct = [...new Set(times)];
  // Before, at, between and after the commits of the readings.
  const moments = [distinct[0]! - 1, distinct.at(-4)!, distinct.at(-3)! + 1, distinct.at(-1)!, distinct.at(-1)! + 1];
  for (const device of devices) {
    const did = deviceIdOf(SUITE_ED25519, device.signer.publicKey);
    const isOwn = (leaf: Leaf): boolean =>
      leaf.kind === 'entry' && toHex(leaf.transaction.issuerKey) === toHex(device.signer.publicKey);
    const places = leaves.map((leaf, position) => ({ leaf, position, time: times[position]! }));
    for (const from of moments) {
      for (const to of moments.filter((moment) => moment >= from)) {
        const query = new URLSearchParams({
          device: did,
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
          limit: '2',
        });
        const items: number[] = [];
        let cursor: string | null = null;
        do {
          const response = await get(
            started,
            `/v1/log/range?${query.toString()}${cursor === null ? '' : `&cursor=${cursor}`}`,
          );
          const page = (await response.json()) as { items: number[]; next: string | null };
          items.push(...page.items);
          cursor = page.next;
          const own = places.filter(({ leaf }) => isOwn(leaf));
          const records = places.filter(({ leaf }) => leaf.kind !== 'entry');
          expect(page).toMatchObject({
            before: own.findLast(({ time }) => time < from)?.position ?? null,
            after: own.find(({ time }) => time >= to)?.position ?? null,
            records: {
              beforeFrom: records.findLast(({ time }) => time < from)?.position ?? null,
              beforeTo: records.findLast(({ time }) => time < to)?.position ?? null,
              atTo: records.find(({ time }) => time >= to)?.position ?? null,
            },
            certifiedSize: size,
          });
        } while (cursor !== null);
        const expected = places.filter(({ leaf, time }) => isOwn(leaf) && time >= from && time < to);
        expect(items).toEqual(expected.map(({ position }) => position));
      }
    }
  }
}, 60_000);

test('a tile that was lost or damaged is made again, while the node runs and at its start', async () => {
  const network = await createNetwork();
  let started = await network.start();
  const device = await Writer.registered(network, started);
  const ids = await device.writeMany(started, 520);
  for (const id of ids) await statusIs(started, id, 'certified');
  const checkpoint = await checkpointOf(started, network);
  const tileKeys = async (change: (database: ClassicLevel<Uint8Array, Uint8Array>) => Promise<void>): Promise<void> => {
    await started.stop();
    const location = path.join(network.dataDirectory, 'ledger');
    const database = new ClassicLevel<Uint8Array, Uint8Array>(location, { keyEncoding: 'view', valueEncoding: 'view' });
    await change(database);
    await database.close();
    started = await network.start();
  };
  const tile = (index: number): Uint8Array => Uint8Array.of(0x50, 0, 0, 0, 0, 0, 0, 0, 0, index);

  await tileKeys((database) => database.del(tile(1)));
  await tileKeys(async (database) => {
    const bytes = (await database.get(tile(0)))!;
    bytes[100]! ^= 4;
    await database.put(tile(0), bytes);
  });
  expect(await checkpointOf(started, network)).toEqual(checkpoint);
  await downloadLog(started, checkpoint.size, checkpoint.root);
  expect(network.repairs.length).toBeGreaterThan(0);

  await tileKeys(async (database) => {
    for (const key of [tile(0), tile(1), Uint8Array.of(0x04)]) await database.del(key);
  });
  expect(await checkpointOf(started, network)).toEqual(checkpoint);
  await downloadLog(started, checkpoint.size, checkpoint.root);
});
