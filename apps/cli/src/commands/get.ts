/** `tangle get`: a transaction with its decoded payload. */
import type { Command } from 'commander';
import { outputOf, parseTransactionId, withExamples, withNodes, type NodeOptions } from '../options.js';
import { readTransaction } from './status.js';

export function registerGet(program: Command): void {
  const command = program
    .command('get')
    .description('one transaction, its bytes checked against the id and its payload decoded')
    .argument('<id>', '64 lower-case hex digits', parseTransactionId)
    .action(run);
  withExamples(withNodes(command), 'tangle get 3f0c...e1', 'tangle get 3f0c...e1 --json | jq .payload.senml');
}

async function run(id: string, options: NodeOptions, command: Command): Promise<void> {
  const { transactionToJson } = await import('../render.js');
  const json = transactionToJson(await readTransaction(id, options));
  const forPeople = JSON.stringify(
    json,
    (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    2,
  );
  await outputOf(command).result(json, forPeople);
}
