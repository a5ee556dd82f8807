/**
 * The span of a range bundle out of its commit records. Records stand one after the other in the log, each naming how
 * many entries follow it, and their times never fall: so two neighbours with a moment between them tell at which
 * position that moment lies.
 */
import type { Refusal } from '../codec/reasons.js';
import type { UnixMs } from '../ids.js';
import type { CommitRecord } from '../log/leaf.js';
import type { Result } from '../result.js';
import { TIMESTAMP_MS_MAX } from '../ids.js';
import { fail, ok } from '../result.js';

/** Where a span of commit time lies in the log. */
export interface Span {
  /** The widest span with these records: after the last commit before it, up to the first one after it. */
  readonly fromMs: UnixMs;
  readonly toMs: UnixMs;
  /** Leaves from `begin`, and before `end`, were committed in it. */
  readonly begin: number;
  readonly end: number;
  /** False where the log under the checkpoint ends in the span. */
  readonly isClosed: boolean;
}

export type SpanReason = Refusal<'span'>;

/**
 * The widest span around [fromMs, toMs) that `records` bracket: the last one before it and the first one in it, which
 * follow one another, and the last one in it and the first one after it, which do too. Refuses a record that is missing,
 * one too many, and a span after the end of the log.
 */
export function spanOf(
  records: readonly CommitRecord[],
  fromMs: UnixMs,
  toMs: UnixMs,
  size: number,
): Result<Span, SpanReason> {
  if (fromMs >= toMs) return refuse('to', `${toMs}`, `above from, ${fromMs}`);
  for (const [place, record] of records.entries()) {
    const before = records[place - 1];
    if (before !== undefined && (record.timeMs < before.timeMs || record.firstPosition < endOf(before))) {
      return refuse(leafField(record), 'a record that cannot follow the one before', 'later in time and place');
    }
  }
  const earlier = records.filter(({ timeMs }) => timeMs < fromMs);
  const inside = records.filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs);
  const later = records.filter(({ timeMs }) => timeMs >= toMs);
  const [before = null] = earlier;
  const [after = null] = later;
  if (earlier.length > 1 || inside.length > 2 || later.length > 1) {
    return refuse(
      'records',
      `${earlier.length}, ${inside.length} and ${later.length}`,
      'at most 1 before, 2 in, 1 after',
    );
  }
  const begin = before === null ? 0 : endOf(before);
  const first = inside[0] ?? after;
  if (first === null) return refuse('to', `${toMs}`, 'a span that the log reaches');
  if (placeOf(first) !== begin) return refuse(leafField(first), 'not next', `the record at ${begin}`);
  const last = inside.at(-1) ?? null;
  const endOfLast = last === null ? begin : endOf(last);
  const end = after === null ? size : placeOf(after);
  if (endOfLast !== end) return refuse('records', `none at ${endOfLast}`, 'a record that ends the span');
  return ok({
    fromMs: before === null ? 0 : before.timeMs + 1,
    toMs: Math.min(TIMESTAMP_MS_MAX + 1, after?.timeMs ?? (last?.timeMs ?? 0) + 1),
    begin,
    end,
    isClosed: after !== null,
  });
}

/** Position of the record's own leaf. */
function placeOf(record: CommitRecord): number {
  return record.firstPosition - 1;
}

/** Position after its last entry. */
function endOf(record: CommitRecord): number {
  return record.firstPosition + record.count;
}

function leafField(record: CommitRecord): string {
  return `leaf ${placeOf(record)}`;
}

function refuse(field: string, found: string, allowed: string): Result<never, SpanReason> {
  return fail({ code: 'span', field, found, allowed });
}
