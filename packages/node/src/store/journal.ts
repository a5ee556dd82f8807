/**
 * Whether the database still has every batch. LevelDB skips what of its write-ahead log does not match its checksums,
 * and says nothing: a batch in the middle can be gone, or all from some point on. So every batch leaves its number, and a
 * store that is closed in good order leaves the last one in a file beside the database.
 *
 *   batch n     puts number n and deletes number n - JOURNAL_BATCHES_MAX: those that may still be in the log are there
 *   close       writes `clean-stop` with n, durably
 *   opening     numbers without a gap, the last one that of the file; then the file goes, durably
 */
import { readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { CheckedReader } from './checked-reader.js';
import type { Operation } from './durable-batch.js';
import { toHex } from '@tangle/core/codec';
import { seal } from './checksum.js';
import { syncDirectory, writeSynced } from './durable-file.js';
import { codeOf, RecordCorruptError } from './errors.js';
import { allOf, batchOfJournalKey, journalKey } from './keys.js';
import { NO_VALUE } from './records.js';

/** Batches whose numbers are kept: more than LevelDB's two logs of 4 MiB hold, at 500 bytes each. */
export const JOURNAL_BATCHES_MAX = 16_384;
const CLEAN_STOP_FILE = 'clean-stop';

/** The number of the newest batch, 0 before the first. Rejects with `record-corrupt` where one is missing. */
export async function readJournal(reader: CheckedReader): Promise<number> {
  let last = 0;
  for await (const { key } of reader.scan(allOf('journal'), () => NO_VALUE)) {
    const batch = batchOfJournalKey(key);
    if (last !== 0 && batch !== last + 1) throw missing(last + 1);
    last = batch;
  }
  return last;
}

/** What batch `number` writes beside its records. */
export function journalOperations(number: number): Operation[] {
  const key = journalKey(number);
  const put: Operation = { type: 'put', key, value: seal(key, NO_VALUE) };
  const old = number - JOURNAL_BATCHES_MAX;
  return old < 1 ? [put] : [put, { type: 'del', key: journalKey(old) }];
}

/** The number of the last batch at the last closing, where that was in good order; else null. */
export async function readCleanStop(dataDirectory: string): Promise<number | null> {
  let text: string;
  try {
    text = await readFile(cleanStopFile(dataDirectory), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  if (!/^[0-9]{1,15}\n$/.test(text)) {
    throw new RecordCorruptError('journal', toHex(Buffer.from(text.slice(0, 32))), `is what ${CLEAN_STOP_FILE} holds`);
  }
  return Number(text);
}

/** Compares the file with the database. Rejects with `record-corrupt` where the database ends too early. */
export async function checkCleanStop(dataDirectory: string, lastBatch: number): Promise<void> {
  const expected = await readCleanStop(dataDirectory);
  if (expected !== null && expected !== lastBatch) throw missing(Math.min(expected, lastBatch) + 1);
}

export async function consumeCleanStop(dataDirectory: string): Promise<void> {
  await rm(cleanStopFile(dataDirectory), { force: true });
  await syncDirectory(dataDirectory);
}

/** There whole or not at all: half a number would be taken for damage. */
export async function markCleanStop(dataDirectory: string, lastBatch: number): Promise<void> {
  const file = cleanStopFile(dataDirectory);
  const draft = `${file}.draft`;
  await writeSynced(draft, `${lastBatch}\n`);
  await rename(draft, file);
  await syncDirectory(dataDirectory);
}

function cleanStopFile(dataDirectory: string): string {
  return path.join(dataDirectory, CLEAN_STOP_FILE);
}

function missing(batch: number): RecordCorruptError {
  return new RecordCorruptError('journal', toHex(journalKey(batch)), 'is missing: the batch of this number is lost');
}
