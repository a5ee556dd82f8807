/** Makes way for a fresh start where only other nodes can mend a ledger. */
import { rename, stat } from 'node:fs/promises';
import { syncDirectory } from './durable-file.js';
import { asStoreError, codeOf } from './errors.js';
import { consumeFirstStart, ledgerPath } from './identity.js';
import { consumeCleanStop } from './journal.js';

/**
 * Moves a damaged ledger to a folder beside it and gives that folder's path. The data directory has lost its past then,
 * and holds nothing that says otherwise: the next start fetches everything from peers, in doubt (PROTOCOL 9). No node may
 * have it open. Rejects with `disk-failed`.
 */
export async function setLedgerAside(dataDirectory: string): Promise<string> {
  try {
    // First what vouches for the ledger: an end in between leaves a ledger that is merely not vouched for.
    await consumeFirstStart(dataDirectory);
    await consumeCleanStop(dataDirectory);
    const aside = await unusedName(`${ledgerPath(dataDirectory)}.damaged`);
    await rename(ledgerPath(dataDirectory), aside);
    await syncDirectory(dataDirectory);
    return aside;
  } catch (error) {
    throw asStoreError(error, `setting the ledger of ${dataDirectory} aside`);
  }
}

async function unusedName(stem: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = `${stem}-${number}`;
    try {
      await stat(name);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return name;
      throw error;
    }
  }
}
