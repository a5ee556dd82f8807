/**
 * Whose data directory this is, and whether its past is whole (PROTOCOL 9). The identity is the first record of the
 * ledger database itself, so it can neither outlive the records nor be left behind without them: a directory without an
 * identity is either brand-new or has lost everything, and only the file `first-start` tells which.
 *
 *   tangle init     writes `first-start`, durably
 *   first opening   writes the identity, with `firstStart` where the file is there; then removes the file, durably
 *   any crash       before the identity: the file still says so; after it: the identity does, the file goes next time
 */
import type { Genesis } from '@tangle/core/model';
import type { CheckedReader, LedgerDatabase } from './checked-reader.js';
import type { Identity } from './records.js';
import { access, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { seal } from './checksum.js';
import { writeDurably, type Operation } from './durable-batch.js';
import { syncDirectory, writeSynced } from './durable-file.js';
import { asStoreError, codeOf, RecordCorruptError, StoreError } from './errors.js';
import { guardKey, identityKey } from './keys.js';
import { decodeIdentity, encodeGuard, encodeIdentity } from './records.js';

/** Version of everything in keys.ts and records.ts. */
export const STORE_FORMAT = 2;
/** Folder of the ledger database in a data directory. */
const LEDGER_FOLDER = 'ledger';
const FIRST_START_FILE = 'first-start';

export function ledgerPath(dataDirectory: string): string {
  return path.join(dataDirectory, LEDGER_FOLDER);
}

/**
 * Vouches that this directory has no past: the node that opens it first may sign from round 1. To be called once, when
 * the directory is made; where a validator has lost its disk it would let the validator contradict itself.
 * Rejects with `data-directory-not-empty` where there is a ledger already, or with `disk-failed`.
 */
export async function markFirstStart(dataDirectory: string): Promise<void> {
  try {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    if (await exists(ledgerPath(dataDirectory))) {
      throw new StoreError('data-directory-not-empty', `${dataDirectory} already holds a ledger`);
    }
    await writeSynced(path.join(dataDirectory, FIRST_START_FILE), '');
    await syncDirectory(dataDirectory);
  } catch (error) {
    throw asStoreError(error, `marking ${dataDirectory}`);
  }
}

/** Reads the identity and compares it, or writes it where the database is empty. Its format may be an older one. */
export async function establishIdentity(
  database: LedgerDatabase,
  dataDirectory: string,
  genesis: Genesis,
  reader: CheckedReader,
): Promise<Identity> {
  const found = await reader.get(identityKey(), decodeIdentity);
  const identity = found ?? (await writeIdentity(database, dataDirectory, genesis));
  if (identity.format > STORE_FORMAT || identity.format < 1) {
    throw new StoreError(
      'unsupported-store-format',
      `${dataDirectory} has store format ${identity.format}, this version reads 1 to ${STORE_FORMAT}: start the version that wrote it, or a newer one`,
    );
  }
  if (identity.genesisHash !== genesis.hash) {
    throw new StoreError(
      'wrong-network',
      `${dataDirectory} belongs to the network with genesis ${identity.genesisHash}, not ${genesis.hash}`,
    );
  }
  await consumeFirstStart(dataDirectory);
  return identity;
}

export function identityOperation(identity: Identity): Operation {
  const key = identityKey();
  return { type: 'put', key, value: seal(key, encodeIdentity(identity)) };
}

/** There from the start, so that one that is lost is missed: without its guard a validator could contradict itself. */
export function guardOperation({ firstStart }: Identity): Operation {
  const key = guardKey();
  const guard = { epoch: 0, round: 0, id: null, inDoubt: !firstStart };
  return { type: 'put', key, value: seal(key, encodeGuard(guard)) };
}

async function writeIdentity(database: LedgerDatabase, dataDirectory: string, genesis: Genesis): Promise<Identity> {
  const [firstRecord] = await database.keys({ limit: 1 }).all();
  if (firstRecord !== undefined) {
    throw new RecordCorruptError('identity', '01', 'is missing, though there are others');
  }
  const firstStart = await exists(path.join(dataDirectory, FIRST_START_FILE));
  const identity = { format: STORE_FORMAT, genesisHash: genesis.hash, firstStart };
  await writeDurably(database, [identityOperation(identity), guardOperation(identity)]);
  // The folder of the database is itself an entry of a directory, which the database does not sync.
  await syncDirectory(dataDirectory);
  return identity;
}

export async function consumeFirstStart(dataDirectory: string): Promise<void> {
  const file = path.join(dataDirectory, FIRST_START_FILE);
  if (await exists(file)) {
    await rm(file);
    await syncDirectory(dataDirectory);
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return false;
    }
    throw error;
  }
}
