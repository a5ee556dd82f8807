/** `tangle cluster`: a network on this machine, every node a process of its own. */
import path from 'node:path';
import type { Command } from 'commander';
import type { ClusterEvent } from '../cluster/cluster.js';
import { CliError } from '../failure.js';
import { DATA_DIRECTORY_DEFAULT, integerFrom, outputOf, withExamples } from '../options.js';
import { isReaderGone } from '../output.js';
import { nextStopSignal } from '../signals.js';

interface ClusterCommandOptions {
  readonly validators?: number;
  readonly data: string;
  readonly basePort?: number;
  readonly restart?: boolean;
}

export function registerCluster(program: Command): void {
  const command = program
    .command('cluster')
    .description('run a local cluster until Ctrl-C; starts the network that --data holds, or makes one')
    .option('--validators <n>', 'size of the committee (default: 4, or what --data holds)', integerFrom(1, 64))
    .option('--data <dir>', 'where everything is kept', DATA_DIRECTORY_DEFAULT)
    .option('--base-port <n>', 'node i: API on n+2i, peers on n+2i+1 (default: 7410)', integerFrom(1, 65_535))
    .option('--restart', 'start a node again when it dies')
    .action(run);
  withExamples(
    command,
    'tangle cluster',
    'tangle cluster --validators 1 --data ./one --base-port 8000',
    'tangle cluster --json | head -4',
  );
}

async function run({ data, restart = false, ...size }: ClusterCommandOptions, command: Command): Promise<void> {
  const output = outputOf(command);
  const stop = nextStopSignal();
  const [{ Cluster, describeEvent }, { findOrMakeNetwork }] = await Promise.all([
    import('../cluster/cluster.js'),
    import('../cluster/layout.js'),
  ]);
  const layout = await findOrMakeNetwork({ directory: data, ...size });
  const print = (event: ClusterEvent): void => {
    if (!output.json && event.kind !== 'ready') {
      output.note(describeEvent(event));
      return;
    }
    output.result(eventToJson(event), describeEvent(event)).catch((error: unknown) => {
      // Nobody reads the list: no reason to stop the nodes.
      if (!isReaderGone(error)) throw error;
    });
  };
  const cluster = await Cluster.start({ layout, restart, onEvent: print, stop });
  if (cluster === null) return;
  const shown = path.relative('', layout.directory) || '.';
  output.note(`${layout.genesis.name}: ${layout.nodes.length} ready; logs in ${shown}/node-*/node.log; Ctrl-C stops`);
  const isOver = await Promise.race([stop.then(() => false), cluster.over.then(() => true)]);
  await cluster.stop();
  if (isOver) throw new CliError('cluster-died', 'no node runs any more');
}

function eventToJson(event: ClusterEvent): object {
  const { name, apiUrl, peers, configFile } = event.node;
  const node = { event: event.kind, node: name, api: apiUrl, peers, config: configFile };
  switch (event.kind) {
    case 'ready':
      return { ...node, pid: event.pid };
    case 'died': {
      const { code, signal, failure } = event.exit;
      return { ...node, pid: event.pid, exitCode: code, signal, failure };
    }
    case 'restarting':
      return { ...node, delayMs: event.delayMs };
  }
}
