/**
 * CSV (RFC 4180): a header row; `time` or `timestamp` is the source time, each other column one reading of that name, a
 * number or else a string, also where no number would give it back as it is; an empty cell is no reading. Records are
 * parsed one by one, so that a broken one costs only itself and is reported with its own line.
 */
import { CsvError, type Options } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { isReadingName } from '@tangle/telemetry';
import type { Line } from './lines.js';
import { CliError } from '../failure.js';
import { badLine, badRow, badTime, rowOf, TIME_NAMES, timeOf, type Cell, type Row } from './row.js';

interface Header {
  readonly names: readonly string[];
  /** Column of the source time, -1 for the time of sending. */
  readonly timeColumn: number;
}

type Record =
  | { readonly ok: true; readonly cells: readonly string[] }
  | { readonly ok: false; readonly isOpen: boolean; readonly message: string };

/** Lines that one quoted cell may span; beyond, its quote is taken for a stray one. */
const RECORD_LINES_MAX = 100;
const PARSE_OPTIONS: Options = { relax_column_count: true, trim: true };
const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Throws `bad-header` where no row could be read. `nowMs` is the time of sending. */
export async function* readCsv(lines: AsyncIterable<Line>, nowMs: () => number): AsyncGenerator<Row, void, undefined> {
  let header: Header | null = null;
  for await (const { position, record } of readRecords(lines)) {
    if ('row' in record) {
      if (header === null) throw badHeader(record.row.ok ? 'it cannot be read' : record.row.message);
      yield record.row;
    } else if (header === null) {
      header = headerOf(record.cells);
    } else {
      yield rowFrom(position, record.cells, header, nowMs);
    }
  }
  if (header === null) throw badHeader('the file is empty');
}

interface NumberedRecord {
  readonly position: number;
  readonly record: { readonly cells: readonly string[] } | { readonly row: Row };
}

/** One record of one or more lines at a time. */
async function* readRecords(lines: AsyncIterable<Line>): AsyncGenerator<NumberedRecord, void, undefined> {
  const source = lines[Symbol.asyncIterator]();
  const ahead: Line[] = [];
  const next = async (): Promise<Line | undefined> => {
    const line = ahead.shift();
    if (line !== undefined) return line;
    const item = await source.next();
    return item.done === true ? undefined : item.value;
  };
  for (let line = await next(); line !== undefined; line = await next()) {
    const position = line.number;
    if (line.text === null) {
      yield { position, record: { row: badLine(line) } };
      continue;
    }
    if (line.text.trim() === '') continue;
    const taken: Line[] = [];
    let text = line.text;
    let record = parseRecord(text);
    while (!record.ok && record.isOpen && taken.length < RECORD_LINES_MAX) {
      const more = await next();
      if (more === undefined) break;
      taken.push(more);
      if (more.text === null) break;
      text += `\n${more.text}`;
      record = parseRecord(text);
    }
    if (record.ok) {
      yield { position, record: { cells: record.cells } };
    } else {
      // The lines after it were read only to see whether they belong to it.
      ahead.unshift(...taken);
      yield { position, record: { row: badRow(position, 'bad-quote', record.message) } };
    }
  }
}

function parseRecord(text: string): Record {
  try {
    const records: string[][] = parse(text, PARSE_OPTIONS);
    return { ok: true, cells: records[0] ?? [] };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') return { ok: false, isOpen: true, message: 'a quote is not closed' };
    return { ok: false, isOpen: false, message: 'a quote stands inside a cell; write it twice and quote the cell' };
  }
}

function headerOf(names: readonly string[]): Header {
  const timeColumns = names.flatMap((name, column) => (TIME_NAMES.includes(name.toLowerCase()) ? [column] : []));
  if (timeColumns.length > 1) throw badHeader('it has more than one of time and timestamp');
  const timeColumn = timeColumns[0] ?? -1;
  for (const [column, name] of names.entries()) {
    if (column === timeColumn) continue;
    if (!isReadingName(name)) {
      const allowed = 'A-Z a-z 0-9 - : . / _ after a letter or digit, columns separated by commas';
      throw badHeader(`column ${column + 1} is ${JSON.stringify(name.slice(0, 60))}, allowed: ${allowed}`);
    }
    if (names.indexOf(name) !== column) throw badHeader(`column ${name} stands there twice`);
  }
  if (names.length === (timeColumn === -1 ? 0 : 1)) throw badHeader('there is no column of readings');
  return { names, timeColumn };
}

function badHeader(message: string): CliError {
  return new CliError('bad-header', `the header row: ${message}`);
}

function rowFrom(position: number, cells: readonly string[], { names, timeColumn }: Header, nowMs: () => number): Row {
  if (cells.length !== names.length) {
    return badRow(position, 'wrong-column-count', `found ${cells.length} columns, the header has ${names.length}`);
  }
  const timeCell = cells[timeColumn];
  const timeMs = timeCell === undefined ? nowMs() : timeOf(timeCell);
  if (timeMs === null) return badTime(position, names[timeColumn] ?? 'time', timeCell ?? '');
  const values = names.flatMap((name, column): Cell[] =>
    column === timeColumn ? [] : [[name, valueOf(cells[column] ?? '')]],
  );
  return rowOf(position, timeMs, values);
}

function valueOf(cell: string): string | number | undefined {
  if (cell === '') return undefined;
  if (!NUMBER.test(cell)) return cell;
  const number = Number(cell);
  // A counter beyond 2^53 - 1 would come back as another one, and -0 as 0.
  const isAltered = Object.is(number, -0) || (INTEGER.test(cell) && !Number.isSafeInteger(number));
  return isAltered ? cell : number;
}
