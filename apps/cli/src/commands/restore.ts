/** `tangle restore`: makes the ledger of a node out of a backup. */
import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { CliError, EXIT } from '../failure.js';
import { outputOf, withExamples } from '../options.js';

interface RestoreOptions {
  readonly genesis?: string;
  readonly acceptContradiction?: boolean;
}

export function registerRestore(program: Command): void {
  const command = program
    .command('restore')
    .description('make the ledger of a stopped node out of a backup; the node asks its peers before it signs again')
    .argument('<file>', 'what `tangle backup` wrote')
    .argument('<dir>', "a node's directory (with config.json and its keys), or a data directory; without a ledger")
    .option('--genesis <file>', "the network's genesis (default: what config.json names)")
    .option(
      '--accept-contradiction',
      'in a network of one: let it sign something else in place of what it signed since the backup',
    )
    .action(run);
  withExamples(
    command,
    'tangle restore node-1.backup net/node-1',
    'tangle restore node-1.backup /var/lib/tangle/data --genesis /etc/tangle/genesis.json',
  );
}

async function run(file: string, directory: string, options: RestoreOptions, command: Command): Promise<void> {
  const [{ locateDataDirectory }, { restoreBackup, StoreError }, { loadGenesis }, { sodiumCrypto }] = await Promise.all(
    [
      import('../data-directory.js'),
      import('@tangle/node/store'),
      import('@tangle/node/config'),
      import('@tangle/node'),
    ],
  );
  const place = await locateDataDirectory(directory, options.genesis, { ledger: 'none' });
  const { acceptContradiction = false } = options;
  const genesis = await loadGenesis(place.genesisFile);
  const report = await reading(file, (source) =>
    restoreBackup({ source, directory: place.dataDirectory, genesis, crypto: sodiumCrypto, acceptContradiction }),
  ).catch((error: unknown) => {
    throw error instanceof StoreError ? explained(error.code, error) : error;
  });
  const output = outputOf(command);
  const { records, commits, leaves, inDoubt } = report;
  const text = `${place.dataDirectory}: ${records} records, ${commits} commits, ${leaves} leaves of the log, all checked`;
  await output.result({ directory: place.dataDirectory, ...report }, text);
  output.note(
    inDoubt
      ? 'start the node: it fetches what is newer from its peers, and signs nothing until enough of them have answered'
      : 'start the node: it goes on from the backup, and whatever it signed since is contradicted',
  );
}

async function reading<Value>(
  file: string,
  use: (source: AsyncIterable<Uint8Array>) => Promise<Value>,
): Promise<Value> {
  const handle = await open(file);
  try {
    return await use(handle.createReadStream({ autoClose: false }));
  } finally {
    await handle.close();
  }
}

/** What to do about it is for the command line to say. */
function explained(code: string, error: Error): Error {
  switch (code) {
    case 'nobody-to-ask':
      return new CliError(code, `${bare(code, error)}: --accept-contradiction allows that`, EXIT.failed, {}, error);
    case 'data-directory-not-empty':
      return new CliError(
        code,
        `${bare(code, error)}: move it away first, if it is not worth keeping`,
        EXIT.failed,
        {},
        error,
      );
    default:
      return error;
  }
}

function bare(code: string, { message }: Error): string {
  return message.slice(`${code}: `.length);
}
