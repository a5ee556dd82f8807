/** `tangle keygen`: a key for a device, an operator or an administrator. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Command } from 'commander';
import { outputOf, withExamples } from '../options.js';

const SECRET_BYTES = 32;

export function registerKeygen(program: Command): void {
  const command = program
    .command('keygen')
    .description('make a key for a device or operator; without --out the key file goes to stdout, secret and all')
    .option('--out <file>', 'write it here, readable by its owner only; an existing file is never replaced')
    .action(run);
  withExamples(
    command,
    'tangle keygen --out rig-7.key',
    'tangle device register rig-7.key --admin tangle-data/admin.key',
  );
}

async function run(options: { readonly out?: string }, command: Command): Promise<void> {
  const output = outputOf(command);
  const { keyFileOf, writeKeyFile } = await import('@tangle/node/config');
  const secret = new Uint8Array(randomBytes(SECRET_BYTES));
  if (options.out === undefined) {
    const key = keyFileOf(secret);
    await output.result(key, JSON.stringify(key, null, 2));
    return;
  }
  const { id, publicKey } = await writeKeyFile(options.out, secret);
  await output.result({ id, publicKey, file: path.resolve(options.out) }, id);
}
