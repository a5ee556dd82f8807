/**
 * Makes the ledger of a node out of a backup. All of it is written and checked beside the place where a node looks for its
 * ledger, and moved there as the last step: before it there is no ledger, after it a whole one.
 *
 * A backup is older than what the validator has signed since. So a restored ledger is in doubt from its first record on:
 * its node asks the others what they know of its past, and signs nothing until enough of them have said (PROTOCOL 9).
 */
import type { Crypto } from '@tangle/core/crypto';
import type { Genesis } from '@tangle/core/model';
import type { BackupHead, BackupSummary } from './backup-format.js';
import type { LedgerDatabase } from './checked-reader.js';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { BackupParser } from './backup-format.js';
import { CheckedReader } from './checked-reader.js';
import { seal } from './checksum.js';
import { writeDurably, type Operation } from './durable-batch.js';
import { syncDirectory } from './durable-file.js';
import { asStoreError, codeOf, StoreError } from './errors.js';
import { fsck } from './fsck.js';
import { consumeFirstStart, ledgerPath, STORE_FORMAT } from './identity.js';
import { consumeCleanStop } from './journal.js';
import { guardKey, identityKey } from './keys.js';
import { migrate } from './migrations.js';
import { openDatabase } from './open-database.js';
import { decodeGuard, decodeIdentity, encodeGuard } from './records.js';

export interface RestoreOptions {
  /** The bytes of a backup, in pieces of any size. */
  readonly source: AsyncIterable<Uint8Array>;
  /** The data directory of the node; made where it does not exist. It must hold no ledger. */
  readonly directory: string;
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  /**
   * In a network of one nobody knows what was signed since the backup, and the node may sign something else in its place.
   * Without this such a backup is refused. Default: false.
   */
  readonly acceptContradiction?: boolean;
}

export interface RestoreReport extends BackupSummary {
  readonly commits: number;
  readonly leaves: number;
  /** Whether the node asks the others before it signs. */
  readonly inDoubt: boolean;
}

const DRAFT_FOLDER = 'restoring';
/** Bytes written at once. */
const BATCH_BYTES = 1_048_576;

/**
 * Rejects with a StoreError `data-directory-not-empty`, `backup-damaged`, `wrong-network`, `unsupported-store-format`,
 * `nobody-to-ask`, `data-directory-in-use` (another restoring is under way) or `disk-failed`; the directory has no ledger
 * then, or a whole one where the disk failed at the very end.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const { source, directory, genesis, crypto, acceptContradiction = false } = options;
  const inDoubt = genesis.committee.size > 1;
  if (!inDoubt && !acceptContradiction) {
    const text = 'this network has one validator: nobody else knows what it has signed since the backup';
    throw new StoreError('nobody-to-ask', `${text}, and it may sign something else in its place`);
  }
  const draft = path.join(directory, DRAFT_FOLDER);
  try {
    if (await exists(ledgerPath(directory))) {
      throw new StoreError('data-directory-not-empty', `${directory} already holds a ledger`);
    }
    await mkdir(draft, { recursive: true, mode: 0o700 });
    await clear(draft);
    const summary = await writeDraft(source, draft, genesis, crypto, inDoubt);
    const { findings, findingCount, commits, leaves } = await fsck({ directory: draft, genesis, crypto });
    const [first] = findings;
    // What has just been written cannot be read: no fault of the backup.
    if (first?.code === 'database-damaged') throw new StoreError('disk-failed', `checking ${draft}: ${first.what}`);
    if (first !== undefined) {
      const text = `the backup holds a ledger with ${findingCount} findings, the first: ${first.what}`;
      throw new StoreError('backup-damaged', text);
    }
    // What vouches for a ledger that is not there any more would vouch for this one.
    await consumeFirstStart(directory);
    await consumeCleanStop(directory);
    await syncDirectory(draft);
    await rename(ledgerPath(draft), ledgerPath(directory));
    await syncDirectory(directory);
    await rm(draft, { recursive: true });
    return { ...summary, commits, leaves, inDoubt };
  } catch (error) {
    const failure = asStoreError(error, `restoring to ${directory}`);
    const isOurs = !(failure instanceof StoreError) || !NOT_BEGUN.has(failure.code);
    if (isOurs) await rm(draft, { recursive: true, force: true });
    throw failure;
  }
}

const NOT_BEGUN: ReadonlySet<string> = new Set(['data-directory-not-empty', 'data-directory-in-use']);

/** Of a restoring that was killed. Whoever is still at it holds the lock. */
async function clear(draft: string): Promise<void> {
  try {
    await ClassicLevel.destroy(ledgerPath(draft));
  } catch (error) {
    throw new StoreError('data-directory-in-use', `another process restores to ${draft}`, error);
  }
}

async function writeDraft(
  source: AsyncIterable<Uint8Array>,
  draft: string,
  genesis: Genesis,
  crypto: Crypto,
  inDoubt: boolean,
): Promise<BackupSummary> {
  const database = await openDatabase(draft);
  try {
    const parser = new BackupParser();
    let batch: Operation[] = [];
    let bytes = 0;
    let isChecked = false;
    for await (const chunk of source) {
      for (const { key, value } of parser.push(chunk)) {
        batch.push({ type: 'put', key, value });
        bytes += key.length + value.length;
      }
      if (!isChecked && parser.head !== null) {
        checkHead(parser.head, genesis);
        isChecked = true;
      }
      if (bytes < BATCH_BYTES) continue;
      await writeDurably(database, batch);
      batch = [];
      bytes = 0;
    }
    const summary = parser.finish();
    await writeDurably(database, batch);
    await settleIdentity(database, genesis, crypto, inDoubt);
    return summary;
  } finally {
    await database.close();
  }
}

function checkHead({ genesisHash, storeFormat }: BackupHead, genesis: Genesis): void {
  if (genesisHash !== genesis.hash) {
    throw new StoreError('wrong-network', `the backup is of the network with genesis ${genesisHash}`);
  }
  if (storeFormat > STORE_FORMAT || storeFormat < 1) {
    const text = `the backup has store format ${storeFormat}, this version reads 1 to ${STORE_FORMAT}`;
    throw new StoreError(
      'unsupported-store-format',
      `${text}: restore it with the version that made it, or a newer one`,
    );
  }
}

/** Brings the records to the newest format, and their guard into doubt. */
async function settleIdentity(
  database: LedgerDatabase,
  genesis: Genesis,
  crypto: Crypto,
  inDoubt: boolean,
): Promise<void> {
  const reader = new CheckedReader(database, crypto);
  const identity = await reader.get(identityKey(), decodeIdentity);
  if (identity === undefined) throw new StoreError('backup-damaged', 'the backup has no identity record');
  await migrate({ database, reader, genesis, crypto, identity }, () => undefined);
  const guard = await reader.get(guardKey(), decodeGuard);
  if (guard === undefined) throw new StoreError('backup-damaged', 'the backup has no guard record');
  const value = encodeGuard({ ...guard, inDoubt: guard.inDoubt || inDoubt });
  await writeDurably(database, [{ type: 'put', key: guardKey(), value: seal(guardKey(), value) }]);
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
