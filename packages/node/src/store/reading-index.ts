/**
 * Readings of a device by source time. The index says which transactions have a reading in which minute; the readings
 * themselves stay in the signed payloads and are unpacked when somebody asks. Only accepted transactions are in it, and
 * a payload that is no SenML pack has no entries.
 */
import type { TransactionId, UnixMs } from '@tangle/core/ids';
import type { CheckedTransaction, Transaction } from '@tangle/core/model';
import type { Reading } from '@tangle/telemetry';
import type { CheckedReader } from './checked-reader.js';
import { present } from '@tangle/core/assert';
import { PAYLOAD_TYPE } from '@tangle/core/model';
import { unpackReadings } from '@tangle/telemetry';
import { minuteOfReadingKey, positionOfKey, readingKey, readingsOfIssuer } from './keys.js';
import { decodeId } from './records.js';

/** One reading in its final place. */
export interface StoredReading {
  readonly reading: Reading;
  readonly transaction: TransactionId;
  readonly position: number;
  /** Its index in the transaction's pack, from 0. */
  readonly index: number;
  readonly transactionTimeMs: UnixMs;
  readonly commitTimeMs: UnixMs;
}

/** Source times fromMs <= t < toMs, unix ms; null where a side is open. */
export interface TimeRange {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

export interface ReadingPage {
  /** Ascending (source time, position, index). */
  readonly items: readonly StoredReading[];
  /** Where the next page begins; null on the last one. */
  readonly next: string | null;
}

const MINUTE_MS = 60_000;
/** Transactions unpacked at once: 64 of the largest are 4 MB. */
const TRANSACTIONS_AT_ONCE = 64;

interface Place {
  readonly timeMs: number;
  readonly position: number;
  readonly index: number;
}

interface PlacedReading extends Place {
  readonly reading: Reading;
  readonly transaction: CheckedTransaction;
}

interface IndexEntry {
  readonly id: TransactionId;
  readonly position: number;
}

interface MinuteEntries {
  readonly minute: number;
  readonly entries: readonly IndexEntry[];
}

/** Minutes of source time, counted from 1970 and negative before, in which the transaction has a reading. */
export function minutesOf(transaction: Transaction): ReadonlySet<number> {
  return new Set(readingsOf(transaction).map((reading) => minuteOf(reading.timeMs)));
}

/**
 * A page of at most `limit` readings. Costs the unpacking of every transaction with a reading in the minutes that the
 * page touches, and memory for little more than the page. Throws RangeError for a cursor that we did not make.
 */
export async function readReadings(
  reader: CheckedReader,
  issuer: string,
  range: TimeRange,
  cursor: string | null,
  limit: number,
): Promise<ReadingPage> {
  const after = cursor === null ? null : parseCursor(cursor);
  const startMs = Math.max(range.fromMs ?? -Infinity, after?.timeMs ?? -Infinity);
  const isWanted = (place: Place): boolean =>
    place.timeMs >= startMs &&
    (range.toMs === null || place.timeMs < range.toMs) &&
    (after === null || comparePlaces(place, after) > 0);

  const page: PlacedReading[] = [];
  for await (const entries of minutes(reader, issuer, startMs, range.toMs)) {
    // One more than the page tells whether there is a next one.
    page.push(...(await firstReadings(reader, entries, isWanted, limit + 1 - page.length)));
    if (page.length > limit) {
      break;
    }
  }
  const items = page.slice(0, limit);
  const last = items.at(-1);
  return {
    items: await withCommitTimes(reader, items),
    next: page.length > limit && last !== undefined ? formatCursor(last) : null,
  };
}

/** What the index holds of one minute after the other, ascending. */
async function* minutes(
  reader: CheckedReader,
  issuer: string,
  startMs: number,
  toMs: number | null,
): AsyncGenerator<MinuteEntries, void, undefined> {
  const all = readingsOfIssuer(issuer);
  const keys = {
    gte: startMs === -Infinity ? all.gte : readingKey(issuer, minuteOf(startMs), 0),
    lt: toMs === null ? all.lt : readingKey(issuer, minuteOf(toMs) + 1, 0),
  };
  let current: { minute: number; entries: IndexEntry[] } | null = null;
  for await (const { key, value } of reader.scan(keys, decodeId)) {
    const minute = minuteOfReadingKey(key);
    if (current !== null && current.minute !== minute) {
      yield current;
      current = null;
    }
    current ??= { minute, entries: [] };
    current.entries.push({ id: value, position: positionOfKey(key) });
  }
  if (current !== null) {
    yield current;
  }
}

/** The first `count` wanted readings of a minute. */
async function firstReadings(
  reader: CheckedReader,
  { minute, entries }: MinuteEntries,
  isWanted: (place: Place) => boolean,
  count: number,
): Promise<readonly PlacedReading[]> {
  let first: PlacedReading[] = [];
  for (let start = 0; start < entries.length; start += TRANSACTIONS_AT_ONCE) {
    const some = entries.slice(start, start + TRANSACTIONS_AT_ONCE);
    const transactions = await reader.transactions(some.map((entry) => entry.id));
    for (const [offset, { position }] of some.entries()) {
      const transaction = present(transactions[offset], 'the reader answers for every id or throws');
      for (const [index, reading] of readingsOf(transaction).entries()) {
        const placed = { timeMs: reading.timeMs, position, index, reading, transaction };
        if (minuteOf(reading.timeMs) === minute && isWanted(placed)) {
          first.push(placed);
        }
      }
    }
    first = first.sort(comparePlaces).slice(0, count);
  }
  return first;
}

async function withCommitTimes(reader: CheckedReader, page: readonly PlacedReading[]): Promise<StoredReading[]> {
  const finals = await reader.finals([...new Set(page.map(({ transaction }) => transaction.id))]);
  const finalOf = new Map(finals.map((final) => [final.id, final]));
  return page.map(({ reading, transaction, position, index }) => ({
    reading,
    transaction: transaction.id,
    position,
    index,
    transactionTimeMs: transaction.timestampMs,
    commitTimeMs: present(finalOf.get(transaction.id), 'the reader answers for every id or throws').commitTimeMs,
  }));
}

function readingsOf(transaction: Transaction): readonly Reading[] {
  if (transaction.payloadType !== PAYLOAD_TYPE.telemetry) {
    return [];
  }
  const unpacked = unpackReadings(transaction.payload, { referenceTimeMs: transaction.timestampMs });
  return unpacked.ok ? unpacked.value : [];
}

function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / MINUTE_MS);
}

function comparePlaces(left: Place, right: Place): number {
  return left.timeMs - right.timeMs || left.position - right.position || left.index - right.index;
}

const CURSOR_BYTES = 20;

/** Source time, position and index of the last reading of a page: what comes next does not depend on later commits. */
function formatCursor(place: Place): string {
  const bytes = Buffer.alloc(CURSOR_BYTES);
  bytes.writeDoubleBE(place.timeMs, 0);
  bytes.writeBigUInt64BE(BigInt(place.position), 8);
  bytes.writeUInt32BE(place.index, 16);
  return bytes.toString('base64url');
}

function parseCursor(cursor: string): Place {
  const bytes = Buffer.from(cursor, 'base64url');
  const isOurs = bytes.length === CURSOR_BYTES && bytes.toString('base64url') === cursor;
  const timeMs = isOurs ? bytes.readDoubleBE(0) : NaN;
  if (!Number.isFinite(timeMs)) {
    throw new RangeError('bad-cursor: a cursor is what the page before gave as `next`');
  }
  return { timeMs, position: Number(bytes.readBigUInt64BE(8)), index: bytes.readUInt32BE(16) };
}
