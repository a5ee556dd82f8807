/** A backup of a running node, and what becomes of it: restored whole, or refused and nothing left behind. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseGenesis, type Genesis } from '@tangle/core/model';
import { testNetwork } from '@tangle/core/testing';
import { sodiumCrypto as crypto } from '../../src/crypto/index.js';
import { BackupParser, BackupWriter, type BackupRecord } from '../../src/store/backup-format.js';
import {
  backupOfDirectory,
  fsck,
  openLevelStore,
  restoreBackup,
  STORE_FORMAT,
  StoreError,
} from '../../src/store/index.js';
import { KEY_SPACE } from '../../src/store/keys.js';
import { createNetwork, statusIs, Writer, type Network } from '../log/started-node.js';
import { randomFrom, temporaryDirectory } from './fixtures.js';

const seed = Number(process.env['STORE_SEED'] ?? Date.now() % 1_000_000);
const FORMAT_1 = fileURLToPath(new URL('./fixture-format-1', import.meta.url));

let network: Network;
/** Final before the backup began, and while it was made. */
let before: readonly string[];
let backup: Buffer;
const undone: (() => Promise<void>)[] = [];

beforeAll(async () => {
  network = await createNetwork((undo) => undone.unshift(undo));
  const started = await network.start();
  const device = await Writer.registered(network, started);
  before = await device.writeMany(started, 300);
  for (const id of before) await statusIs(started, id as never, 'final');
  const chunks: Uint8Array[] = [];
  const meanwhile: Promise<unknown>[] = [];
  for await (const chunk of started.node.backup()) {
    chunks.push(chunk);
    meanwhile.push(device.writeMany(started, 20));
  }
  await Promise.all(meanwhile);
  await started.stop();
  backup = Buffer.concat(chunks);
}, 60_000);

afterAll(async () => {
  for (const undo of undone) await undo();
});

async function* inPieces(bytes: Uint8Array, pieceBytes = 10_000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    yield await Promise.resolve(bytes.subarray(start, start + pieceBytes));
  }
}

function restore(bytes: Uint8Array, directory: string, genesis: Genesis = network.genesis) {
  return restoreBackup({ source: inPieces(bytes), directory, genesis, crypto, acceptContradiction: true });
}

function recordsOf(bytes: Uint8Array): BackupRecord[] {
  return [...new BackupParser().push(bytes)];
}

function backupWith(records: readonly BackupRecord[], storeFormat = STORE_FORMAT, genesis = network.genesis): Buffer {
  const writer = new BackupWriter();
  const head = writer.head({ genesisHash: genesis.hash, storeFormat });
  return Buffer.concat([head, ...records.map((record) => writer.record(record)), writer.end()]);
}

/** The code of the refusal, and what the attempt has left in the directory. */
async function refusalOf(bytes: Uint8Array, genesis?: Genesis): Promise<{ code: string; left: readonly string[] }> {
  const directory = await temporaryDirectory();
  const code = await restore(bytes, directory, genesis).then(
    () => 'restored',
    (error: unknown) => (error instanceof StoreError ? error.code : String(error)),
  );
  return { code, left: await readdir(directory) };
}

/** What a changed byte may be called: the head names a network and a format. */
const NOTICED: ReadonlySet<string> = new Set(['backup-damaged', 'wrong-network', 'unsupported-store-format']);
const refusedAs = (code: string) => ({ code, left: [] });

describe('a backup of a node that goes on writing', () => {
  test('holds one moment of it, at least what was final before, and is a ledger again', async () => {
    const directory = path.join(await temporaryDirectory(), 'data');
    const report = await restore(backup, directory);
    expect(report).toMatchObject({ genesisHash: network.genesis.hash, bytes: backup.length, inDoubt: false });
    expect(await readdir(directory)).toEqual(['ledger']);

    let isCopy = false;
    const onCopy = () => (isCopy = true);
    const store = await openLevelStore({ directory, genesis: network.genesis, crypto, onCopy });
    for (const id of before) expect(await store.final(id as never)).toMatchObject({ outcome: { status: 'accepted' } });
    expect(isCopy).toBe(false);
    await store.close();
    expect((await fsck({ directory, genesis: network.genesis, crypto })).findings).toEqual([]);
  });

  test('is the same from the directory once the node is stopped, which stays as it is', async () => {
    const chunks: Uint8Array[] = [];
    const source = backupOfDirectory(network.dataDirectory, network.genesis, crypto);
    for await (const chunk of source) chunks.push(chunk);
    const directory = await temporaryDirectory();
    const { commits } = await restore(Buffer.concat(chunks), directory);
    const original = await fsck({ directory: network.dataDirectory, genesis: network.genesis, crypto });
    expect(original).toMatchObject({ commits, findings: [] });
  });

  test('is of no use without its end, with another byte anywhere, or with one more', { timeout: 60_000 }, async () => {
    const random = randomFrom(seed);
    expect(await refusalOf(new Uint8Array(0))).toEqual(refusedAs('backup-damaged'));
    expect(await refusalOf(Buffer.from('{"error":"not what you asked for"}'))).toEqual(refusedAs('backup-damaged'));
    for (let image = 0; image < 10; image++) {
      expect(await refusalOf(backup.subarray(0, random(backup.length)))).toEqual(refusedAs('backup-damaged'));
    }
    expect(await refusalOf(backup.subarray(0, -1))).toEqual(refusedAs('backup-damaged'));
    expect(await refusalOf(Buffer.concat([backup, Buffer.alloc(1)]))).toEqual(refusedAs('backup-damaged'));
    for (let image = 0; image < 20; image++) {
      const flipped = Buffer.from(backup);
      const place = random(backup.length);
      flipped[place]! ^= 1 << random(8);
      const { code, left } = await refusalOf(flipped);
      const found = { place, left, isNoticed: NOTICED.has(code) };
      expect({ ...found, code, seed }).toEqual({ place, left: [], isNoticed: true, code, seed });
    }
  });

  test('is refused where its checksum is right and its ledger is not whole', async () => {
    const records = recordsOf(backup);
    const place = records.findIndex(({ key }) => key[0] === KEY_SPACE.commit);
    expect(await refusalOf(backupWith(records.toSpliced(place, 1)))).toEqual(refusedAs('backup-damaged'));
    expect(await refusalOf(backupWith(records.filter(({ key }) => key[0] !== KEY_SPACE.guard)))).toEqual(
      refusedAs('backup-damaged'),
    );
    expect(await refusalOf(backupWith([]))).toEqual(refusedAs('backup-damaged'));
  });

  test('of another network or a newer format is refused by name', async () => {
    const { genesis } = testNetwork({ weights: [1, 1] });
    expect(await refusalOf(backup, genesis)).toEqual(refusedAs('wrong-network'));
    expect(await refusalOf(backupWith(recordsOf(backup), STORE_FORMAT + 1))).toEqual(
      refusedAs('unsupported-store-format'),
    );
  });
});

