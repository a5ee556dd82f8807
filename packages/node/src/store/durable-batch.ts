/** The one way in which bytes enter the database: a batch that is there whole or not at all, and on the disk. */
import type { AbstractChainedBatchWriteOptions } from 'abstract-level';
import type { LedgerDatabase } from './checked-reader.js';

export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

/** LevelDB's own option, for which abstract-level has no word: resolve once the data is on the disk. */
const DURABLY: AbstractChainedBatchWriteOptions & { readonly sync: true } = { sync: true };

/** Rejects with the database's error; then nobody knows whether the batch is there. */
export async function writeDurably(database: LedgerDatabase, operations: readonly Operation[]): Promise<void> {
  // Chained, because classic-level takes a chained operation for a fifth of the time of one in an array.
  const batch = database.batch();
  try {
    for (const operation of operations) {
      if (operation.type === 'put') {
        batch.put(operation.key, operation.value);
      } else {
        batch.del(operation.key);
      }
    }
    await batch.write(DURABLY);
  } finally {
    await batch.close();
  }
}
