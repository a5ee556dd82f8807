/** `tangle export`: everything a node holds, as JSON lines. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { CliError, EXIT, usageError } from '../failure.js';
import { open, problemOf } from '../http.js';
import { outputOf, withExamples, withNodes, type NodeOptions } from '../options.js';
import { isReaderGone } from '../output.js';

interface ExportOptions extends NodeOptions {
  readonly data?: string;
}

export function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description('genesis, transactions, statements and commits as JSON lines, from a running node or a stopped one')
    .option('--data <dir>', "a stopped node's directory (with config.json) or data directory")
    .action(run);
  withExamples(
    withNodes(command),
    'tangle export --node http://127.0.0.1:7410 > ledger.jsonl',
    'tangle export --data net/node-0 | jq -c "select(.kind == \\"commit\\")"',
  );
}

async function run(options: ExportOptions, command: Command): Promise<void> {
  if (options.data === undefined) return exportOverHttp(options.node);
  if (command.getOptionValueSource('node') === 'cli') throw usageError('conflicting-option', '--node and --data');
  const output = outputOf(command);
  const { openDataDirectory } = await import('../data-directory.js');
  const { store, genesis } = await openDataDirectory(options.data, options.genesis);
  try {
    for await (const line of store.exportLines(genesis)) await output.line(JSON.stringify(line));
  } finally {
    await store.close();
  }
}

/** From the first node that answers. A stream that is cut is an error: a part is never taken for the whole. */
async function exportOverHttp(nodes: readonly string[]): Promise<void> {
  let failure: unknown;
  for (const node of nodes) {
    let response: Response;
    try {
      response = await open(node, '/v1/export', new AbortController().signal);
    } catch (error) {
      failure = error;
      continue;
    }
    if (!response.ok || response.body === null) throw await problemOf(response, node);
    try {
      // Reads only as fast as stdout takes it.
      await pipeline(Readable.fromWeb(response.body), process.stdout, { end: false });
    } catch (error) {
      if (isReaderGone(error)) throw error;
      throw new CliError(
        'export-cut',
        `${node} ended in the middle; what was written is a part`,
        EXIT.unreachable,
        { node },
        error,
      );
    }
    return;
  }
  throw failure;
}
