/** JSON lines, each an object like a CSV row, and SenML packs (RFC 8428 section 5). */
import { fromSenmlJson, isReadingName, type Reading } from '@tangle/telemetry';
import type { Line } from './lines.js';
import { CliError } from '../failure.js';
import { badLine, badRow, badTime, checkedRow, rowOf, TIME_NAMES, timeOf, type Cell, type Row } from './row.js';

/** Bytes of a SenML file: it is one JSON value, held whole. */
const PACK_BYTES_MAX = 64 * 1_024 * 1_024;

/** `{"time": "2026-01-31T12:00:00Z", "TS1": 35.1, "state": "stable"}` on each line; null is no reading. */
export async function* readJsonLines(
  lines: AsyncIterable<Line>,
  nowMs: () => number,
): AsyncGenerator<Row, void, undefined> {
  for await (const line of lines) {
    if (line.text === null) yield badLine(line);
    else if (line.text.trim() !== '') yield rowFromJson(line.number, line.text, nowMs);
  }
}

/** One row for the readings of each time, in the order of the file. Throws `bad-senml` where the pack is none. */
export async function* readSenml(
  chunks: AsyncIterable<Uint8Array>,
  nowMs: () => number,
): AsyncGenerator<Row, void, undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length > PACK_BYTES_MAX) {
      throw badPack(`a pack has at most ${PACK_BYTES_MAX} bytes; write larger ones as JSON lines`);
    }
  }
  const parsed = fromSenmlJson(decodeText(Buffer.concat(parts)), { referenceTimeMs: nowMs() });
  if (!parsed.ok) {
    const { record, message } = parsed.reason;
    throw badPack(record === undefined ? message : `record ${record}: ${message}`);
  }
  let row: Reading[] = [];
  let position = 0;
  for (const reading of parsed.value) {
    if (row.length > 0 && row[0]?.timeMs !== reading.timeMs) {
      yield checkedRow(position, row);
      row = [];
    }
    row.push(reading);
    position += 1;
  }
  if (row.length > 0) yield checkedRow(position, row);
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw badPack('the file is not UTF-8 text');
    throw error;
  }
}

function badPack(message: string): CliError {
  return new CliError('bad-senml', message);
}

function rowFromJson(position: number, text: string, nowMs: () => number): Row {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return badRow(position, 'bad-json', error instanceof Error ? error.message : String(error));
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return badRow(position, 'bad-json', 'a line is a JSON object');
  }
  const cells: Cell[] = [];
  let timeMs: number | null = null;
  for (const [name, value] of Object.entries(json) as [string, unknown][]) {
    if (TIME_NAMES.includes(name.toLowerCase())) {
      if (timeMs !== null) return badRow(position, 'bad-time', 'it has more than one of time and timestamp');
      timeMs = typeof value === 'string' || typeof value === 'number' ? timeOf(value) : null;
      if (timeMs === null) return badTime(position, name, String(value));
    } else if (!isReadingName(name)) {
      return badRow(position, 'bad-name', `${JSON.stringify(name.slice(0, 60))} is no name of a reading`);
    } else if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
      cells.push([name, value ?? undefined]);
    } else {
      return badRow(
        position,
        'bad-value',
        `${name} is ${Array.isArray(value) ? 'a list' : 'an object'}, allowed: number, text, true, false, null`,
      );
    }
  }
  return rowOf(position, timeMs ?? nowMs(), cells);
}
