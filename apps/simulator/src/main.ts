/** The command `tangle-sim`: runs scenarios or fuzzes DAGs over seeds, prints what came of it and how to see it again. */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { DAGS_MAX, fuzzCommand, type FuzzFlags, JOBS_MAX, SEED_MAX } from './fuzz/command.js';
import { fuzzThread } from './fuzz/worker.js';
import { createLatencyCommand } from './latency/flags.js';
import { mutantsCommand, type MutantsFlags } from './mutants/command.js';
import { createReportCommand } from './report-command.js';
import { runCommand, type RunFlags } from './runs/command.js';
import { verifyDeterminism } from './runs/determinism.js';
import { ScenarioError } from './scenario.js';
import { scenarioNames } from './scenarios.js';
import { createTheoryCommand, createTipsCommand } from './tips/flags.js';

const program = new Command('tangle-sim')
  .description('The real replica on virtual time, with bad weather; the confirmation rule on random DAGs.')
  .showHelpAfterError();

program
  .command('run')
  .description('run a scenario, once for each seed; exits 1 where one fails')
  .argument('<scenario>', `a JSON file, or one of: ${scenarioNames().join(', ')}`)
  .option('--seed <n>', 'first seed', integerFrom(0), 1)
  .option('--seeds <n>', 'how many seeds from there on', integerFrom(1), 1)
  .option('--hours <h>', 'in place of --seeds: as many as make so many simulated hours', integerFrom(1), null)
  .option('--jobs <n>', 'threads', integerFrom(1, JOBS_MAX), Math.min(availableParallelism(), JOBS_MAX))
  .option('--json', 'one JSON object a line, the last one sums up', false)
  .option('--trace', 'print every event on stderr', false)
  .option('--verify-determinism', 'run each seed in two processes, and compare only what they trace', false)
  .action(run);

program
  .command('fuzz')
  .description('check the confirmation rule on random DAGs seen through random views; exits 1 where one fails')
  .option('--dags <n>', 'how many DAGs', integerFrom(1, DAGS_MAX), 1_000)
  .option('--seed <n>', 'seed of the first; each next one has the next seed', integerFrom(0, SEED_MAX), 1)
  .option('--jobs <n>', 'threads', integerFrom(1, JOBS_MAX), Math.min(availableParallelism(), JOBS_MAX))
  .option('--json', 'one JSON object', false)
  .action(fuzz);

program
  .command('mutants')
  .description('plant one bug at a time and see that it is caught; exits 1 where one survives')
  .option('--only <names...>', 'mutants whose names begin so', [])
  .option('--seeds <n>', 'seeds of each simulation, at most for each mutant', integerFrom(1), 50)
  .option('--dags <n>', 'DAGs or logs of each fuzzer, at most for each mutant', integerFrom(1, DAGS_MAX), 20_000)
  .option('--jobs <n>', 'child processes at once', integerFrom(1, JOBS_MAX), Math.min(availableParallelism(), JOBS_MAX))
  .option('--json', 'one JSON object', false)
  .action(mutants);

program.addCommand(createLatencyCommand());
program.addCommand(createTipsCommand());
program.addCommand(createTheoryCommand());
program.addCommand(createReportCommand());

await program.parseAsync();

async function mutants(flags: MutantsFlags): Promise<void> {
  process.exitCode = await mutantsCommand(flags, process);
}

async function fuzz(flags: FuzzFlags): Promise<void> {
  const { seed, dags } = flags;
  if (seed + dags - 1 > SEED_MAX) program.error(`--seed ${seed} --dags ${dags}: the last seed is ${SEED_MAX}`);
  const { stdout, stderr } = process;
  process.exitCode = await fuzzCommand(flags, {
    createWorker: fuzzThread,
    stdout,
    stderr,
    nowMs: () => performance.now(),
  });
}

async function run(scenario: string, flags: RunFlags & { readonly verifyDeterminism: boolean }): Promise<void> {
  const { argv, stdout, stderr } = process;
  try {
    process.exitCode = flags.verifyDeterminism
      ? await verifyDeterminism(scenario, { ...flags, command: argv[1] ?? '' }, stdout)
      : await runCommand(scenario, flags, { stdout, stderr, nowMs: () => performance.now() });
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    program.error(error.message);
  }
}

/** Reads an option's integer within these bounds, both included, or says what is allowed. */
function integerFrom(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const allowed =
      most === Number.MAX_SAFE_INTEGER ? `an integer from ${least}` : `an integer from ${least} to ${most}`;
    throw new InvalidArgumentError(allowed);
  };
}
