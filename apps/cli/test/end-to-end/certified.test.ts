/**
 * What is final gets certified and can be proven, nothing else can (PROTOCOL 12, invariants 16 and 17): real processes
 * under load, killed and started again, and every proof checked with the genesis file alone.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { decodeBase64, networkKeys, parseCheckpoint, parseNote, verifyConsistency, verifyNote } from '@tangle/core/log';
import { parseGenesis, type Genesis } from '@tangle/core/model';
import { verifyFile } from '@tangle/core/proof';
import { sodiumCrypto } from '@tangle/node';
import type { Receipt } from '@tangle/sdk';
import { Device, readKeyFile } from '@tangle/sdk/node';
import { parseLines, tangle, tangleJson, temporaryDirectory } from '../support/tangle.js';
import { eventually, useNetwork } from './network.js';

const ROUNDS = Number(process.env['CERTIFIED_ROUNDS'] ?? 3);
const PER_ROUND = 40;
const NODES = [0, 1, 2, 3] as const;

const networkOf = useNetwork(4);
let genesisText: string;
let genesis: Genesis;

beforeEach(async () => {
  genesisText = await readFile(path.join(networkOf().directory, 'genesis.json'), 'utf8');
  const parsed = parseGenesis(JSON.parse(genesisText), sodiumCrypto);
  if (!parsed.ok) throw new Error(parsed.reason.field);
  genesis = parsed.value;
});

/** Every certified head that was ever seen at any node: one root a size, whoever served it. */
class SeenCheckpoints {
  readonly roots = new Map<bigint, string>();

  /** Takes in what a node serves now; nothing where nothing is certified yet. */
  async look(url: string): Promise<void> {
    const response = await fetch(`${url}/checkpoint`);
    if (response.status === 404) return;
    const note = parseNote(await response.text());
    if (!note.ok) throw new Error(note.reason.field);
    const keys = networkKeys(genesis, sodiumCrypto);
    const cosignatures = verifyNote(note.value, keys.cosignerKeys, sodiumCrypto);
    const checkpoint = parseCheckpoint(note.value.text);
    if (!cosignatures.ok || !checkpoint.ok) throw new Error(`${url} serves ${note.value.text}`);
    if (cosignatures.value.length < genesis.committee.quorum) throw new Error(`${url} serves what no quorum cosigned`);
    const { size, root } = checkpoint.value;
    const hex = Buffer.from(root).toString('hex');
    if ((this.roots.get(size) ?? hex) !== hex) throw new Error(`two certified roots of size ${size}`);
    this.roots.set(size, hex);
  }

  /** Pairs of sizes of which a node cannot prove that the smaller log begins the larger one. */
  async inconsistencies(url: string): Promise<string[]> {
    const found: string[] = [];
    const sizes = [...this.roots.keys()].sort((left, right) => Number(left - right));
    for (const [index, to] of sizes.entries()) {
      const from = sizes[index - 1];
      if (from === undefined) continue;
      const answer = (await (await fetch(`${url}/v1/log/consistency?from=${from}&to=${to}`)).json()) as {
        readonly hashes: readonly string[];
      };
      const rootOf = (size: bigint): Uint8Array => Buffer.from(this.roots.get(size) ?? '', 'hex');
      const claim = { size1: from, root1: rootOf(from), size2: to, root2: rootOf(to) };
      const hashes = answer.hashes.map((text) => decodeBase64(text) ?? new Uint8Array());
      if (!verifyConsistency(claim, hashes, sodiumCrypto)) found.push(`${from} to ${to}`);
    }
    return found;
  }
}

async function logOf(url: string): Promise<{ readonly size: number; readonly certifiedSize: number }> {
  const info = (await (await fetch(`${url}/v1/info`)).json()) as {
    readonly log: { readonly size: number; readonly certifiedSize: number };
  };
  return info.log;
}

/** Ids of all final transactions, out of a stopped node's store. */
async function finalIds(index: number): Promise<string[]> {
  const exported = await tangle(['export', '--data', networkOf().directoryOf(index)]);
  const commits = parseLines(exported.stdout).filter(({ kind }) => kind === 'commit');
  return commits.flatMap(({ ids }) => ids as readonly string[]);
}

