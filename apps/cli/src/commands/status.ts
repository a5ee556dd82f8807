/** `tangle status`: how far a transaction is. */
import type { Command } from 'commander';
import type { ReadTransaction } from '@tangle/sdk';
import { openReader } from '../connect.js';
import { CliError, EXIT } from '../failure.js';
import { outputOf, parseTransactionId, withExamples, withNodes, type NodeOptions } from '../options.js';
import { formatTime } from '../time.js';

export function registerStatus(program: Command): void {
  const command = program
    .command('status')
    .description('how far a transaction is: pending, witnessed, final or certified, and its place and outcome')
    .argument('<id>', '64 lower-case hex digits', parseTransactionId)
    .action(run);
  withExamples(withNodes(command), 'tangle status 3f0c...e1 --json');
}

async function run(id: string, options: NodeOptions, command: Command): Promise<void> {
  const { statusToJson } = await import('../render.js');
  const read = await readTransaction(id, options);
  const { status, approvalWeight, totalWeight, final } = read;
  const text =
    final === null
      ? `${status}, approval weight ${approvalWeight} of ${totalWeight}`
      : `${status}, ${final.outcome.status}${final.outcome.status === 'rejected' ? ` (${final.outcome.code})` : ''}, ` +
        `position ${final.position}, commit ${final.commitIndex}, ${formatTime(final.commitTimeMs)}`;
  await outputOf(command).result(statusToJson(read), text);
}

/** Throws `transaction-not-found` (exit 1). */
export async function readTransaction(id: string, options: NodeOptions): Promise<ReadTransaction> {
  using reader = await openReader(options);
  const read = await reader.transaction(id);
  if (read === null) throw new CliError('transaction-not-found', `no node asked holds ${id}`, EXIT.failed, { id });
  return read;
}
