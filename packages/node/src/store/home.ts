/**
 * Notices that a data directory is a copy (PROTOCOL 9: any copy restored). Every opening writes a small file and then
 * keeps in the database which file that is and when it last changed; cp, tar and rsync leave another one. Two names take
 * turns, so that a crash between file and database leaves the file that the database knows as it was.
 *
 * Not noticed: an image of a whole volume, and an rsync in place of what was copied since the last opening. There, only
 * an own statement from elsewhere shows that a past is missing.
 */
import type { Genesis } from '@tangle/core/model';
import type { CheckedReader, LedgerDatabase } from './checked-reader.js';
import type { Home } from './records.js';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { toHex } from '@tangle/core/codec';
import { seal } from './checksum.js';
import { writeDurably, type Operation } from './durable-batch.js';
import { syncDirectory, writeSynced } from './durable-file.js';
import { codeOf, RecordCorruptError } from './errors.js';
import { guardKey, homeKey } from './keys.js';
import { decodeGuard, decodeHome, encodeGuard, encodeHome } from './records.js';

const TEXT = 'Tells this data directory from its copies. Written at every start of the node.\n';

/**
 * Makes this directory the home of its database. True where it was another one before: the guard is in doubt then, in the
 * same batch. Not so in a committee of one: it has only its own disk, and nobody who could settle a doubt.
 */
export async function settleHome(
  database: LedgerDatabase,
  dataDirectory: string,
  { committee }: Genesis,
  reader: CheckedReader,
): Promise<boolean> {
  const known = await reader.get(homeKey(), decodeHome);
  const isCopy = known !== undefined && !isSame(known, await homeOf(dataDirectory, known.opening));
  const opening = (known?.opening ?? 0) + 1;
  await writeSynced(fileOf(dataDirectory, opening), TEXT);
  await syncDirectory(dataDirectory);
  const home = await homeOf(dataDirectory, opening);
  if (home === null) throw new RecordCorruptError('home', toHex(homeKey()), 'is of a file that has just vanished');
  const operations: Operation[] = [{ type: 'put', key: homeKey(), value: seal(homeKey(), encodeHome(home)) }];
  if (isCopy && committee.size > 1) {
    const guard = await reader.get(guardKey(), decodeGuard);
    if (guard === undefined) throw new RecordCorruptError('guard', toHex(guardKey()), 'is missing');
    const value = seal(guardKey(), encodeGuard({ ...guard, inDoubt: true }));
    operations.push({ type: 'put', key: guardKey(), value });
  }
  await writeDurably(database, operations);
  // Left behind it would be there, unchanged, for an older database that is put back beside it.
  await rm(fileOf(dataDirectory, opening - 1), { force: true });
  return isCopy;
}

function fileOf(dataDirectory: string, opening: number): string {
  return path.join(dataDirectory, `home-${opening % 2}`);
}

function isSame(known: Home, found: Home | null): boolean {
  return found !== null && known.inode === found.inode && known.changedNs === found.changedNs;
}

/** The status change time is nobody's to set: every copying program leaves its own. */
async function homeOf(dataDirectory: string, opening: number): Promise<Home | null> {
  try {
    const { ino, ctimeNs } = await stat(fileOf(dataDirectory, opening), { bigint: true });
    return { opening, inode: BigInt.asUintN(64, ino), changedNs: BigInt.asUintN(64, ctimeNs) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
