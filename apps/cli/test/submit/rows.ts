/** Rows of a text, as the readers of each format give them. */
import { readCsv } from '../../src/submit/csv.js';
import { readJsonLines, readSenml } from '../../src/submit/json.js';
import { readLines, type Line } from '../../src/submit/lines.js';
import type { Row } from '../../src/submit/row.js';

export const NOW_MS = Date.UTC(2026, 0, 1);

export const csvRows = (text: string | Uint8Array): Promise<Row[]> => collect(readCsv(linesOf(text), () => NOW_MS));
export const jsonRows = (text: string): Promise<Row[]> => collect(readJsonLines(linesOf(text), () => NOW_MS));
export const senmlRows = (text: string): Promise<Row[]> => collect(readSenml(chunksOf(text), () => NOW_MS));

/** A row in short: `position: name=value ... @time`, or `position! code`. */
export function inShort(rows: readonly Row[]): string[] {
  return rows.map((row) => {
    if (!row.ok) return `${row.position}! ${row.code}`;
    const values = row.readings.map(({ name, value }) => `${name}=${JSON.stringify(value)}`).join(' ');
    const [first] = row.readings;
    return first === undefined || first.timeMs === NOW_MS
      ? `${row.position}: ${values}`
      : `${row.position}: ${values} @${first.timeMs}`;
  });
}

/** In chunks of a few bytes, so that every boundary is somewhere inside something. */
export async function* chunksOf(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

export function linesOf(text: string | Uint8Array): AsyncGenerator<Line, void, undefined> {
  return readLines(chunksOf(text));
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