async function deviceOf(name: string, nodes: readonly string[]): Promise<Device> {
  const network = networkOf();
  const directory = await temporaryDirectory();
  const keyFile = path.join(directory, `${name}.key`);
  await tangleJson('keygen', '--out', keyFile);
  const admin = ['--admin', network.adminKeyFile, '--node', network.urls.join(',')];
  await tangleJson('device', 'register', keyFile, ...admin);
  return Device.open({ key: await readKeyFile(keyFile), genesis: network.genesis, nodes, crypto: sodiumCrypto });
}

test(
  'every final transaction has a proof that verifies offline, at every node and across kill -9',
  { timeout: 180_000 },
  async () => {
    const network = networkOf();
    const device = await deviceOf('load', network.urls);
    const seen = new SeenCheckpoints();
    const lookAtAll = () => Promise.all(network.urls.map((url) => seen.look(url)));
    for (let round = 0; round < ROUNDS; round++) {
      const victim = round % NODES.length;
      const receipts: Receipt[] = [];
      for (let index = 0; index < PER_ROUND; index++) {
        receipts.push(await device.submit({ round, index }));
        if (index === PER_ROUND >> 1) {
          await lookAtAll();
          await network.end(victim, 'SIGKILL');
        }
      }
      await Promise.all(receipts.map((receipt) => receipt.final()));
      await network.start(victim);
      await network.ready(victim);
      await lookAtAll();
    }
    await device.close();

    await network.agreement(NODES);
    const stoppedAtMs = performance.now();
    for (const url of network.urls) {
      await eventually(`${url} has certified its whole log`, async () => {
        const { size, certifiedSize } = await logOf(url);
        return size === certifiedSize;
      });
    }
    process.stdout.write(`certified ${Math.round(performance.now() - stoppedAtMs)} ms after the nodes agreed\n`);
    await lookAtAll();
    for (const url of network.urls) expect([url, await seen.inconsistencies(url)]).toEqual([url, []]);
    expect(seen.roots.size).toBeGreaterThan(2);

    await network.end(3, 'SIGTERM');
    const ids = await finalIds(3);
    expect(ids.length).toBeGreaterThan(ROUNDS * PER_ROUND);
    for (const [index, id] of ids.entries()) {
      const url = network.urlOf(index % 3);
      const proof = await (await fetch(`${url}/v1/transactions/${id}/proof`)).text();
      const verdict = verifyFile(proof, genesisText, sodiumCrypto);
      if (!verdict.ok) throw new Error(`${id}: ${verdict.failed.check}: ${verdict.failed.reason.found}`);
      if (verdict.kind !== 'proof' || verdict.proof.leaf.kind !== 'entry') throw new Error(`${id}: another proof`);
      expect(verdict.proof.leaf.transaction.id).toBe(id);
      expect(verdict.proof.weight).toBeGreaterThanOrEqual(genesis.committee.quorum);
    }
  },
);

test('what is not final has no proof, and gets one once it is', { timeout: 120_000 }, async () => {
  const network = networkOf();
  const device = await deviceOf('patient', network.urls.slice(0, 2));
  await network.agreement(NODES);
  await network.end(2, 'SIGKILL');
  await network.end(3, 'SIGKILL');
  const receipt = await device.submit({ value: 1 });
  await receipt.submitted();
  const proofOf = (id: string): Promise<Response> => fetch(`${network.urlOf(0)}/v1/transactions/${id}/proof`);
  const early = await proofOf(receipt.id);
  expect([early.status, await early.json()]).toMatchObject([409, { code: 'not-final' }]);
  expect(early.headers.get('retry-after')).not.toBe(null);
  expect(await (await proofOf('ab'.repeat(32))).json()).toMatchObject({ code: 'transaction-not-found' });

  await network.start(2);
  const { id } = await receipt.final();
  const text = await eventually('it has a proof', async () => {
    const response = await proofOf(id);
    return response.ok && response.text();
  });
  expect(verifyFile(text, genesisText, sodiumCrypto)).toMatchObject({ ok: true });
  await device.close();
});
