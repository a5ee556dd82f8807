import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';
import type { TransactionId } from '@tangle/core/ids';
import { toHex } from '@tangle/core/codec';
import { generateKey } from '@tangle/sdk';
import { directoryOutbox } from '@tangle/sdk/node';
import { FakeLedger } from './support/fake-ledger.js';
import { genesis } from './support/fake-network.js';
import { codeOf, eventually, key, onEnd, openDevice, startNode, temporaryDirectory, TIME } from './support/harness.js';

const owner = { device: key.id, network: genesis.network };
const idOf = (number: number) => number.toString(16).padStart(64, '0') as TransactionId;
const attachment = (number: number) => ({ id: idOf(number), bytes: Uint8Array.of(number, 1, 2, 3) });

async function filled(directory: string, count: number): Promise<void> {
  const outbox = directoryOutbox(directory);
  await outbox.open(owner);
  for (let number = 1; number <= count; number++) {
    await outbox.append(BigInt(number), attachment(number), { name: 'file', position: number * 10 });
  }
  await outbox.close();
}

describe('a directory outbox', () => {
  it('gives back what is not settled, with every version, the highest number and the source positions', async () => {
    const directory = await temporaryDirectory();
    await filled(directory, 3);
    const outbox = directoryOutbox(directory);
    await outbox.open(owner);
    await outbox.append(2n, attachment(99), null);
    outbox.settle(1n);
    outbox.settle(3n);
    await outbox.close();
    const again = directoryOutbox(directory);
    onEnd(() => again.close());
    expect(await again.open(owner)).toEqual({
      entries: [{ sequence: 2n, attachments: [attachment(2), attachment(99)] }],
      highestSequence: 3n,
    });
    expect(again.highWater('file')).toBe(30);
    expect(again.highWater('other')).toBeNull();
  });

  it('cuts off a torn write at every length, and nothing before it', async () => {
    const directory = await temporaryDirectory();
    await filled(directory, 2);
    const path = join(directory, 'outbox.log');
    const whole = await readFile(path);
    const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    for (let length = lastLine; length < whole.length; length += 7) {
      await writeFile(path, whole);
      await truncate(path, length);
      const outbox = directoryOutbox(directory);
      const { entries, highestSequence } = await outbox.open(owner);
      await outbox.close();
      expect([length, entries.map(({ sequence }) => sequence), highestSequence]).toEqual([length, [1n], 1n]);
    }
  });

  it('refuses a log that is damaged before its end', async () => {
    const directory = await temporaryDirectory();
    await filled(directory, 3);
    const path = join(directory, 'outbox.log');
    const content = await readFile(path);
    const middle = Math.floor(content.length / 2);
    content[middle] = (content[middle] ?? 0) ^ 1;
    await writeFile(path, content);
    expect(await codeOf(directoryOutbox(directory).open(owner))).toBe('outbox-damaged');
    await writeFile(path, 'something else\nentirely\n');
    expect(await codeOf(directoryOutbox(directory).open(owner))).toBe('outbox-damaged');
  });

  it('belongs to one device of one network and to one process', async () => {
    const directory = await temporaryDirectory();
    await filled(directory, 1);
    expect(await codeOf(directoryOutbox(directory).open({ ...owner, device: generateKey().id }))).toBe(
      'outbox-mismatch',
    );
    const outbox = directoryOutbox(directory);
    await outbox.open(owner);
    onEnd(() => outbox.close());
    expect(await codeOf(directoryOutbox(directory).open(owner))).toBe('outbox-locked');
    expect((await stat(join(directory, 'outbox.log'))).mode & 0o777).toBe(0o600);
  });

  it('takes over the lock of a process that is gone, even where its number was given to another', async () => {
    const directory = await temporaryDirectory();
    await filled(directory, 1);
    for (const stale of ['999999999 1\n', `${process.pid} 1\n`, 'garbage']) {
      await writeFile(join(directory, 'outbox.lock'), stale);
      const outbox = directoryOutbox(directory);
      const { entries } = await outbox.open(owner);
      await outbox.close();
      expect(entries).toHaveLength(1);
    }
    expect((await readdir(directory)).sort()).toEqual(['outbox.log']);
  });

  it('loses nothing that it said was kept when its process is killed in the middle of writing', async () => {
    const directory = await temporaryDirectory();
    const script = await bundle(await temporaryDirectory());
    let kept = 0;
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [script, directory, genesis.network, toHex(key.publicKey)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      const lines = round * 5 + 3;
      await eventually('submissions of the child', () => text.split('\n').length > lines || child.exitCode !== null);
      child.kill('SIGKILL');
      await once(child, 'close');
      // The last line may be cut; the numbers before it were kept.
      kept = Math.max(kept, ...text.split('\n').slice(0, -1).map(Number));
      const outbox = directoryOutbox(directory);
      const { entries, highestSequence } = await outbox.open(owner);
      await outbox.close();
      expect(Number(highestSequence)).toBeGreaterThanOrEqual(kept);
      const found = new Set(entries.map(({ sequence }) => Number(sequence)));
      const numbers = Array.from({ length: kept }, (_, index) => index + 1);
      expect(numbers.filter((number) => number % 3 !== 0 && !found.has(number))).toEqual([]);
      for (const { sequence, attachments } of entries) {
        expect(attachments[0]?.bytes).toEqual(new Uint8Array(700).fill(Number(sequence % 251n)));
      }
      expect(outbox.highWater('rows')).toBe(Number(highestSequence));
    }
  });
});