describe('restoring', () => {
  test('never touches a ledger that is there', async () => {
    const directory = await temporaryDirectory();
    await restore(backup, directory);
    const files = await readdir(path.join(directory, 'ledger'));
    await expect(restore(backup, directory)).rejects.toMatchObject({ code: 'data-directory-not-empty' });
    expect(await readdir(path.join(directory, 'ledger'))).toEqual(files);
  });

  test('begins again what was killed in the middle, and takes away what vouched for a ledger that is gone', async () => {
    const directory = await temporaryDirectory();
    await restore(backup, path.join(directory, 'restoring'));
    await writeFile(path.join(directory, 'first-start'), '');
    await writeFile(path.join(directory, 'clean-stop'), '12345\n');
    await restore(backup, directory);
    expect(await readdir(directory)).toEqual(['ledger']);
  });

  test('waits for nobody who restores to the same place', async () => {
    const directory = await temporaryDirectory();
    const ledger = path.join(directory, 'restoring', 'ledger');
    await mkdir(path.dirname(ledger), { recursive: true });
    const other = new ClassicLevel(ledger);
    await other.open();
    await expect(restore(backup, directory)).rejects.toMatchObject({ code: 'data-directory-in-use' });
    await other.put('still', 'there');
    await other.close();
  });

  test('in a network of one has to be asked for by name; in a larger one it is in doubt', async () => {
    const directory = await temporaryDirectory();
    const { genesis } = network;
    const refused = restoreBackup({ source: inPieces(backup), directory, genesis, crypto });
    await expect(refused).rejects.toMatchObject({ code: 'nobody-to-ask' });
    expect(await readdir(directory)).toEqual([]);
  });

  test('brings a backup of an older format to the newest one', async () => {
    const parsed = parseGenesis(JSON.parse(await readFile(path.join(FORMAT_1, 'genesis.json'), 'utf8')), crypto);
    if (!parsed.ok) throw new Error(parsed.reason.field);
    const copy = path.join(await temporaryDirectory(), 'ledger');
    await cp(path.join(FORMAT_1, 'ledger'), copy, { recursive: true });
    const database = new ClassicLevel<Uint8Array, Uint8Array>(copy, { keyEncoding: 'view', valueEncoding: 'view' });
    const records = (await database.iterator().all()).map(([key, value]) => ({ key, value }));
    await database.close();
    const directory = await temporaryDirectory();
    await restore(backupWith(records, 1, parsed.value), directory, parsed.value);
    expect((await fsck({ directory, genesis: parsed.value, crypto })).findings).toEqual([]);
  });
});

test('what is damaged in the store ends its backup', async () => {
  const copy = path.join(await temporaryDirectory(), 'copy');
  await cp(network.dataDirectory, copy, { recursive: true });
  const location = path.join(copy, 'ledger');
  const database = new ClassicLevel<Uint8Array, Uint8Array>(location, { keyEncoding: 'view', valueEncoding: 'view' });
  const [key, value] = (await database.iterator({ gte: Uint8Array.of(KEY_SPACE.commit), limit: 1 }).all())[0]!;
  await database.put(key, value.subarray(0, -1));
  await database.close();
  const read = async (): Promise<void> => {
    for await (const chunk of backupOfDirectory(copy, network.genesis, crypto)) expect(chunk.length).toBeGreaterThan(0);
  };
  await expect(read()).rejects.toMatchObject({ code: 'record-corrupt', keySpace: 'commit' });
});
