/** The reading index against a naive model: sort everything, cut out the range. */
import type { Reading } from '@tangle/telemetry';
import type { CheckedTransaction } from '@tangle/core/model';
import type { LevelStore, StoredReading, TimeRange } from '../../src/store/index.js';
import { PAYLOAD_TYPE } from '@tangle/core/model';
import { packReadings } from '@tangle/telemetry';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minuteOfReadingKey, positionOfKey, readingKey } from '../../src/store/keys.js';
import { openLevelStore } from '../../src/store/index.js';
import { crypto, genesis, Script, statement, temporaryDirectory, transaction } from './fixtures.js';

const EPOCH_MS = 1_700_000_040_000;
const MINUTE_MS = 60_000;

/** Few enough instants that minutes, and equal times, are shared. */
const timeMs = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((minutes) => EPOCH_MS + minutes * MINUTE_MS),
  fc.integer({ min: -200_000, max: 200_000 }).map((offset) => EPOCH_MS + offset),
  fc.integer({ min: -20_000, max: 20_000 }).map((offset) => EPOCH_MS + offset + 0.25),
);
const readingList = fc.array(fc.record({ name: fc.constantFrom('TS1', 'PS1'), value: fc.integer(), timeMs }), {
  minLength: 1,
  maxLength: 6,
});
const packs = fc.array(fc.record({ issuer: fc.constantFrom(1, 2), readings: readingList }), { maxLength: 25 });
const bound = fc.option(timeMs, { nil: null });

async function withFinal<Answer>(
  transactions: readonly CheckedTransaction[],
  use: (store: LevelStore) => Promise<Answer>,
): Promise<Answer> {
  const store = await openLevelStore({ directory: await temporaryDirectory(), genesis, crypto });
  try {
    const script = new Script(1);
    script.statements.push(statement({ round: 1 }));
    const { commit, head } = script.commit();
    const entries = transactions.map(({ id, issuer, sequence }, index) => ({
      id,
      position: 1 + index,
      issuer,
      issuerIndex: 1 + index,
      outcome:
        sequence === 13n ? ({ status: 'rejected', code: 'revoked' } as const) : ({ status: 'accepted' } as const),
      evidence: false,
    }));
    // Some come with the commit's own batch, the others were stored before.
    const records = transactions.map((each) => ({ kind: 'transaction', transaction: each }) as const);
    const half = Math.floor(records.length / 2);
    await store.write(records.slice(0, half));
    await store.write([
      ...records.slice(half),
      {
        kind: 'commit',
        commit: { ...commit, statements: [], entries },
        head,
        stateChanges: [],
        finalTransactions: transactions,
        finishedStatements: [],
      },
    ]);
    return await use(store);
  } finally {
    await store.close();
  }
}

function pack(number: number, issuer: number, readings: readonly Reading[]): CheckedTransaction {
  const payload = packReadings(readings);
  return transaction({ issuer, sequence: BigInt(number), payloadType: PAYLOAD_TYPE.telemetry, payload });
}

async function allPages(store: LevelStore, issuer: string, range: TimeRange, limit: number): Promise<StoredReading[]> {
  const readings: StoredReading[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.readings(issuer, range, cursor, limit);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    expect(page.items.length === limit || page.next === null).toBe(true);
    readings.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return readings;
}

describe('readings of a device', () => {
  test('come by source time, position and index, page by page, exactly those of the range', async () => {
    await fc.assert(
      fc.asyncProperty(packs, bound, bound, fc.integer({ min: 1, max: 9 }), async (drawn, fromMs, toMs, limit) => {
        const transactions = drawn.map(({ issuer, readings }, index) => pack(100 + index, issuer, readings));
        const issuer = transaction({ issuer: 1 }).issuer;
        const expected = drawn
          .flatMap((each, place) =>
            each.readings.map((reading, index) => ({ ...each, reading, position: 1 + place, index })),
          )
          .filter((each) => each.issuer === 1)
          .filter(({ reading }) => reading.timeMs >= (fromMs ?? -Infinity) && reading.timeMs < (toMs ?? Infinity))
          .sort(
            (left, right) =>
              left.reading.timeMs - right.reading.timeMs || left.position - right.position || left.index - right.index,
          )
          .map(({ reading, position, index }) => ({
            reading,
            position,
            index,
            transaction: transactions[position - 1]!.id,
            transactionTimeMs: 1_700_000_000_000,
            commitTimeMs: 1_700_000_000_001,
          }));
        const found = await withFinal(transactions, (store) => allPages(store, issuer, { fromMs, toMs }, limit));
        expect(found).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  test('leave out rejected transactions, other payload types and payloads that are no pack', async () => {
    const reading = { name: 'TS1', value: 1, timeMs: EPOCH_MS };
    const packed = packReadings([reading]);
    const transactions = [
      pack(13, 1, [reading]),
      transaction({ sequence: 14n, payloadType: PAYLOAD_TYPE.opaque, payload: packed }),
      transaction({ sequence: 15n, payloadType: PAYLOAD_TYPE.telemetry, payload: Uint8Array.of(0xc1, 1, 2) }),
      pack(16, 1, [reading]),
    ];
    const { issuer } = transactions[0]!;
    const found = await withFinal(transactions, (store) =>
      store.readings(issuer, { fromMs: null, toMs: null }, null, 9),
    );
    expect(found.items.map((item) => item.position)).toEqual([4]);
    expect(found.next).toBeNull();
  });

  test('page through one minute of more transactions than are unpacked at once', async () => {
    const transactions = Array.from({ length: 200 }, (_, number) =>
      pack(100 + number, 1, [{ name: 'TS1', value: number, timeMs: EPOCH_MS + ((number * 7) % 200) }]),
    );
    const { issuer } = transactions[0]!;
    const found = await withFinal(transactions, (store) => allPages(store, issuer, { fromMs: null, toMs: null }, 33));
    expect(found.map(({ reading }) => reading.timeMs - EPOCH_MS)).toEqual(
      Array.from({ length: 200 }, (_, offset) => offset),
    );
  });

  test('refuse a cursor that no page gave', async () => {
    await withFinal([], async (store) => {
      const { issuer } = transaction({});
      for (const cursor of ['', 'x', 'AAAA', '*'.repeat(27), `f_AAAAAAAAA${'A'.repeat(16)}`]) {
        const page = store.readings(issuer, { fromMs: null, toMs: null }, cursor, 5);
        await expect(page).rejects.toThrow(RangeError);
      }
    });
  });
});

describe('the keys of the reading index', () => {
  test('order minutes before 1970 and beyond any calendar as numbers', () => {
    const minute = fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => Math.floor(value)),
    );
    const { issuer } = transaction({});
    fc.assert(
      fc.property(minute, minute, fc.nat(), fc.nat(), (left, right, leftPosition, rightPosition) => {
        const leftKey = readingKey(issuer, left, leftPosition);
        const rightKey = readingKey(issuer, right, rightPosition);
        const order = Math.sign(left === right ? leftPosition - rightPosition : left < right ? -1 : 1);
        expect(Buffer.compare(leftKey, rightKey)).toBe(order);
        expect(minuteOfReadingKey(leftKey)).toBe(left + 0);
        expect(positionOfKey(leftKey)).toBe(leftPosition);
      }),
    );
  });
});
