/** One suite for every store: what the replica may rely on, whoever keeps the records. */
import { fromHex, toHex } from '@tangle/core/codec';
import type { PersistRecord } from '@tangle/core/engine';
import type { StatementId, TransactionId } from '@tangle/core/ids';
import type { StorePort, StoreRecord } from '../../src/replica/ports.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryDisk, MemoryStore } from '../../src/replica/memory-store.js';
import { markFirstStart, openLevelStore } from '../../src/store/index.js';
import {
  answersOf,
  crypto,
  digestOf,
  genesis,
  Script,
  statement,
  temporaryDirectory,
  transaction,
} from './fixtures.js';

/** A place for records that outlives the stores opened on it, one at a time. */
interface Place {
  open(): Promise<StorePort>;
}

const KINDS: Record<string, (options: { readonly firstStart: boolean }) => Promise<Place>> = {
  memory: async (options) => {
    const disk = new MemoryDisk(options);
    return { open: async () => new MemoryStore({ disk }) };
  },
  level: async ({ firstStart }) => {
    const directory = await temporaryDirectory();
    if (firstStart) {
      await markFirstStart(directory);
    }
    return { open: () => openLevelStore({ directory, genesis, crypto }) };
  },
};

const UNKNOWN = 'f'.repeat(64);

