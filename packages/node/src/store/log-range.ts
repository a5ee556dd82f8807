/** Where in the log the entries of a device of some commit time are: what a range of readings is proven complete with. */
import type { TransactionId, UnixMs } from '@tangle/core/ids';
import type { CheckedReader } from './checked-reader.js';
import type { FinalTransaction } from './records.js';
import { toHex } from '@tangle/core/codec';
import { present } from '@tangle/core/assert';
import { RecordCorruptError } from './errors.js';
import { commitKey, positionKey, positionOfKey, positionsBetween, positionsOfIssuer } from './keys.js';
import { decodeCommit, decodeId, NO_VALUE } from './records.js';

/** Commit times fromMs <= t < toMs, unix ms. */
export interface CommitTimeRange {
  readonly fromMs: UnixMs;
  readonly toMs: UnixMs;
}

/** Positions, ascending; null where the log has no such leaf. Only `items` depends on the page. */
export interface LogRange {
  /** Entries of the device with a commit time in the range. */
  readonly items: readonly number[];
  /** Position after which the next page begins; null on the last page. */
  readonly next: number | null;
  /** The device's last entry before the range, and its first one after. */
  readonly before: number | null;
  readonly after: number | null;
  /** Commit records: the last with a time before `fromMs`, the last before `toMs`, the first at or after `toMs`. */
  readonly records: {
    readonly beforeFrom: number | null;
    readonly beforeTo: number | null;
    readonly atTo: number | null;
  };
}

/**
 * Of the first `size` leaves. Commit times never fall from one leaf to the next, so both ends are found by bisection.
 * @param issuer hex of suite || key.
 * @param cursor `next` of the page before.
 */
export async function readLogRange(
  reader: CheckedReader,
  issuer: string,
  { fromMs, toMs }: CommitTimeRange,
  size: number,
  cursor: number | null,
  limit: number,
): Promise<LogRange> {
  const begin = await firstAt(reader, fromMs, size);
  const end = Math.max(begin, await firstAt(reader, toMs, size));
  // One more than the page tells whether there is a next one.
  const start = cursor === null ? begin : Math.max(begin, cursor + 1);
  const found = await positions(reader, issuer, start, end, { limit: limit + 1 });
  const items = found.slice(0, limit);
  const [before = null] = await positions(reader, issuer, 0, begin, { limit: 1, reverse: true });
  const [after = null] = await positions(reader, issuer, end, size, { limit: 1 });
  return {
    items,
    next: found.length > limit ? (items.at(-1) ?? null) : null,
    before,
    after,
    records: {
      beforeFrom: begin === 0 ? null : await recordOf(reader, begin - 1),
      beforeTo: end === 0 ? null : await recordOf(reader, end - 1),
      atTo: end < size ? end : null,
    },
  };
}

/** The first position with a commit time at or after `timeMs`, which is a commit record's; `size` where there is none. */
async function firstAt(reader: CheckedReader, timeMs: UnixMs, size: number): Promise<number> {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await placeAt(reader, middle)).commitTimeMs >= timeMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Position of the record of the commit that has the leaf at `position`. */
export async function recordOf(reader: CheckedReader, position: number): Promise<number> {
  const { commitIndex } = await placeAt(reader, position);
  const key = commitKey(commitIndex);
  const commit = await reader.get(key, (value) => decodeCommit(commitIndex, value));
  const recordPosition = commit?.recordPosition ?? null;
  if (recordPosition === null) throw new RecordCorruptError('commit', toHex(key), `has no record, but entries`);
  return recordPosition;
}

/** The entry at a position, or the one after it where a commit record is there: of the same commit either way. */
async function placeAt(reader: CheckedReader, position: number): Promise<FinalTransaction> {
  const ids: TransactionId[] = [];
  for await (const { value } of reader.scan(positionsBetween(position, position + 2), decodeId, { limit: 1 })) {
    ids.push(value);
  }
  if (ids.length === 0) throw new RecordCorruptError('position', toHex(positionKey(position)), 'is missing');
  const [final] = await reader.finals(ids);
  return present(final, 'the reader answers for every id or throws');
}

async function positions(
  reader: CheckedReader,
  issuer: string,
  begin: number,
  end: number,
  options: { readonly limit: number; readonly reverse?: boolean },
): Promise<number[]> {
  const found: number[] = [];
  if (begin >= end) return found;
  for await (const { key } of reader.scan(positionsOfIssuer(issuer, begin, end), () => NO_VALUE, options)) {
    found.push(positionOfKey(key));
  }
  return found;
}
