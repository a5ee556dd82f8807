/** What only a real data directory can do: belong to somebody, be new, be locked, be damaged, fail. */
import { access, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InvariantError } from '@tangle/core/assert';
import { ClassicLevel } from 'classic-level';
import { describe, expect, test } from 'vitest';
import { seal } from '../../src/store/checksum.js';
import { identityKey } from '../../src/store/keys.js';
import { encodeIdentity } from '../../src/store/records.js';
import { markFirstStart, openLevelStore, STORE_FORMAT } from '../../src/store/index.js';
import { crypto, genesis, genesisNamed, Script, temporaryDirectory, transaction } from './fixtures.js';

async function freshDirectory(): Promise<string> {
  const directory = path.join(await temporaryDirectory(), 'data');
  await markFirstStart(directory);
  return directory;
}

function rawDatabase(directory: string): ClassicLevel<Uint8Array, Uint8Array> {
  return new ClassicLevel(path.join(directory, 'ledger'), { keyEncoding: 'view', valueEncoding: 'view' });
}

describe('opening a data directory', () => {
  test('of another network is refused', async () => {
    const directory = await freshDirectory();
    await (await openLevelStore({ directory, genesis, crypto })).close();
    const other = openLevelStore({ directory, genesis: genesisNamed('other-net'), crypto });
    await expect(other).rejects.toMatchObject({ code: 'wrong-network' });
    await (await openLevelStore({ directory, genesis, crypto })).close();
  });

  test('of a newer store format is refused, whatever else the newer identity holds', async () => {
    const directory = await freshDirectory();
    await (await openLevelStore({ directory, genesis, crypto })).close();
    const database = rawDatabase(directory);
    const identity = encodeIdentity({ format: STORE_FORMAT + 1, genesisHash: genesis.hash, firstStart: true });
    await database.put(identityKey(), seal(identityKey(), Uint8Array.of(...identity, 1, 2, 3)));
    await database.close();
    const opened = openLevelStore({ directory, genesis, crypto });
    await expect(opened).rejects.toMatchObject({ code: 'unsupported-store-format' });
  });

  test('whose closing was cut short is opened: half a clean-stop file is none', async () => {
    const directory = await freshDirectory();
    await (await openLevelStore({ directory, genesis, crypto })).close();
    await rm(path.join(directory, 'clean-stop'));
    await writeFile(path.join(directory, 'clean-stop.draft'), '');
    await (await openLevelStore({ directory, genesis, crypto })).close();
    await expect(access(path.join(directory, 'clean-stop.draft'))).rejects.toMatchObject({ code: 'ENOENT' });
    await access(path.join(directory, 'clean-stop'));
  });

  test('that is open already is refused', async () => {
    const directory = await freshDirectory();
    const store = await openLevelStore({ directory, genesis, crypto });
    await expect(openLevelStore({ directory, genesis, crypto })).rejects.toMatchObject({
      code: 'data-directory-in-use',
    });
    await store.close();
  });

  test('that is no directory or holds a damaged database is refused with the cause', async () => {
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'file');
    await writeFile(file, '');
    await expect(openLevelStore({ directory: file, genesis, crypto })).rejects.toMatchObject({
      code: 'store-unreadable',
      cause: { code: 'EEXIST' },
    });

    await (await openLevelStore({ directory, genesis, crypto })).close();
    await writeFile(path.join(directory, 'ledger', 'CURRENT'), 'nonsense');
    const opened = openLevelStore({ directory, genesis, crypto });
    await expect(opened).rejects.toMatchObject({ code: 'store-unreadable' });
  });

  test('whose identity is gone from among other records is refused', async () => {
    const directory = await freshDirectory();
    const store = await openLevelStore({ directory, genesis, crypto });
    await store.write([{ kind: 'transaction', transaction: transaction({}) }]);
    await store.close();
    const database = rawDatabase(directory);
    await database.del(identityKey());
    await database.close();
    await expect(openLevelStore({ directory, genesis, crypto })).rejects.toMatchObject({
      code: 'record-corrupt',
      keySpace: 'identity',
    });
  });
});

