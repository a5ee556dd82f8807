/**
 * Brings a store of an older format to this version's, one format at a time. A step may write in as many batches as it
 * likes, as long as it can be run again over what it has written; its last batch holds the new format's number. So a
 * process that ends anywhere in between leaves a store of the older format, and the next opening begins that step again.
 */
import type { Crypto } from '@tangle/core/crypto';
import type { Genesis } from '@tangle/core/model';
import type { CheckedReader, LedgerDatabase } from './checked-reader.js';
import type { Identity } from './records.js';
import { invariant } from '@tangle/core/assert';
import { writeDurably, type Operation } from './durable-batch.js';
import { guardOperation, identityOperation, STORE_FORMAT } from './identity.js';
import { guardKey } from './keys.js';
import { decodeGuard } from './records.js';
import { StoredLog } from './stored-log.js';

export interface MigrationContext {
  readonly database: LedgerDatabase;
  readonly reader: CheckedReader;
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  /** As it was written by the older version. */
  readonly identity: Identity;
}

export interface Migration {
  /** The format that it begins with; it ends with the next one. */
  readonly from: number;
  /** What remains to be written in the batch that ends it. */
  readonly run: (context: MigrationContext) => Promise<readonly Operation[]>;
}

/** All that are known, ascending, without a gap up to STORE_FORMAT. */
export const MIGRATIONS: readonly Migration[] = [
  {
    from: 1,
    // New in 2: the log and its indexes, which follow from the commits, and a guard from the first record on.
    run: async ({ identity, ...context }) => {
      await StoredLog.open({ ...context, onRepair: () => undefined });
      const guard = await context.reader.get(guardKey(), decodeGuard);
      return guard === undefined ? [guardOperation(identity)] : [];
    },
  },
];

/** The identity afterwards. `onMigrated` is told of each step that is done. */
export async function migrate(
  context: MigrationContext,
  onMigrated: (from: number, to: number) => void,
  migrations: readonly Migration[] = MIGRATIONS,
  newest: number = STORE_FORMAT,
): Promise<Identity> {
  let { identity } = context;
  while (identity.format < newest) {
    const { format } = identity;
    const migration = migrations.find(({ from }) => from === format);
    invariant(migration !== undefined, `no migration begins with store format ${format}`);
    const operations = await migration.run({ ...context, identity });
    identity = { ...identity, format: format + 1 };
    await writeDurably(context.database, [...operations, identityOperation(identity)]);
    onMigrated(format, identity.format);
  }
  return identity;
}
