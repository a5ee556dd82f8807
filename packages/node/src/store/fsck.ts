/**
 * The check of a data directory that no node has open: every record by itself, then all of them together from the
 * genesis on. Nothing is believed but the genesis: outcomes, state, leaves and roots are made again and compared.
 */
import { stat } from 'node:fs/promises';
import type { Crypto } from '@tangle/core/crypto';
import type { Genesis } from '@tangle/core/model';
import type { LedgerDatabase } from './checked-reader.js';
import type { FsckReport } from './fsck-report.js';
import { fromHex, toHex } from '@tangle/core/codec';
import { CheckedReader } from './checked-reader.js';
import { writeDurably } from './durable-batch.js';
import { asStoreError, RecordCorruptError, StoreError, type StoreErrorCode } from './errors.js';
import { ChainCheck, type ChainSummary } from './fsck-chain.js';
import { checkRecords, remedyFor } from './fsck-records.js';
import { Findings } from './fsck-report.js';
import { ledgerPath, STORE_FORMAT } from './identity.js';
import { checkCleanStop, readJournal } from './journal.js';
import { guardKey, identityKey, logHeadKey } from './keys.js';
import { openDatabase } from './open-database.js';
import { decodeGuard, decodeIdentity } from './records.js';

export interface FsckOptions {
  /** A node's data directory. Its node must be stopped. */
  readonly directory: string;
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  /** Drops bad records that follow from others, so that the next start makes them again. Default: changes nothing. */
  readonly repair?: boolean;
}

/**
 * Checks all of it: time and reading are those of the whole ledger, memory of its state. Rejects with a StoreError only
 * where there is nothing to check: `data-directory-in-use`, `wrong-network`, `unsupported-store-format`, or
 * `store-unreadable` where there is no ledger or it cannot be opened at all.
 */
export async function fsck(options: FsckOptions): Promise<FsckReport> {
  const { directory, genesis, crypto, repair = false } = options;
  await stat(ledgerPath(directory)).catch((error: unknown) => {
    throw new StoreError('store-unreadable', `${directory} holds no ledger`, error);
  });
  const database = await openDatabase(directory);
  try {
    const reader = new CheckedReader(database, crypto);
    const findings = new Findings();
    await checkIdentity(reader, genesis, findings);
    await guarded(findings, async () => {
      await checkCleanStop(directory, await readJournal(reader));
    });
    let chain: ChainSummary = { commits: 0, leaves: 0 };
    let records = 0;
    await guarded(findings, async () => {
      const counts = await checkRecords(database, genesis, crypto, findings);
      records = [...counts.values()].reduce((sum, count) => sum + count, 0);
      chain = await new ChainCheck(reader, genesis, crypto, findings, counts).run();
    });
    const dropped = repair ? await dropDerived(database, findings) : 0;
    return { records, ...chain, findings: findings.listed, findingCount: findings.count, dropped };
  } finally {
    await database.close();
  }
}

const NOTHING_TO_CHECK: ReadonlySet<StoreErrorCode> = new Set(['wrong-network', 'unsupported-store-format']);

async function checkIdentity(reader: CheckedReader, genesis: Genesis, findings: Findings): Promise<void> {
  await guarded(findings, async () => {
    const identity = await reader.get(identityKey(), decodeIdentity);
    if (identity === undefined) throw new RecordCorruptError('identity', toHex(identityKey()), 'is missing');
    if (identity.format !== STORE_FORMAT) {
      const text = `the ledger has store format ${identity.format}, this version checks ${STORE_FORMAT}`;
      const advice = identity.format < STORE_FORMAT ? ': start the node, which brings it to that' : '';
      throw new StoreError('unsupported-store-format', text + advice);
    }
    const guard = await reader.get(guardKey(), decodeGuard);
    if (guard === undefined) throw new RecordCorruptError('guard', toHex(guardKey()), 'is missing');
    if (identity.genesisHash === genesis.hash) return;
    throw new StoreError('wrong-network', `the ledger is of the network with genesis ${identity.genesisHash}`);
  });
}

/** What cannot be read becomes a finding, and ends this part of the check. */
async function guarded(findings: Findings, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    const failure = asStoreError(error, 'checking');
    if (failure instanceof RecordCorruptError) {
      const { keySpace, key, found } = failure;
      const code =
        keySpace === 'journal' ? 'batch-lost' : found.startsWith('is missing') ? 'record-missing' : 'record-corrupt';
      findings.add({
        code,
        keySpace,
        key,
        what: `it ${found}; what depends on it was not checked`,
        remedy: remedyFor(keySpace),
      });
      return;
    }
    if (!(failure instanceof StoreError) || NOTHING_TO_CHECK.has(failure.code)) throw failure;
    findings.add({ code: 'database-damaged', keySpace: null, key: null, what: failure.message, remedy: 'resync' });
  }
}

/** The bad records, and the head of the log: without it the next start makes all of the log and its indexes again. */
async function dropDerived(database: LedgerDatabase, findings: Findings): Promise<number> {
  const derived = findings.listed.filter(({ remedy }) => remedy === 'rebuild');
  if (derived.length === 0) return 0;
  const keys = derived.flatMap(({ key }) => (key === null ? [] : [fromHex(key)]));
  await writeDurably(
    database,
    [...keys, logHeadKey()].map((key) => ({ type: 'del', key })),
  );
  return keys.length;
}
