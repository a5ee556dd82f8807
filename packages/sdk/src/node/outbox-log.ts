/**
 * The file of a directory outbox: one line for each durable write, `CRC32 [record,...]`. A line is the unit that is
 * whole or not: a torn one can only be the last, and nobody was told that what it holds is kept.
 */
import { crc32 } from 'node:zlib';
import { TangleError } from '../errors.js';

/** The first record of every file. */
export interface OwnerRecord {
  readonly kind: 'owner';
  readonly version: 1;
  readonly device: string;
  readonly network: string;
  /** Highest sequence number ever kept, 0 for none: outlives compaction. */
  readonly highestSequence: string;
  readonly marks: readonly (readonly [name: string, position: number])[];
}

export interface AppendRecord {
  readonly kind: 'append';
  readonly sequence: string;
  readonly id: string;
  /** Base64. */
  readonly bytes: string;
  readonly source?: { readonly name: string; readonly position: number };
}

export interface SettleRecord {
  readonly kind: 'settle';
  readonly sequence: string;
}

export type LogRecord = OwnerRecord | AppendRecord | SettleRecord;

export function encodeLine(records: readonly LogRecord[]): string {
  const json = JSON.stringify(records);
  return `${checksumOf(json)} ${json}\n`;
}

export interface LogContent {
  readonly records: readonly LogRecord[];
  /** Bytes of the file that are good; what follows is a torn write. */
  readonly goodBytes: number;
}

/** Throws `outbox-damaged` for a bad line that is not the last. */
export function decodeLog(content: Buffer, path: string): LogContent {
  const records: LogRecord[] = [];
  let start = 0;
  while (start < content.length) {
    const newline = content.indexOf(0x0a, start);
    const end = newline === -1 ? content.length : newline;
    const line = newline === -1 ? null : decodeLine(content.toString('utf8', start, end));
    if (line === null) {
      if (newline !== -1 && newline + 1 < content.length) {
        throw new TangleError('outbox-damaged', `${path} is damaged at byte ${start}`, {
          details: { path, offset: start },
        });
      }
      break;
    }
    records.push(...line);
    start = end + 1;
  }
  return { records, goodBytes: start };
}

/** The checksum vouches that we wrote it, so its shape needs no check of its own. */
function decodeLine(line: string): LogRecord[] | null {
  const json = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== checksumOf(json)) return null;
  const records: unknown = JSON.parse(json);
  return records as LogRecord[];
}

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
