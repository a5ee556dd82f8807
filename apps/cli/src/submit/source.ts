/** Where readings come from: a file or stdin, as rows, under a name that the outbox remembers. */
import { createReadStream } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { fingerprint } from '../connect.js';
import { usageError } from '../failure.js';
import { readCsv } from './csv.js';
import { readJsonLines, readSenml } from './json.js';
import { readLines } from './lines.js';
import type { Row } from './row.js';

export const FORMATS = ['csv', 'jsonl', 'senml'] as const;
export type Format = (typeof FORMATS)[number];

const FORMAT_OF_EXTENSION: Readonly<Record<string, Format>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'senml',
  '.senml': 'senml',
};
/** Bytes that tell one file from another under the same path: header and first readings. */
const HEAD_BYTES = 65_536;
const HEAD_LINES = 2;
const NAME_CHARACTERS_MAX = 100;

export const STDIN = '-';

/** The format that `--format` or the extension says; stdin is CSV unless said otherwise. */
export function formatOf(file: string, format: Format | undefined): Format {
  if (format !== undefined) return format;
  if (file === STDIN) return 'csv';
  const found = FORMAT_OF_EXTENSION[path.extname(file).toLowerCase()];
  if (found !== undefined) return found;
  throw usageError(
    'unknown-format',
    `${file}: its extension is none of ${Object.keys(FORMAT_OF_EXTENSION).join(', ')}; say --format`,
  );
}

export function readRows(file: string, format: Format, nowMs: () => number): AsyncGenerator<Row, void, undefined> {
  const chunks: AsyncIterable<Uint8Array> = file === STDIN ? process.stdin : createReadStream(file);
  switch (format) {
    case 'csv':
      return readCsv(readLines(chunks), nowMs);
    case 'jsonl':
      return readJsonLines(readLines(chunks), nowMs);
    case 'senml':
      return readSenml(chunks, nowMs);
  }
}

/**
 * The name under which the outbox counts a file's rows when none is given: its path, and its first lines. So a file that
 * grew goes on where it was, and another one that took its place is not mistaken for it. Null for stdin: it has no past.
 */
export async function streamNameOf(file: string): Promise<string | null> {
  if (file === STDIN) return null;
  const full = await realpath(file);
  const head = await readHead(full);
  return `${path.basename(full).slice(0, NAME_CHARACTERS_MAX)}@${fingerprint(full, head)}`;
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead).split('\n', HEAD_LINES).join('\n');
  } finally {
    await handle.close();
  }
}
