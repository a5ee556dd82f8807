/** Opens LevelDB in a data directory, for this process alone. */
import type { LedgerDatabase } from './checked-reader.js';
import type { DiskReserve } from './disk-reserve.js';
import { mkdir } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import { codeOf, StoreError } from './errors.js';
import { ledgerPath } from './identity.js';

/** Rejects with `data-directory-in-use`, `store-unreadable`, or what `reserve` has against writing. */
export async function openDatabase(directory: string, reserve?: DiskReserve): Promise<LedgerDatabase> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    reserve?.ensureRoom();
    const encodings = { keyEncoding: 'view', valueEncoding: 'view' } as const;
    const database: LedgerDatabase = new ClassicLevel(ledgerPath(directory), encodings);
    await database.open();
    return database;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
    if (codeOf(reason) === 'LEVEL_LOCKED') {
      throw new StoreError('data-directory-in-use', `another process has ${directory} open`, reason);
    }
    throw new StoreError('store-unreadable', `${directory} cannot be opened`, reason);
  }
}
