/**
 * The leaves of the log out of the records of commits: no leaf is stored. A position without a transaction is a commit
 * record's, and the entry that follows it belongs to the same commit.
 */
import type { CheckedTransaction } from '@tangle/core/model';
import type { FinalTransaction } from './records.js';
import type { CheckedReader } from './checked-reader.js';
import { present } from '@tangle/core/assert';
import { toHex } from '@tangle/core/codec';
import { encodeCommitRecord, encodeLogEntry } from '@tangle/core/log';
import { RecordCorruptError } from './errors.js';
import { commitKey, positionKey, positionOfKey, positionsBetween } from './keys.js';
import { decodeCommit, decodeId } from './records.js';

export interface StoredLeaf {
  readonly position: number;
  readonly bytes: Uint8Array;
  /** Null for a commit record. */
  readonly entry: { readonly final: FinalTransaction; readonly transaction: CheckedTransaction } | null;
}

/** Leaves begin <= position < end, which the log must have. All of them are in memory at once: ask for a bundle's. */
export async function readLeaves(reader: CheckedReader, begin: number, end: number): Promise<StoredLeaf[]> {
  const finals = await finalsBetween(reader, begin, end);
  const ids = [...finals.values()].filter(({ position }) => position < end).map(({ id }) => id);
  const transactions = new Map((await reader.transactions(ids)).map((transaction) => [transaction.id, transaction]));
  const leaves: StoredLeaf[] = [];
  for (let position = begin; position < end; position++) {
    const final = finals.get(position);
    if (final === undefined) {
      const first = finals.get(position + 1);
      if (first === undefined) throw missing(position);
      leaves.push(await readRecord(reader, position, first.commitIndex));
      continue;
    }
    const transaction = present(transactions.get(final.id), 'the reader answers for every id or throws');
    const bytes = encodeLogEntry(final, transaction.bytes);
    leaves.push({ position, bytes, entry: { final, transaction } });
  }
  return leaves;
}

/** Entries by position, and the one at `end`, which tells whose record the leaf before it may be. */
async function finalsBetween(
  reader: CheckedReader,
  begin: number,
  end: number,
): Promise<ReadonlyMap<number, FinalTransaction>> {
  const places = [];
  for await (const { key, value } of reader.scan(positionsBetween(begin, end + 1), decodeId)) {
    places.push({ position: positionOfKey(key), id: value });
  }
  const finals = await reader.finals(places.map(({ id }) => id));
  return new Map(
    places.map(({ position }, index) => {
      const final = present(finals[index], 'the reader answers for every id or throws');
      if (final.position !== position) throw missing(position);
      return [position, final];
    }),
  );
}

async function readRecord(reader: CheckedReader, position: number, index: number): Promise<StoredLeaf> {
  const key = commitKey(index);
  const commit = await reader.get(key, (value) => decodeCommit(index, value));
  if (commit?.recordPosition !== position) {
    throw new RecordCorruptError('commit', toHex(key), `is not the commit whose record is leaf ${position}`);
  }
  const { timeMs, leader, digest, stateDigest, ids } = commit;
  const place = { commitIndex: index, firstPosition: position + 1, count: ids.length };
  const bytes = encodeCommitRecord({ ...place, timeMs, leader, digest, stateDigest });
  return { position, bytes, entry: null };
}

function missing(position: number): RecordCorruptError {
  return new RecordCorruptError('position', toHex(positionKey(position)), 'is missing, or names another transaction');
}
