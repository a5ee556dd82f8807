/** What the disk can do to a node: errors with a stable code, for the log, the exit status and the operator. */
import { InvariantError } from '@tangle/core/assert';

export type StoreErrorCode =
  /** The data directory belongs to a network with another genesis. */
  | 'wrong-network'
  /** Written by a newer version of this software. */
  | 'unsupported-store-format'
  /** Another process has it open. */
  | 'data-directory-in-use'
  /** The directory already holds a ledger, where a fresh one was asked for. */
  | 'data-directory-not-empty'
  /** The database cannot be opened or read. `cause` says why. */
  | 'store-unreadable'
  /** A record is missing, does not match its checksum or hash, or cannot be decoded. */
  | 'record-corrupt'
  /** The disk refused; after a write its outcome is unknown. Stop, reopen, recover (PROTOCOL 9). */
  | 'disk-failed'
  /** Too little room is left to begin a write: nothing was written. Make room and start again. */
  | 'disk-full'
  /** It is cut, changed, or no backup at all; or the ledger in it is not whole. */
  | 'backup-damaged'
  /** A network of one: nobody could tell a restored validator what it has signed since. */
  | 'nobody-to-ask'
  /** Used after `close`: a bug of the caller. */
  | 'store-closed';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** A bad record: which one, never its data. */
export class RecordCorruptError extends StoreError {
  /** Name of the key space, see keys.ts. */
  readonly keySpace: string;
  /** The whole key in hex, its key space byte first. */
  readonly key: string;
  /** What is wrong with it, in words. */
  readonly found: string;

  constructor(keySpace: string, key: string, found: string) {
    super('record-corrupt', `${keySpace} record ${key} ${found}; with the node stopped, tangle fsck says what to do`);
    this.found = found;
    this.keySpace = keySpace;
    this.key = key;
  }
}

/** Whatever LevelDB threw, as one of ours. Ours pass unchanged, and so do our bugs: the disk is not to blame. */
export function asStoreError(error: unknown, action: string): StoreError | InvariantError {
  if (error instanceof StoreError || error instanceof InvariantError) {
    return error;
  }
  switch (codeOf(error)) {
    case 'LEVEL_DATABASE_NOT_OPEN':
    case 'LEVEL_ITERATOR_NOT_OPEN':
      return new StoreError('store-closed', `${action} after the store was closed`, error);
    case 'LEVEL_CORRUPTION':
      return new StoreError('store-unreadable', `${action} found a damaged database`, error);
    default:
      return new StoreError('disk-failed', `${action} failed`, error);
  }
}

/** The stable `code` of an error of LevelDB or Node, where it has one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