describe('the first start', () => {
  const firstStartFile = (directory: string): string => path.join(directory, 'first-start');

  async function isDoubtful(directory: string): Promise<boolean> {
    const store = await openLevelStore({ directory, genesis, crypto });
    const { doubtful } = await store.recover();
    await store.close();
    return doubtful;
  }

  test('uses the mark up', async () => {
    const directory = await freshDirectory();
    expect(await isDoubtful(directory)).toBe(false);
    await expect(access(firstStartFile(directory))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is not had again by a validator whose ledger was lost', async () => {
    const directory = await freshDirectory();
    expect(await isDoubtful(directory)).toBe(false);
    await rm(path.join(directory, 'ledger'), { recursive: true });
    expect(await isDoubtful(directory)).toBe(true);
    expect(await isDoubtful(directory)).toBe(true);
  });

  test('survives a crash before the identity was written, and one before the mark was removed', async () => {
    const directory = await freshDirectory();
    const database = rawDatabase(directory);
    await database.open();
    await database.close();
    expect(await isDoubtful(directory)).toBe(false);

    await writeFile(firstStartFile(directory), '');
    expect(await isDoubtful(directory)).toBe(false);
    await expect(access(firstStartFile(directory))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('cannot be given back to a lost past that was opened without it', async () => {
    const directory = await temporaryDirectory();
    expect(await isDoubtful(directory)).toBe(true);
    await expect(markFirstStart(directory)).rejects.toMatchObject({ code: 'data-directory-not-empty' });
    await writeFile(firstStartFile(directory), '');
    expect(await isDoubtful(directory)).toBe(true);
  });
});

describe('a store whose write was rejected', () => {
  test('rejects every later call, and can be opened again', async () => {
    const directory = await freshDirectory();
    const store = await openLevelStore({ directory, genesis, crypto });
    const script = new Script(1);
    await store.write(script.turn());
    const { id } = script.statements[0]!;

    const impossible = { ...script.commit(), head: { ...script.head!, index: -1 } };
    await expect(store.write([impossible])).rejects.toThrow(InvariantError);

    const later = [
      () => store.write([]),
      () => store.recover(),
      () => store.statement(id),
      () => store.vertex(id),
      () => store.commit(1),
      () => store.head(),
      () => store.finalAfter(-1, 1),
      () => store.exportLines(genesis).next(),
    ];
    for (const call of later) {
      await expect(call()).rejects.toMatchObject({ code: 'disk-failed' });
    }
    expect(() => store.history.statement(id)).toThrow('disk-failed');
    await store.close();

    const again = await openLevelStore({ directory, genesis, crypto });
    expect((await again.recover()).statements.map((statement) => statement.id)).toEqual([id]);
    await again.close();
  });

  test('that was closed says so', async () => {
    const store = await openLevelStore({ directory: await freshDirectory(), genesis, crypto });
    await store.close();
    await expect(store.head()).rejects.toMatchObject({ code: 'store-closed' });
    expect(() => store.history.isFinal(genesis.transactionId)).toThrow('store-closed');
  });
});

describe('lists of final transactions', () => {
  test('page through the order', async () => {
    const store = await openLevelStore({ directory: await freshDirectory(), genesis, crypto });
    const script = new Script(2);
    while (script.transactions.length < 40) {
      await store.write(script.turn());
    }
    const last = script.commit();
    await store.write([last]);
    const entries = [];
    for (let index = 1; index <= last.commit.index; index++) {
      entries.push(...(await store.commit(index))!.entries);
    }
    expect(entries.length).toBe(script.transactions.length);

    const paged = [];
    for (let position = -1; ;) {
      const page = await store.finalAfter(position, 7);
      expect(page.length).toBeLessThanOrEqual(7);
      paged.push(...page);
      if (page.length === 0) {
        break;
      }
      position = page.at(-1)!.position;
    }
    expect(paged).toMatchObject(entries);
    await store.close();
  });
});
