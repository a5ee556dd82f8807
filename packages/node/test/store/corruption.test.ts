/** LevelDB gives back flipped bits as data; the store never does. Bits are flipped through a raw handle. */
import type { LevelStore } from '../../src/store/index.js';
import path from 'node:path';
import { packReadings } from '@tangle/telemetry';
import { toHex } from '@tangle/core/codec';
import { PAYLOAD_TYPE } from '@tangle/core/model';
import { ClassicLevel } from 'classic-level';
import { describe, expect, test } from 'vitest';
import { KEY_SPACE, keySpaceOf, type KeySpace } from '../../src/store/keys.js';
import { openLevelStore, RecordCorruptError } from '../../src/store/index.js';
import { answersOf, crypto, genesis, randomFrom, Script, temporaryDirectory } from './fixtures.js';

const SEED = 7;

function telemetryScript(): Script {
  return new Script(SEED, (random) => ({
    payloadType: PAYLOAD_TYPE.telemetry,
    payload: packReadings([{ name: 'TS1', value: random(100), timeMs: 1_700_000_000_000 + random(1_000_000) }]),
  }));
}

async function filledDirectory(transactions = 12): Promise<{ directory: string; script: Script }> {
  const directory = await temporaryDirectory();
  const script = telemetryScript();
  const store = await openLevelStore({ directory, genesis, crypto });
  while (script.transactions.length < transactions || script.pending.length === 0 || script.unfinished.length === 0) {
    await store.write(script.turn());
  }
  await store.close();
  return { directory, script };
}

async function readEverything(store: LevelStore, script: Script): Promise<void> {
  await answersOf(store, script);
  await store.finalAfter(-1, 1_000);
  for (const issuer of new Set(script.transactions.map((transaction) => transaction.issuer))) {
    await store.readings(issuer, { fromMs: null, toMs: null }, null, 1_000);
    await store.log.range(issuer, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, script.head!.logSize, null, 1_000);
  }
  for await (const line of store.exportLines(genesis)) {
    expect(line.kind).toBeTypeOf('string');
  }
}

/** Opens, reads everything, closes; the error instead of throwing it. */
async function errorOfReading(directory: string, script: Script): Promise<unknown> {
  try {
    const store = await openLevelStore({ directory, genesis, crypto });
    try {
      await readEverything(store, script);
    } finally {
      await store.close();
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

/** In hex, but for the one record that every opening writes anew. */
function withoutHome(records: readonly (readonly [Uint8Array, Uint8Array])[]): string[][] {
  return records.filter(([key]) => keySpaceOf(key) !== 'home').map(([key, value]) => [toHex(key), toHex(value)]);
}

type Change = (database: ClassicLevel<Uint8Array, Uint8Array>) => Promise<void>;

async function changeRaw(directory: string, change: Change): Promise<void> {
  const location = path.join(directory, 'ledger');
  const database = new ClassicLevel<Uint8Array, Uint8Array>(location, { keyEncoding: 'view', valueEncoding: 'view' });
  await change(database);
  await database.close();
}

async function recordsOf(directory: string): Promise<[Uint8Array, Uint8Array][]> {
  let records: [Uint8Array, Uint8Array][] = [];
  await changeRaw(directory, async (database) => {
    records = await database.iterator().all();
  });
  return records;
}

/** What follows from the commits, is compared with them at every start, and made again. */
const MADE_AGAIN: readonly KeySpace[] = ['log-head', 'tile'];

/** How many records of a key space, from its end, somebody reads: of an author's statements only the newest. */
function readOf(space: KeySpace): number {
  return space === 'statement-by-author' ? 1 : Infinity;
}

describe('a bad record', () => {
  test.each((Object.keys(KEY_SPACE) as KeySpace[]).filter((space) => !MADE_AGAIN.includes(space)))(
    'of key space %s is found and named, whichever bit flipped',
    async (space) => {
      const { directory, script } = await filledDirectory();
      expect(await errorOfReading(directory, script)).toBeUndefined();
      const records = (await recordsOf(directory)).filter(([key]) => keySpaceOf(key) === space).slice(-readOf(space));
      expect(records.length).toBeGreaterThan(0);
      const random = randomFrom(SEED);
      for (let attempt = 0; attempt < 4; attempt++) {
        const [key, value] = records[random(records.length)]!;
        const flipped = Uint8Array.from(value);
        flipped[random(value.length)]! ^= 1 << random(8);
        await changeRaw(directory, (database) => database.put(key, flipped));
        const error = await errorOfReading(directory, script);
        expect(error).toBeInstanceOf(RecordCorruptError);
        expect(error).toMatchObject({ code: 'record-corrupt', keySpace: space, key: Buffer.from(key).toString('hex') });
        await changeRaw(directory, (database) => database.put(key, value));
      }
      expect(await errorOfReading(directory, script)).toBeUndefined();
    },
  );

  test.each(MADE_AGAIN)('of key space %s is made again from the commits, and said so', async (space) => {
    const { directory, script } = await filledDirectory(260);
    const before = await recordsOf(directory);
    const [key, value] = before.find(([each]) => keySpaceOf(each) === space)!;
    const damages: Change[] = [
      (database) => database.del(key),
      (database) =>
        database.put(
          key,
          value.map((byte, index) => (index === 20 ? byte ^ 1 : byte)),
        ),
      (database) => database.put(key, value.subarray(0, 10)),
    ];
    for (const damage of damages) {
      await changeRaw(directory, damage);
      const repairs: string[] = [];
      const store = await openLevelStore({ directory, genesis, crypto, onRepair: (what) => repairs.push(what) });
      await store.log.entries({ index: 0, width: 256 }, script.head!.logSize);
      await store.log.tile({ level: 0, index: 0, width: 256 }, script.head!.logSize);
      await store.close();
      expect(repairs.length).toBeGreaterThan(0);
      expect(withoutHome(await recordsOf(directory))).toEqual(withoutHome(before));
    }
  });

  test('is found where it is a good record of another key', async () => {
    const { directory, script } = await filledDirectory();
    const records = await recordsOf(directory);
    const spaces: readonly KeySpace[] = [
      'transaction',
      'final',
      'position',
      'statement',
      'commit',
      'state',
      'finished',
    ];
    for (const space of spaces) {
      const [first, second] = records.filter(([key]) => keySpaceOf(key) === space);
      await changeRaw(directory, (database) => database.put(first![0], second![1]));
      expect(await errorOfReading(directory, script)).toMatchObject({ code: 'record-corrupt', keySpace: space });
      await changeRaw(directory, (database) => database.put(first![0], first![1]));
    }
  });

  test('is found where another record says that it is there, and it is not', async () => {
    const { directory, script } = await filledDirectory();
    const records = await recordsOf(directory);
    const [pending] = script.pending;
    const isOfPending = (key: Uint8Array): boolean => Buffer.from(key).toString('hex').endsWith(pending!.id);
    const lost = records.find(([key]) => keySpaceOf(key) === 'transaction' && isOfPending(key))!;
    await changeRaw(directory, (database) => database.del(lost[0]));
    expect(await errorOfReading(directory, script)).toMatchObject({ code: 'record-corrupt', keySpace: 'transaction' });
    await changeRaw(directory, (database) => database.put(...lost));

    const newestCommit = records.findLast(([key]) => keySpaceOf(key) === 'commit')!;
    await changeRaw(directory, (database) => database.del(newestCommit[0]));
    expect(await errorOfReading(directory, script)).toMatchObject({ code: 'record-corrupt', keySpace: 'commit' });
  });
});
