/** `tangle doctor`: checks a set-up and says what to do. */
import type { Command } from 'commander';
import type { Check } from '../doctor/check.js';
import { CliError, EXIT } from '../failure.js';
import { outputOf, withExamples, withNodes, type NodeOptions } from '../options.js';
import { plain } from '../output.js';

interface DoctorOptions extends NodeOptions {
  readonly data?: string;
}

const NODE_MAJOR_MIN = 20;
const NODE_MINOR_MIN = 19;

export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('check running nodes, or the directory of a network or node, and say what to do')
    .option(
      '--data <dir>',
      "a network's directory (from init or cluster) or one node's; its running nodes are checked too",
    )
    .action(run);
  withExamples(
    withNodes(command),
    'tangle doctor',
    'tangle doctor --data ./tangle-data',
    'tangle doctor --node http://127.0.0.1:7410,http://127.0.0.1:7412 --json',
  );
}

async function run(options: DoctorOptions, command: Command): Promise<void> {
  const output = outputOf(command);
  const checks: Check[] = [await checkRuntime()];
  let nodes = options.node;
  let genesisHash: string | null = null;
  if (options.data !== undefined) {
    const { checkDirectory } = await import('../doctor/directory.js');
    const findings = await checkDirectory(options.data);
    checks.push(...findings.checks);
    genesisHash = findings.genesisHash;
    // The default address is for those who name nothing.
    const named = command.getOptionValueSource('node') === 'default' ? [] : options.node;
    nodes = [...new Set([...named, ...findings.running])];
  }
  if (options.genesis !== undefined) {
    const { connectionOf } = await import('../connect.js');
    ({ genesisHash } = await connectionOf(options));
  }
  const { checkNodes } = await import('../doctor/nodes.js');
  checks.push(...(await checkNodes(nodes, genesisHash)));

  const failures = checks.filter(({ status }) => status === 'failed');
  await output.result({ ok: failures.length === 0, checks }, checks.map(lineOf).join('\n'));
  if (failures.length === 0) return;
  const isDeaf = nodes.length > 0 && failures.filter(({ check }) => check === 'reachable').length === nodes.length;
  const message = `${failures.length} of ${checks.length} checks failed`;
  throw new CliError('checks-failed', message, isDeaf ? EXIT.unreachable : EXIT.failed, {
    failed: failures.map(({ check }) => check),
  });
}

async function checkRuntime(): Promise<Check> {
  const { failed, ok } = await import('../doctor/check.js');
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNewEnough = major > NODE_MAJOR_MIN || (major === NODE_MAJOR_MIN && minor >= NODE_MINOR_MIN);
  const found = `Node ${process.versions.node}`;
  if (isNewEnough) return ok('runtime', 'this machine', found);
  return failed('runtime', 'this machine', found, `install Node ${NODE_MAJOR_MIN}.${NODE_MINOR_MIN} or newer`);
}

function lineOf({ check, subject, status, found, advice }: Check): string {
  const line = `${status.padEnd(7)}  ${check.padEnd(11)}  ${subject}: ${plain(found)}`;
  return advice === undefined ? line : `${line}\n         -> ${advice}`;
}