describe.each(Object.entries(KINDS))('a %s store', (_, placeOf) => {
  async function reopened(records: readonly (readonly StoreRecord[])[]): Promise<StorePort> {
    const place = await placeOf({ firstStart: true });
    const first = await place.open();
    for (const batch of records) {
      await first.write(batch);
    }
    await first.close();
    return place.open();
  }

  test('has nothing at the start, and says so', async () => {
    const store = await reopened([]);
    expect(await store.recover()).toEqual({
      head: null,
      state: [],
      pending: [],
      statements: [],
      guard: null,
      doubtful: false,
    });
    expect(await store.transaction(UNKNOWN as TransactionId)).toBeUndefined();
    expect(await store.statement(UNKNOWN as StatementId)).toBeUndefined();
    expect(await store.vertex(UNKNOWN as TransactionId)).toBeUndefined();
    expect(await store.commit(1)).toBeUndefined();
    expect(await store.newestStatementOf(0, 0)).toBeUndefined();
    expect(await store.head()).toBeUndefined();
    expect(store.history.isFinal(UNKNOWN as TransactionId)).toBe(false);
    expect(store.history.statement(UNKNOWN as StatementId)).toBeUndefined();
    await store.close();
  });

  test('answers for a transaction from acceptance on, with its place once it is final', async () => {
    const place = await placeOf({ firstStart: true });
    const store = await place.open();
    const script = new Script(1);
    while (script.pending.length === 0) {
      await store.write(script.turn());
    }
    const { id, bytes } = script.pending[0]!;
    expect(await store.transaction(id)).toEqual({ bytes, final: null });
    expect(store.history.isFinal(id)).toBe(false);

    const record = script.commit();
    await store.write([record]);
    const entry = record.commit.entries.find((candidate) => candidate.id === id)!;
    const final = { ...entry, commitIndex: record.commit.index, commitTimeMs: record.commit.timeMs };
    expect(await store.transaction(id)).toEqual({ bytes, final });
    expect(await store.vertex(id)).toEqual(bytes);
    expect(store.history.isFinal(id)).toBe(true);
    expect((await store.recover()).pending).toEqual([]);
    await store.close();
  });

  test('remembers a statement in history only once a commit has finished it', async () => {
    const place = await placeOf({ firstStart: true });
    const store = await place.open();
    const script = new Script(2);
    await store.write(script.turn().filter(({ kind }) => kind !== 'commit'));
    const [first] = script.statements;
    const { id, epoch, round, author, timestampMs, bytes } = first!;
    expect(store.history.statement(id)).toBeUndefined();
    await store.write([script.commit()]);
    expect(store.history.statement(id)).toMatchObject({ epoch, round, author, timestampMs });
    expect(await store.statement(id)).toEqual(bytes);
    await store.close();
  });

  test('takes a transaction and the commit that makes it final in one batch', async () => {
    const script = new Script(3);
    const records = [...script.turn(), ...script.turn(), ...script.turn()].filter(({ kind }) => kind !== 'commit');
    const store = await reopened([[...records, script.commit()]]);
    const recovered = await store.recover();
    expect(recovered.pending).toEqual([]);
    expect(recovered.statements).toEqual(script.unfinished);
    expect(script.transactions.length).toBeGreaterThan(0);
    expect(script.transactions.every(({ id }) => store.history.isFinal(id))).toBe(true);
    await store.close();
  });

  test('hands back what is open in the order of acceptance, over a restart between two acceptances', async () => {
    const place = await placeOf({ firstStart: true });
    const transactions = Array.from({ length: 300 }, (_unused, number) => transaction({ sequence: BigInt(number) }));
    const statements = Array.from({ length: 300 }, (_unused, number) => statement({ round: 1 + number }));
    for (const half of [0, 1]) {
      const store = await place.open();
      for (let number = half * 150; number < (half + 1) * 150; number++) {
        await store.write([
          { kind: 'transaction', transaction: transactions[number]! },
          { kind: 'statement', statement: statements[number]! },
        ]);
      }
      await store.close();
    }
    const store = await place.open();
    const recovered = await store.recover();
    expect(recovered.pending.map(({ id }) => id)).toEqual(transactions.map(({ id }) => id));
    expect(recovered.statements.map(({ id }) => id)).toEqual(statements.map(({ id }) => id));
    await store.close();
  });

  test('leaves open statements of closed epochs out of recovery, but keeps their bytes', async () => {
    const old = statement({ epoch: 0, round: 1 });
    const current = statement({ epoch: 1, round: 1 });
    const script = new Script(4);
    script.turn();
    const { commit, head } = script.commit();
    const store = await reopened([
      [{ kind: 'statement', statement: old }],
      [
        {
          kind: 'commit',
          commit: { ...commit, entries: [], statements: [] },
          head: { ...head, epoch: 1 },
          stateChanges: [],
          finalTransactions: [],
          finishedStatements: [],
        },
      ],
      [{ kind: 'statement', statement: current }],
    ]);
    expect((await store.recover()).statements.map(({ id }) => id)).toEqual([current.id]);
    expect(await store.statement(old.id)).toEqual(old.bytes);
    await store.close();
  });

  test('finds the newest statement of an author in an epoch, of rivals the one with the larger id', async () => {
    const rivals = [statement({ round: 300, timestampMs: 1 }), statement({ round: 300, timestampMs: 2 })];
    const others = [
      statement({ round: 299 }),
      statement({ round: 900, author: 1 }),
      statement({ round: 1, epoch: 1 }),
      statement({ round: 2 }),
    ];
    const store = await reopened([
      [...rivals, ...others].map((each) => ({ kind: 'statement', statement: each }) as const),
    ]);
    const newest = rivals[0]!.id > rivals[1]!.id ? rivals[0]! : rivals[1]!;
    expect(await store.newestStatementOf(0, 0)).toEqual(newest.bytes);
    expect(await store.newestStatementOf(0, 1)).toEqual(others[1]!.bytes);
    expect(await store.newestStatementOf(1, 0)).toEqual(others[2]!.bytes);
    expect(await store.newestStatementOf(1, 1)).toBeUndefined();
    await store.close();
  });

  test('removes the state keys that a commit removes, even those of its own batch', async () => {
    const script = new Script(5);
    script.turn();
    const change = (key: string, value: string | null): PersistRecord => ({
      ...script.commit(0),
      stateChanges: [{ key, value: value === null ? null : fromHex(value) }],
    });
    const store = await reopened([
      [change('aa', '01'), change('bb', ''), change('cc', '03')],
      [change('aa', null)],
      [change('dd', '04'), change('dd', null)],
    ]);
    const { state } = await store.recover();
    expect(Object.fromEntries(state.map(({ key, value }) => [key, value && toHex(value)]))).toEqual({
      bb: '',
      cc: '03',
    });
    await store.close();
  });

  test('doubts a past without a guard that nobody vouched for, until a guard is written', async () => {
    const place = await placeOf({ firstStart: false });
    const lost = await place.open();
    expect((await lost.recover()).doubtful).toBe(true);
    await lost.write([{ kind: 'transaction', transaction: transaction({}) }]);
    await lost.close();

    const still = await place.open();
    expect((await still.recover()).doubtful).toBe(true);
    const guard = { epoch: 0, round: 9, id: null, inDoubt: false };
    await still.write([{ kind: 'guard', guard }]);
    await still.close();

    const sure = await place.open();
    expect(await sure.recover()).toMatchObject({ doubtful: false, guard });
    await sure.close();
  });

  test.each([true, false])('keeps a doubt that its guard tells of, first start %s', async (firstStart) => {
    const place = await placeOf({ firstStart });
    const guard = { epoch: 0, round: 9, id: null, inDoubt: true };
    const store = await place.open();
    await store.write([{ kind: 'guard', guard }]);
    await store.close();

    for (let start = 0; start < 2; start++) {
      const again = await place.open();
      expect(await again.recover()).toMatchObject({ doubtful: true, guard });
      await again.close();
    }
  });

  test('does not doubt a fresh past over restarts before the first guard', async () => {
    const place = await placeOf({ firstStart: true });
    for (let start = 0; start < 3; start++) {
      const store = await place.open();
      expect((await store.recover()).doubtful).toBe(false);
      await store.close();
    }
  });

  test('says the same as a plain model after any history and any restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(fc.boolean(), { minLength: 1, maxLength: 25 }), async (seed, restarts) => {
        const place = await placeOf({ firstStart: true });
        const model = new MemoryDisk({ firstStart: true });
        const script = new Script(seed);
        let store = await place.open();
        for (const restart of restarts) {
          const records = script.turn();
          await store.write(records);
          model.apply(records);
          if (restart) {
            await store.close();
            store = await place.open();
          }
        }
        expect(await answersOf(store, script)).toEqual(await answersOf(new MemoryStore({ disk: model }), script));
        await store.close();
      }),
      { numRuns: 15 },
    );
  });

  test('names the state digest of the commits that record one', async () => {
    const script = new Script(6);
    const turns = Array.from({ length: 12 }, () => script.turn());
    const store = await reopened(turns);
    expect((await store.commit(3))?.stateDigest).toBe(digestOf(1_003));
    expect((await store.commit(4))?.stateDigest).toBeNull();
    await store.close();
  });
});
