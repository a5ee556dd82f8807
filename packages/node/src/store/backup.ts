/**
 * Writes a backup: every record as of one moment between two batches, each checked before it is given out. What makes a
 * directory the home of its ledger stays behind, so that nothing which comes out of a backup takes itself for that.
 */
import type { AbstractSnapshot } from 'abstract-level';
import type { Crypto } from '@tangle/core/crypto';
import type { Genesis } from '@tangle/core/model';
import type { LedgerDatabase } from './checked-reader.js';
import { toHex } from '@tangle/core/codec';
import { BackupWriter } from './backup-format.js';
import { CheckedReader } from './checked-reader.js';
import { asStoreError, RecordCorruptError, StoreError } from './errors.js';
import { flawOf } from './fsck-records.js';
import { STORE_FORMAT } from './identity.js';
import { identityKey, KEY_SPACE, keySpaceOf } from './keys.js';
import { openDatabase } from './open-database.js';
import { decodeIdentity } from './records.js';

/** Bytes given out at once, records of more apart. */
const CHUNK_BYTES = 65_536;

/** The bytes of a backup. Throws `record-corrupt` where a record is not what was written. */
export async function* backupOf(
  database: LedgerDatabase,
  genesis: Genesis,
  crypto: Crypto,
  snapshot: AbstractSnapshot,
): AsyncGenerator<Buffer, void, undefined> {
  const writer = new BackupWriter();
  let parts = [writer.head({ genesisHash: genesis.hash, storeFormat: STORE_FORMAT })];
  let bytes = 0;
  try {
    for await (const [key, value] of database.iterator({ snapshot })) {
      if (key[0] === KEY_SPACE.home) continue;
      const flaw = flawOf(key, value, genesis, crypto);
      if (flaw !== null) throw new RecordCorruptError(keySpaceOf(key), toHex(key), `is bad: ${flaw}`);
      const record = writer.record({ key, value });
      parts.push(record);
      bytes += record.length;
      if (bytes < CHUNK_BYTES) continue;
      yield Buffer.concat(parts);
      parts = [];
      bytes = 0;
    }
  } catch (error) {
    throw asStoreError(error, 'reading for a backup');
  }
  yield Buffer.concat([...parts, writer.end()]);
}

/**
 * The same of a stopped node's directory, which is not changed by it. Rejects with `data-directory-in-use`,
 * `wrong-network`, `unsupported-store-format`, `record-corrupt` or `store-unreadable`.
 */
export async function* backupOfDirectory(
  directory: string,
  genesis: Genesis,
  crypto: Crypto,
): AsyncGenerator<Buffer, void, undefined> {
  const database = await openDatabase(directory);
  try {
    const identity = await new CheckedReader(database, crypto).get(identityKey(), decodeIdentity);
    if (identity === undefined) throw new RecordCorruptError('identity', toHex(identityKey()), 'is missing');
    if (identity.genesisHash !== genesis.hash) {
      throw new StoreError('wrong-network', `${directory} belongs to the network with genesis ${identity.genesisHash}`);
    }
    if (identity.format !== STORE_FORMAT) {
      const text = `${directory} has store format ${identity.format}, not ${STORE_FORMAT}: start its node first`;
      throw new StoreError('unsupported-store-format', text);
    }
    const snapshot = database.snapshot();
    try {
      yield* backupOf(database, genesis, crypto, snapshot);
    } finally {
      await snapshot.close();
    }
  } finally {
    await database.close();
  }
}
