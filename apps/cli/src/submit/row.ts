/** A row of a file: the readings of one line or instant, or what is wrong with it and where. */
import { checkReading, type Reading, type ReadingValue } from '@tangle/telemetry';
import type { Line } from './lines.js';
import { LINE_BYTES_MAX } from './lines.js';
import { parseTime, TIME_FORMS } from '../time.js';

/** `position` grows through the file and is the same at every reading of it: a line, or an index in a SenML pack. */
export type Row =
  | { readonly ok: true; readonly position: number; readonly readings: readonly Reading[] }
  | { readonly ok: false; readonly position: number; readonly code: string; readonly message: string };

/** One named value as it was found; undefined = no reading. */
export type Cell = readonly [name: string, value: ReadingValue | undefined];

export const TIME_NAMES: readonly string[] = ['time', 'timestamp'];

/** Checks the readings of a row one by one, so that the first bad one is named with its line. */
export function rowOf(position: number, timeMs: number, cells: Iterable<Cell>): Row {
  const readings: Reading[] = [];
  for (const [name, value] of cells) {
    if (value !== undefined) readings.push({ name, value, timeMs });
  }
  return checkedRow(position, readings);
}

export function checkedRow(position: number, readings: readonly Reading[]): Row {
  for (const reading of readings) {
    const failure = checkReading(reading);
    if (failure !== undefined) return badRow(position, failure.code, failure.message);
  }
  return { ok: true, position, readings };
}

export function badRow(position: number, code: string, message: string): Row {
  return { ok: false, position, code, message };
}

export function badLine({ number, problem }: Extract<Line, { text: null }>): Row {
  const message =
    problem === 'not-utf-8' ? 'the line is not UTF-8 text' : `the line is longer than ${LINE_BYTES_MAX} bytes`;
  return badRow(number, problem, message);
}

export function badTime(position: number, field: string, found: string): Row {
  return badRow(position, 'bad-time', `${field} is ${JSON.stringify(found.slice(0, 60))}, allowed: ${TIME_FORMS}`);
}

/** A time as text or number; null where it is none. */
export function timeOf(value: string | number): number | null {
  return parseTime(String(value));
}
