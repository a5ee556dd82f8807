/** `tangle get`: a transaction with its decoded payload. */
import path from 'node:path';
import type { Command } from 'commander';
import { PAYLOAD_TYPE } from '@tangle/core/model';
import type { ReadTransaction } from '@tangle/sdk';
import { openReader } from '../connect.js';
import { codeOf } from '../failure.js';
import { outputOf, parseTransactionId, withExamples, withNodes, type NodeOptions } from '../options.js';
import { readTransaction } from './status.js';

interface GetOptions extends NodeOptions {
  readonly blobs?: string;
}

export function registerGet(program: Command): void {
  const command = program
    .command('get')
    .description('one transaction, its bytes checked against the id and its payload decoded')
    .argument('<id>', '64 lower-case hex digits', parseTransactionId)
    .option('--blobs <dir>', 'of an anchored batch: whether its data is here, and is what was anchored')
    .action(run);
  withExamples(
    withNodes(command),
    'tangle get 3f0c...e1',
    'tangle get 9a41...07 --blobs ./blobs',
    'tangle get 3f0c...e1 --json | jq .payload.senml',
  );
}

async function run(id: string, options: GetOptions, command: Command): Promise<void> {
  const { transactionToJson } = await import('../render.js');
  const read = await readTransaction(id, options);
  const batch = await lookForBatch(read, options);
  const json = { ...transactionToJson(read), ...(batch !== null && { batch: batch.state }) };
  const forPeople = JSON.stringify(
    json,
    (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    2,
  );
  await outputOf(command).result(json, forPeople);
  if (batch?.failure !== undefined) throw batch.failure;
}

interface FoundBatch {
  readonly state: 'matches' | 'unavailable' | 'does not match';
  /** Where it does not match or is not there. */
  readonly failure?: Error;
}

/** Null where the transaction anchors none, or nobody asked. */
async function lookForBatch({ transaction }: ReadTransaction, options: GetOptions): Promise<FoundBatch | null> {
  const { blobs } = options;
  if (blobs === undefined || transaction.payloadType !== PAYLOAD_TYPE.anchor) return null;
  const { directoryBlobStore } = await import('@tangle/sdk/node');
  using reader = await openReader(options);
  try {
    await reader.batch(transaction.id, directoryBlobStore(path.resolve(blobs)));
    return { state: 'matches' };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (codeOf(error) === 'blob-unavailable') return { state: 'unavailable', failure: error };
    if (codeOf(error) === 'blob-does-not-match') return { state: 'does not match', failure: error };
    throw error;
  }
}
