/** `tangle backup`: the whole store of a node as one file, while the node runs. */
import { open as openFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { BackupParser, BackupSummary } from '@tangle/node/store';
import { exists } from '../data-directory.js';
import { CliError, codeOf, EXIT, usageError } from '../failure.js';
import { open, problemOf } from '../http.js';
import { outputOf, withExamples, withNodes, type NodeOptions } from '../options.js';

interface BackupOptions extends NodeOptions {
  readonly out: string;
  readonly data?: string;
}

export function registerBackup(program: Command): void {
  const command = program
    .command('backup')
    .description('the whole ledger of a node as one file for `tangle restore`, while the node runs; keys are not in it')
    .requiredOption('--out <file|dir>', 'where to write it; in a directory a file named after the network and the time')
    .option('--data <dir>', "a stopped node's directory (with config.json) or data directory")
    .action(run);
  withExamples(
    withNodes(command),
    'tangle backup --out /mnt/backups',
    'tangle backup --node http://127.0.0.1:7412 --out node-1.backup --json',
    'tangle backup --data net/node-0 --out node-0.backup',
  );
}

async function run(options: BackupOptions, command: Command): Promise<void> {
  const isStopped = options.data !== undefined;
  if (isStopped && command.getOptionValueSource('node') === 'cli') {
    throw usageError('conflicting-option', '--node and --data');
  }
  const output = outputOf(command);
  const { BackupParser: Parser } = await import('@tangle/node/store');
  const parser = new Parser();
  const source =
    options.data === undefined ? bytesOfNode(options.node) : bytesOfDirectory(options.data, options.genesis);
  const { file, summary } = await writeChecked(options.out, source, parser, (bytes) => {
    output.progress(() => `${(bytes / 1_048_576).toFixed(1)} MiB`);
  });
  const { records, bytes, sha256 } = summary;
  await output.result({ file, ...summary }, `${file}: ${records} records, ${bytes} bytes, SHA-256 ${sha256}`);
}

/** From the first node that answers. */
async function* bytesOfNode(nodes: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  let failure: unknown;
  for (const node of nodes) {
    let response: Response;
    try {
      response = await open(node, '/v1/backup', new AbortController().signal);
    } catch (error) {
      failure = error;
      continue;
    }
    if (!response.ok || response.body === null) throw await problemOf(response, node);
    try {
      yield* response.body;
    } catch (error) {
      throw new CliError(
        'backup-cut',
        `${node} ended in the middle: its log says why`,
        EXIT.unreachable,
        { node },
        error,
      );
    }
    return;
  }
  throw failure;
}

async function* bytesOfDirectory(
  directory: string,
  genesisFile: string | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const [{ locateDataDirectory }, { backupOfDirectory }, { loadGenesis }, { sodiumCrypto }] = await Promise.all([
    import('../data-directory.js'),
    import('@tangle/node/store'),
    import('@tangle/node/config'),
    import('@tangle/node'),
  ]);
  const found = await locateDataDirectory(directory, genesisFile);
  yield* backupOfDirectory(found.dataDirectory, await loadGenesis(found.genesisFile), sodiumCrypto);
}

/** Under its name only once all of it is there, is seen to be whole, and is on the disk. */
async function writeChecked(
  out: string,
  source: AsyncIterable<Uint8Array>,
  parser: BackupParser,
  onProgress: (bytes: number) => void,
): Promise<{ readonly file: string; readonly summary: BackupSummary }> {
  const isDirectory = await isExistingDirectory(out);
  if (!isDirectory && (await exists(out))) {
    throw new CliError('file-exists', `${out} exists: a backup replaces nothing`);
  }
  const part = isDirectory ? path.join(out, `.tangle-backup-${process.pid}.part`) : `${out}.part`;
  const handle = await openFile(part, 'w', 0o600);
  try {
    let bytes = 0;
    try {
      for await (const chunk of source) {
        for (const _ of parser.push(chunk)) continue;
        // Not `write`, which may write less than all.
        await handle.writeFile(chunk);
        bytes += chunk.length;
        onProgress(bytes);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const summary = parser.finish();
    const file = isDirectory ? path.join(out, nameOf(summary)) : out;
    await rename(part, file);
    return { file, summary };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** `a1b2c3d4e5f60718-20261122T101500Z.backup`: by network and time, so that names sort. */
function nameOf({ genesisHash }: BackupSummary): string {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${genesisHash.slice(0, 16)}-${time}.backup`;
}

async function isExistingDirectory(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
