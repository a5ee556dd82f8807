/** `tangle node`: one node in the foreground. */
import type { Command } from 'commander';
import type { ChildReport } from '../cluster/child.js';
import { EXIT, failureOf } from '../failure.js';
import { isReaderGone } from '../output.js';
import { outputOf, packageVersion, settingOption, withExamples } from '../options.js';
import { nextStopSignal } from '../signals.js';

/** Requests under way get 5 s, links 1 s, and a turn what the disk takes. */
const STOP_DEADLINE_MS = 15_000;

interface NodeCommandOptions {
  readonly config: string;
  readonly set: readonly string[];
  readonly stopWithParent?: boolean;
}

export function registerNode(program: Command): void {
  const command = program
    .command('node')
    .description('run one node in the foreground until SIGTERM or SIGINT; its log goes to stderr as JSON lines')
    .requiredOption('--config <file>', "the node's config.json")
    .addOption(settingOption())
    .addOption(program.createOption('--stop-with-parent', 'for `tangle cluster`').hideHelp())
    .action(run);
  withExamples(
    command,
    'tangle node --config net/node-0/config.json',
    'tangle node --config node-0/config.json 2> node.log',
    'tangle node --config node-0/config.json --set log.level=debug',
  );
}

async function run(options: NodeCommandOptions, command: Command): Promise<void> {
  const report = options.stopWithParent === true ? reportToParent : () => undefined;
  try {
    await runNode(options, command, report);
  } catch (error) {
    report({ kind: 'failed', failure: failureOf(error) });
    throw error;
  }
}

async function runNode(
  { config: configFile, set, stopWithParent = false }: NodeCommandOptions,
  command: Command,
  report: (message: ChildReport) => void,
): Promise<void> {
  const output = outputOf(command);
  const { loadConfig } = await import('@tangle/node/config');
  const config = await loadConfig(configFile, { env: process.env, flags: set });
  const stop = nextStopSignal(stopWithParent);
  const { startNode } = await import('@tangle/node');
  const started = await startNode(config, { version: packageVersion() });
  report({ kind: 'started' });
  const { name, apiUrl, genesis } = started;
  try {
    await output.result(
      {
        event: 'started',
        node: name,
        api: apiUrl,
        pid: process.pid,
        network: genesis.network,
        genesisHash: genesis.hash,
      },
      `${name} of ${genesis.name} serves ${apiUrl} (pid ${process.pid})`,
    );
  } catch (error) {
    // Nobody reads what a node prints: no reason to stop it.
    if (!isReaderGone(error)) throw error;
  }
  const failure = await Promise.race([stop.then(() => null), started.failed]);
  exitAfter(STOP_DEADLINE_MS);
  await started.stop();
  if (failure !== null) throw failure;
}

/**
 * Ends the process although something holds it: a disk that does not answer, most likely. What was acknowledged is on
 * the disk already; the next start finds out about the rest.
 */
function exitAfter(deadlineMs: number): void {
  const end = (): never => {
    process.stderr.write(`error: stop-timeout: the node did not stop within ${deadlineMs / 1_000} s\n`);
    process.exit(EXIT.failed);
  };
  setTimeout(end, deadlineMs).unref();
}

function reportToParent(message: ChildReport): void {
  // The parent may be gone already; then nobody is left to be told.
  if (process.connected) process.send?.(message, () => undefined);
}