describe('a device with a directory outbox', () => {
  it('sends the same bytes again after a restart, and each reading becomes final once', async () => {
    const directory = await temporaryDirectory();
    const node = await startNode();
    node.ledger.autoFinal = false;
    const first = await openDevice([node], { outbox: directoryOutbox(directory) });
    await first.submit({ a: 1 }, { time: TIME, wait: 'submitted', source: { name: 'rows', position: 1 } });
    node.override = ({ method }) => (method === 'POST' ? 'drop' : null);
    await first.submit({ a: 2 }, { time: TIME, source: { name: 'rows', position: 2 } });
    await first.close();
    node.override = () => null;
    const second = await openDevice([node], { outbox: directoryOutbox(directory) });
    expect(second.recovered.map(({ sequence }) => sequence)).toEqual([1n, 2n]);
    expect(second.highWater('rows')).toBe(2);
    await Promise.all(second.recovered.map((receipt) => receipt.submitted()));
    node.ledger.finalise();
    const third = await second.submit({ a: 3 }, { time: TIME });
    await third.submitted();
    node.ledger.finalise();
    await second.drain();
    expect(node.ledger.order.map(({ transaction }) => transaction.sequence)).toEqual([1n, 2n, 3n]);
  });

  it('finds out what became final while it was away', async () => {
    const directory = await temporaryDirectory();
    const node = await startNode();
    node.ledger.autoFinal = false;
    const first = await openDevice([node], { outbox: directoryOutbox(directory) });
    const { id } = await first.submit({ a: 1 }, { time: TIME, wait: 'submitted' });
    await first.close();
    node.ledger.finalise();
    const second = await openDevice([node], { outbox: directoryOutbox(directory) });
    const [receipt] = second.recovered;
    expect(await receipt?.final()).toMatchObject({ id, position: 1 });
    expect(second.open).toBe(0);
  });

  it('keeps readings while no node answers, opens without one, and sends them later', async () => {
    const directory = await temporaryDirectory();
    const ledger = new FakeLedger();
    const node = await startNode(ledger);
    const port = Number(new URL(node.url).port);
    const limits = { inFlightMax: 2 };
    const first = await openDevice([node], { outbox: directoryOutbox(directory), limits });
    await first.submit({ a: 0 }, { time: TIME, wait: 'final' });
    await node.stop();
    for (let number = 1; number <= 10; number++) await first.submit({ a: number }, { time: TIME });
    await first.close();
    const second = await openDevice([node], { outbox: directoryOutbox(directory), limits });
    await second.submit({ a: 11 }, { time: TIME });
    expect(second.open).toBe(11);
    await node.listen(port);
    await second.drain();
    expect(ledger.order.map(({ transaction }) => Number(transaction.sequence)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
  });

  it('stops where the disk refuses', async () => {
    const node = await startNode();
    const device = await openDevice([node], { outbox: directoryOutbox('/dev/null/outbox') }).catch(
      (error: unknown) => error,
    );
    expect(device).toMatchObject({ code: 'outbox-failed' });
  });
});

/** The child runs plain Node: its TypeScript and the workspace's are bundled first. */
async function bundle(directory: string): Promise<string> {
  const entry = fileURLToPath(new URL('./support/crashing-device.ts', import.meta.url));
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, resolve: { conditions: ['source'] } },
    build: {
      ssr: entry,
      outDir: directory,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'device.mjs' } },
    },
  });
  return join(directory, 'device.mjs');
}
