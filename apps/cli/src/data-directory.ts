/** Directories of a node as a user points at them: the node's own (with config.json) or the data directory in it. */
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Genesis } from '@tangle/core/model';
import type { LevelStore } from '@tangle/node/store';
import { CliError, codeOf } from './failure.js';

/** Files that say which network a directory belongs to. */
export interface NodeDirectory {
  readonly dataDirectory: string;
  readonly genesisFile: string;
}

export interface OpenDataDirectory {
  readonly store: LevelStore;
  readonly genesis: Genesis;
}

/** Opens the ledger of a stopped node. Throws `not-a-data-directory`, `data-directory-in-use`, `wrong-network`, ... */
export async function openDataDirectory(
  directory: string,
  genesisFile: string | undefined,
): Promise<OpenDataDirectory> {
  const [{ loadGenesis }, { openLevelStore }, { sodiumCrypto }] = await Promise.all([
    import('@tangle/node/config'),
    import('@tangle/node/store'),
    import('@tangle/node'),
  ]);
  const found = await locateDataDirectory(directory, genesisFile);
  const genesis = await loadGenesis(found.genesisFile);
  const store = await openLevelStore({ directory: found.dataDirectory, genesis, crypto: sodiumCrypto });
  return { store, genesis };
}

/**
 * Throws `not-a-data-directory`, or `genesis-unknown` where only `--genesis` can tell.
 *
 * @param expected `none` where the ledger is yet to be made.
 */
export async function locateDataDirectory(
  directory: string,
  genesisFile: string | undefined,
  expected: { readonly ledger: 'some' | 'none' } = { ledger: 'some' },
): Promise<NodeDirectory> {
  const full = path.resolve(directory);
  const checkLedger = expected.ledger === 'none' ? () => Promise.resolve() : requireLedger;
  // A node's directory, a data directory inside one, or one that stands alone.
  for (const home of [full, path.dirname(full)]) {
    const config = await readConfig(path.join(home, 'config.json'));
    if (config === null || (home !== full && config.dataDirectory !== full)) continue;
    await checkLedger(config.dataDirectory);
    return { dataDirectory: config.dataDirectory, genesisFile: genesisFile ?? config.genesisFile };
  }
  await checkLedger(full);
  if (genesisFile !== undefined) return { dataDirectory: full, genesisFile };
  throw new CliError(
    'genesis-unknown',
    `${directory} has no config.json beside it: name its genesis with --genesis FILE`,
  );
}

/** Opening would make a missing ledger, and so forget that it is missing. */
async function requireLedger(dataDirectory: string): Promise<void> {
  if (await exists(path.join(dataDirectory, 'ledger'))) return;
  throw new CliError(
    'not-a-data-directory',
    `${dataDirectory} holds no ledger: it was never started, or is another directory`,
  );
}

async function readConfig(file: string): Promise<NodeDirectory | null> {
  if (!(await exists(file))) return null;
  const { parseConfig } = await import('@tangle/node/config');
  const { dataDirectory, genesis } = parseConfig(JSON.parse(await readFile(file, 'utf8')), file);
  return { dataDirectory, genesisFile: genesis };
}

export async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
