/** The check of a real node's directory, and what its findings lead to. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '@tangle/core/codec';
import { testNetwork } from '@tangle/core/testing';
import { sodiumCrypto as crypto } from '../../src/crypto/index.js';
import { seal, unseal } from '../../src/store/checksum.js';
import { fsck, openLevelStore, type FsckReport } from '../../src/store/index.js';
import { guardKey, identityKey, keySpaceOf, type KeySpace } from '../../src/store/keys.js';
import { copyOf } from '../faults/images.js';
import { temporaryDirectory } from '../store/fixtures.js';
import { createNetwork, statusIs, Writer, type Network } from './started-node.js';

let network: Network;
let written: string;
const undone: (() => Promise<void>)[] = [];

beforeAll(async () => {
  network = await createNetwork((undo) => undone.unshift(undo));
  const started = await network.start();
  const device = await Writer.registered(network, started);
  for (const id of await device.writeMany(started, 270)) await statusIs(started, id, 'certified');
  await started.stop();
  written = network.dataDirectory;
}, 60_000);

afterAll(async () => {
  for (const undo of undone) await undo();
});

type Database = ClassicLevel<Uint8Array, Uint8Array>;

/** A copy of the written directory with this done to its records. */
async function changed(change: (database: Database) => Promise<void>): Promise<string> {
  const directory = await copyOf(written, path.join(await temporaryDirectory(), 'copy'));
  const location = path.join(directory, 'ledger');
  const database: Database = new ClassicLevel(location, { keyEncoding: 'view', valueEncoding: 'view' });
  await change(database);
  await database.close();
  return directory;
}

async function firstOf(database: Database, space: KeySpace): Promise<[Uint8Array, Uint8Array]> {
  const records = await database.iterator().all();
  return records.find(([key]) => keySpaceOf(key) === space)!;
}

function check(directory: string, repair = false): Promise<FsckReport> {
  return fsck({ directory, genesis: network.genesis, crypto, repair });
}

async function reopen(directory: string): Promise<void> {
  const store = await openLevelStore({ directory, genesis: network.genesis, crypto });
  await store.close();
}

describe('fsck', () => {
  test('finds nothing in a directory as a node left it, and counts what it saw', async () => {
    const report = await check(written);
    expect(report).toMatchObject({ findings: [], findingCount: 0, dropped: 0 });
    expect(report.leaves).toBeGreaterThan(271);
    expect(report.commits).toBeGreaterThan(1);
  });

  test('finds a well-formed record that execution does not give, and says where it stands', async () => {
    let key = new Uint8Array();
    const directory = await changed(async (database) => {
      const [finalKey, sealed] = await firstOf(database, 'final');
      key = Uint8Array.from(finalKey);
      const value = Uint8Array.from(unseal(finalKey, sealed)!);
      // The outcome: accepted becomes unknown-device.
      value[value.length - 2] = 1;
      await database.put(finalKey, seal(finalKey, value));
    });
    const { findings } = await check(directory);
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'record-contradicts', keySpace: 'final', key: toHex(key), remedy: 'resync' }),
    );
  });

  test.each(['tile', 'log-head', 'issuer-position'] as const)(
    'with repair drops a bad %s, and the next start makes it again',
    async (space) => {
      const directory = await changed(async (database) => {
        const [key, value] = await firstOf(database, space);
        await database.put(key, value.subarray(0, 3));
      });
      const first = await check(directory, true);
      expect(first.findings[0]).toMatchObject({ code: 'record-corrupt', keySpace: space, remedy: 'rebuild' });
      expect(first.dropped).toBeGreaterThan(0);
      await reopen(directory);
      expect((await check(directory)).findings).toEqual([]);
    },
  );

  test.each(['cosigned', 'certified', 'published'] as const)(
    'with repair keeps a %s head that the commits do not make, and the ledger stays closed',
    async (space) => {
      const directory = await changed(async (database) => {
        const [key, sealed] = await firstOf(database, space);
        const value = Uint8Array.from(unseal(key, sealed)!);
        // A byte of the root.
        value[20]! ^= 1;
        await database.put(key, seal(key, value));
      });
      const { findings, dropped } = await check(directory, true);
      expect(findings).toMatchObject([{ code: 'record-contradicts', keySpace: space, remedy: 'resync' }]);
      expect(dropped).toBe(0);
      await expect(reopen(directory)).rejects.toMatchObject({ code: 'record-corrupt', keySpace: space });
    },
  );

  test.each(['tile', 'issuer-position', 'log-head'] as const)(
    'finds what else is wrong beside a bad %s',
    async (space) => {
      const directory = await changed(async (database) => {
        const [key] = await firstOf(database, space);
        await database.put(key, new Uint8Array(3));
        const [state] = await firstOf(database, 'state');
        await database.del(state);
      });
      const { findings } = await check(directory);
      expect(findings).toContainEqual(expect.objectContaining({ code: 'record-corrupt', keySpace: space }));
      expect(findings).toContainEqual(expect.objectContaining({ code: 'record-missing', keySpace: 'state' }));
    },
  );

  test('misses a batch that the database lost', async () => {
    const directory = await changed(async (database) => {
      const [key] = await firstOf(database, 'journal');
      const second = Uint8Array.from(key);
      second[second.length - 1]! += 1;
      await database.del(second);
    });
    expect((await check(directory)).findings).toContainEqual(expect.objectContaining({ code: 'batch-lost' }));
    await expect(reopen(directory)).rejects.toMatchObject({ code: 'record-corrupt', keySpace: 'journal' });
  });

  test('is refused a directory that is in use, of another network, or not there', async () => {
    const started = await network.start();
    await expect(check(written)).rejects.toMatchObject({ code: 'data-directory-in-use' });
    await started.stop();
    const other = testNetwork({ weights: [1], name: 'other' }).genesis;
    await expect(fsck({ directory: written, genesis: other, crypto })).rejects.toMatchObject({ code: 'wrong-network' });
    await expect(check(path.join(written, 'nothing'))).rejects.toMatchObject({ code: 'store-unreadable' });
  });
});

test('a directory of format 1, which had no log, is upgraded at its first opening', async () => {
  const later: readonly string[] = [
    'log-head',
    'cosigned',
    'certified',
    'published',
    'journal',
    'issuer-position',
    'tile',
  ];
  const directory = await changed(async (database) => {
    const records = await database.iterator().all();
    for (const [key] of records) if (later.includes(keySpaceOf(key))) await database.del(key);
    const key = identityKey();
    const identity = Uint8Array.from(unseal(key, (await database.get(key))!)!);
    identity.set(fromHex('0001'));
    await database.put(key, seal(key, identity));
    expect(await database.get(guardKey())).toBeDefined();
  });
  // Format 1 had no such file either.
  await rm(path.join(directory, 'clean-stop'));
  await reopen(directory);
  expect((await check(directory)).findings).toEqual([]);
});
