/** Stores of older formats: a kept one that the version of then wrote, and steps that end anywhere. */
import { cp, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClassicLevel } from 'classic-level';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseGenesis, type Genesis } from '@tangle/core/model';
import type { LedgerDatabase } from '../../src/store/checked-reader.js';
import { CheckedReader } from '../../src/store/checked-reader.js';
import { seal } from '../../src/store/checksum.js';
import { fsck, markFirstStart, openLevelStore } from '../../src/store/index.js';
import { identityKey, stateKey } from '../../src/store/keys.js';
import { migrate, type Migration } from '../../src/store/migrations.js';
import { decodeIdentity, encodeIdentity } from '../../src/store/records.js';
import { crypto, genesis, temporaryDirectory } from './fixtures.js';

/** Written by the last version before the log: a network of one, 24 readings of a device, a restart in between. */
const FORMAT_1 = fileURLToPath(new URL('./fixture-format-1', import.meta.url));
/** The registration of the device, and its readings. */
const TRANSACTIONS = 25;

async function keptStore(): Promise<{ readonly directory: string; readonly kept: Genesis }> {
  const directory = await temporaryDirectory();
  await cp(path.join(FORMAT_1, 'ledger'), path.join(directory, 'ledger'), { recursive: true });
  const parsed = parseGenesis(JSON.parse(await readFile(path.join(FORMAT_1, 'genesis.json'), 'utf8')), crypto);
  if (!parsed.ok) throw new Error(parsed.reason.field);
  return { directory, kept: parsed.value };
}

describe('a store of format 1', () => {
  test('is brought to the newest format at its first opening, once, and holds all that it held', async () => {
    const { directory, kept } = await keptStore();
    const steps: string[] = [];
    const onMigrated = (from: number, to: number) => steps.push(`${from} to ${to}`);
    const store = await openLevelStore({ directory, genesis: kept, crypto, onMigrated });
    const { head, guard, doubtful } = await store.recover();
    expect(guard?.round).toBeGreaterThan(0);
    expect(doubtful).toBe(false);
    const finals = await store.finalAfter(-1, 1_000);
    expect(finals.filter(({ outcome }) => outcome.status === 'accepted').length).toBe(TRANSACTIONS);
    const { head: logHead } = await store.recoverLog();
    expect(logHead?.size).toBe(head?.logSize);
    await store.close();
    expect(steps).toEqual(['1 to 2']);

    await (await openLevelStore({ directory, genesis: kept, crypto, onMigrated })).close();
    expect(steps).toEqual(['1 to 2']);
    expect(await fsck({ directory, genesis: kept, crypto })).toMatchObject({ findings: [], leaves: head?.logSize });
  });

  test('is not checked before that, and not changed by the attempt', async () => {
    const { directory, kept } = await keptStore();
    const checked = fsck({ directory, genesis: kept, crypto });
    await expect(checked).rejects.toMatchObject({
      code: 'unsupported-store-format',
      message: expect.stringContaining('format 1, this version checks 2: start the node') as string,
    });
  });
});

describe('a migration', () => {
  const first = stateKey('0a');
  const second = stateKey('0b');
  /** Two steps, the first of two batches. */
  const steps: readonly Migration[] = [
    {
      from: 1,
      run: async ({ database }) => {
        await database.put(first, Uint8Array.of(1));
        await database.put(second, Uint8Array.of(1));
        return [{ type: 'del', key: first }];
      },
    },
    { from: 2, run: () => Promise.resolve([{ type: 'put', key: second, value: Uint8Array.of(2) }]) },
  ];

  async function databaseOfFormat1(): Promise<LedgerDatabase> {
    const directory = path.join(await temporaryDirectory(), 'data');
    await markFirstStart(directory);
    await mkdir(directory, { recursive: true });
    const database: LedgerDatabase = new ClassicLevel(path.join(directory, 'ledger'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
    });
    onTestFinished(() => database.close());
    const identity = encodeIdentity({ format: 1, genesisHash: genesis.hash, firstStart: true });
    await database.put(identityKey(), seal(identityKey(), identity));
    return database;
  }

  /** As often as it takes, with the disk failing at the n-th write that is tried, for n from 1. */
  async function run(database: LedgerDatabase, failures: number): Promise<number[]> {
    const formats: number[] = [];
    let writesLeft = Number.POSITIVE_INFINITY;
    const fallible = new Proxy(database, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...parameters: unknown[]): unknown => {
          if ((name === 'put' || name === 'batch') && --writesLeft < 0) throw new Error('the disk fails');
          return Reflect.apply(value, target, parameters);
        };
      },
    });
    for (let attempt = 0; attempt <= failures; attempt++) {
      writesLeft = attempt < failures ? attempt : Number.POSITIVE_INFINITY;
      const reader = new CheckedReader(database, crypto);
      const identity = (await reader.get(identityKey(), decodeIdentity))!;
      formats.push(identity.format);
      const context = { database: fallible, reader, genesis, crypto, identity };
      await migrate(context, () => undefined, steps, 3).catch((error: unknown) => {
        if (attempt === failures) throw error;
      });
    }
    return formats;
  }

  test('that the disk ends anywhere leaves a format that is whole, and is gone on with at the next opening', async () => {
    const database = await databaseOfFormat1();
    // Writes: two batches and the end of the first step, then the end of the second.
    expect(await run(database, 5)).toEqual([1, 1, 1, 1, 2, 3]);
    const identity = await new CheckedReader(database, crypto).get(identityKey(), decodeIdentity);
    expect(identity).toEqual({ format: 3, genesisHash: genesis.hash, firstStart: true });
    expect(await database.get(first)).toBeUndefined();
    expect([...((await database.get(second)) ?? [])]).toEqual([2]);
  });
});
