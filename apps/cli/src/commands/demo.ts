/** `tangle demo`: the first run, what `npm start` calls. Everything it says it has checked. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { integerFrom, outputOf, withExamples } from '../options.js';
import { nextStopSignal } from '../signals.js';

interface DemoOptions {
  readonly exit?: boolean;
  readonly rows: number;
  readonly data?: string;
  readonly basePort?: number;
}

const ROWS_DEFAULT = 160;
const ROWS_MAX = 1_800;

export function registerDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('four nodes, a real recording of a hydraulic rig, and a check of every claim; stays up until Ctrl-C')
    .option('--exit', 'end when everything is checked: exit code 0 only if all of it holds')
    .option('--rows <n>', `rows of the recording to stream, 1 to ${ROWS_MAX}`, integerFrom(1, ROWS_MAX), ROWS_DEFAULT)
    .option('--data <dir>', 'where the network is kept (default: a new temporary directory)')
    .option(
      '--base-port <n>',
      'node i: API on n+2i, peers on n+2i+1 (default: 7410, or the next that are free)',
      integerFrom(1, 65_535),
    )
    .action(run);
  withExamples(command, 'tangle demo', 'tangle demo --exit --json', 'tangle demo --rows 1800 --data ./rig');
}

async function run({ exit = false, rows, data, basePort }: DemoOptions, command: Command): Promise<void> {
  const output = outputOf(command);
  const stop = nextStopSignal();
  const startedMs = performance.now();
  const { runDemo } = await import('../demo/demo.js');
  const directory = data ?? (await mkdtemp(path.join(tmpdir(), 'tangle-demo-')));
  await runDemo({
    directory,
    temporary: data === undefined,
    rows,
    ...(basePort !== undefined && { basePort }),
    startedMs,
    output,
    stop,
    exit,
  });
}
