/**
 * A node whose disk fills up: it stops taking transactions while it still has room for what its peers send, goes on by
 * itself when there is room again, and stops in good order before the disk is really full. On a small disk of its own.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { present } from '@tangle/core/assert';
import { fromHex } from '@tangle/core/codec';
import { parseGenesis, PAYLOAD_TYPE, signTransaction, SUITE_ED25519, type Transaction } from '@tangle/core/model';
import { sodiumCrypto, sodiumSigner } from '@tangle/node';
import { tangleHere } from '../support/in-process.js';
import { eventually, useNetwork, type Network } from './network.js';

const MEBIBYTE = 1_048_576;
const DISK_BYTES = 64 * MEBIBYTE;
const RESERVE_BYTES = 32 * MEBIBYTE;
const STOP_BYTES = 12 * MEBIBYTE;
const PAYLOAD_BYTES = 30_000;
/** The node on the small disk. */
const SMALL = 3;

const whyNoMount = await tryMount();
if (whyNoMount !== null) {
  process.stdout.write(`full-disk.test.ts is skipped: no disk can be mounted here: ${whyNoMount}\n`);
}

async function tryMount(): Promise<string | null> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tangle-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', directory], { stdio: 'pipe' });
    execFileSync('umount', [directory], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error);
  } finally {
    await rmdir(directory);
  }
}

const diskOf = (network: Network): string => path.join(network.directory, 'disk');
const ballastOf = (network: Network): string => path.join(diskOf(network), 'ballast');

const networkOf = useNetwork(4, async (network) => {
  if (whyNoMount !== null) return;
  const disk = diskOf(network);
  await mkdir(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'none', disk]);
  const home = network.directoryOf(SMALL);
  const configFile = path.join(home, 'config.json');
  const config = JSON.parse(await readFile(configFile, 'utf8')) as object;
  const dataDirectory = path.join(disk, 'data');
  const thresholds = { reserveBytes: RESERVE_BYTES, stopBytes: STOP_BYTES };
  await writeFile(configFile, JSON.stringify({ ...config, dataDirectory, disk: thresholds }));
  await mkdir(dataDirectory);
  await writeFile(path.join(dataDirectory, 'first-start'), '');
  await rename(path.join(home, 'data'), path.join(home, 'unused'));
});
// Runs before the nodes are ended: what they still have open goes when they do.
afterEach(() => {
  if (whyNoMount === null) execFileSync('umount', ['--lazy', diskOf(networkOf())]);
});

/** Leaves so many bytes free. */
async function fill(network: Network, freeBytes: number): Promise<void> {
  await rm(ballastOf(network), { force: true });
  const { bavail, bsize } = await statfs(diskOf(network));
  execFileSync('fallocate', ['--length', String(bavail * bsize - freeBytes), ballastOf(network)]);
}

/** Signs transactions of the administrator, one after the other. */
async function signerOf(network: Network): Promise<() => Transaction> {
  const parsed = parseGenesis(network.genesis, sodiumCrypto);
  const genesis = present(parsed.ok ? parsed.value : null, 'the genesis that init wrote is valid');
  const { secretKey } = JSON.parse(await readFile(network.adminKeyFile, 'utf8')) as { readonly secretKey: string };
  const signer = sodiumSigner(fromHex(secretKey));
  let sequence = 0n;
  return () =>
    signTransaction(
      {
        network: genesis.network,
        suite: SUITE_ED25519,
        issuerKey: signer.publicKey,
        sequence: sequence++,
        timestampMs: Date.now(),
        parents: [genesis.transactionId, genesis.transactionId],
        payloadType: PAYLOAD_TYPE.opaque,
        payload: new Uint8Array(PAYLOAD_BYTES).fill(Number(sequence % 251n)),
      },
      signer,
      sodiumCrypto,
    );
}

function offer(url: string, { bytes }: Transaction): Promise<Response> {
  const headers = { 'content-type': 'application/octet-stream' };
  return fetch(`${url}/v1/transactions`, { method: 'POST', headers, body: bytes });
}

/** Undefined while it is not final there. */
async function outcomeAt(url: string, id: string): Promise<unknown> {
  const answer = await fetch(`${url}/v1/transactions/${id}`);
  return ((await answer.json()) as { readonly outcome?: unknown }).outcome;
}

async function reservedMetric(url: string): Promise<string | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split('\n').find((line) => line.startsWith('tangle_disk_reserved'));
}

test.skipIf(whyNoMount !== null)(
  'a node stops taking transactions before its disk is full, goes on by itself, and loses nothing',
  { timeout: 120_000 },
  async () => {
    const network = networkOf();
    const url = network.urlOf(SMALL);
    const sign = await signerOf(network);
    const acknowledged: string[] = [];
    const send = async (to: string): Promise<Transaction> => {
      const transaction = sign();
      const answer = await offer(to, transaction);
      expect([answer.status, await answer.text()]).toMatchObject([202, expect.any(String)]);
      acknowledged.push(transaction.id);
      return transaction;
    };
    await send(url);
    await network.agreement([0, 1, 2, SMALL]);

    // Filled up by what it takes itself.
    await fill(network, RESERVE_BYTES + 3 * MEBIBYTE);
    const [refused, refusal] = await eventually('the reserve is reached', async () => {
      const transaction = sign();
      const answer = await offer(url, transaction);
      if (answer.status !== 202) return [transaction, answer] as const;
      acknowledged.push(transaction.id);
      return false;
    });
    expect([refusal.status, await refusal.json()]).toMatchObject([503, { code: 'disk-full' }]);
    expect(refusal.headers.get('retry-after')).toBe('5');
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(await reservedMetric(url)).toBe('tangle_disk_reserved 1');

    // It reads, signs and follows all the same.
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const elsewhere = await send(network.urlOf(0));
    await eventually('it follows the others', async () => {
      return (await outcomeAt(url, elsewhere.id)) !== undefined;
    });

    await rm(ballastOf(network));
    await eventually('it takes transactions again', async () => (await offer(url, refused)).status === 202);
    acknowledged.push(refused.id);
    expect(await reservedMetric(url)).toBe('tangle_disk_reserved 0');

    // Somebody else takes what is left.
    await fill(network, STOP_BYTES / 2);
    const { code, stderr } = await network.ended(SMALL);
    expect([code, stderr]).toMatchObject([74, expect.stringContaining('error: disk-full: ')]);
    await send(network.urlOf(0));
    const dataDirectory = path.join(diskOf(network), 'data');
    const stillFull = await tangleHere(
      'node',
      '--config',
      path.join(network.directoryOf(SMALL), 'config.json'),
      '--json',
    );
    expect(stillFull).toMatchObject({ code: 74, json: [{ error: { code: 'disk-full' } }] });

    await rm(ballastOf(network));
    await network.start(SMALL);
    await send(url);
    await network.agreement([0, 1, 2, SMALL]);
    for (const id of acknowledged) {
      expect([id, await outcomeAt(url, id)]).toEqual([id, { status: 'accepted' }]);
    }
    await network.end(SMALL, 'SIGTERM');
    const genesisFile = path.join(network.directory, 'genesis.json');
    const checked = await tangleHere('fsck', dataDirectory, '--genesis', genesisFile, '--json');
    expect(checked).toMatchObject({ code: 0, json: [{ ok: true }] });
  },
);
