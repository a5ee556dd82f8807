/** The command `tangle-sim`: runs scenarios or fuzzes DAGs over seeds, prints what came of it and how to see it again. */
import { readFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { DAGS_MAX, fuzzCommand, type FuzzFlags, JOBS_MAX, SEED_MAX } from './fuzz/command.js';
import { threadWorker } from './fuzz/worker.js';
import { Random } from './prng.js';
import { describeResult, replayCommand } from './report.js';
import { runSeed } from './run.js';
import { expandScenario, ScenarioError } from './scenario.js';

/** Data, beside src and dist alike. */
const SCENARIOS = join(dirname(fileURLToPath(import.meta.url)), '..', 'scenarios');

interface RunFlags {
  readonly seed: number;
  readonly seeds: number;
  readonly json: boolean;
  readonly trace: boolean;
}

const program = new Command('tangle-sim')
  .description('The real replica on virtual time, with bad weather; the confirmation rule on random DAGs.')
  .showHelpAfterError();

program
  .command('run')
  .description('run a scenario, once for each seed; exits 1 where one fails')
  .argument('<scenario>', `a JSON file, or one of: ${scenarioNames().join(', ')}`)
  .option('--seed <n>', 'first seed', integerFrom(0), 1)
  .option('--seeds <n>', 'how many seeds from there on', integerFrom(1), 1)
  .option('--json', 'one JSON object a line', false)
  .option('--trace', 'print every event on stderr', false)
  .action(run);

program
  .command('fuzz')
  .description('check the confirmation rule on random DAGs seen through random views; exits 1 where one fails')
  .option('--dags <n>', 'how many DAGs', integerFrom(1, DAGS_MAX), 1_000)
  .option('--seed <n>', 'seed of the first; each next one has the next seed', integerFrom(0, SEED_MAX), 1)
  .option('--jobs <n>', 'threads', integerFrom(1, JOBS_MAX), Math.min(availableParallelism(), JOBS_MAX))
  .option('--json', 'one JSON object', false)
  .action(fuzz);

await program.parseAsync();

async function fuzz(flags: FuzzFlags): Promise<void> {
  const { seed, dags } = flags;
  if (seed + dags - 1 > SEED_MAX) program.error(`--seed ${seed} --dags ${dags}: the last seed is ${SEED_MAX}`);
  const { stdout, stderr } = process;
  process.exitCode = await fuzzCommand(flags, {
    createWorker: threadWorker,
    stdout,
    stderr,
    nowMs: () => performance.now(),
  });
}

async function run(scenario: string, flags: RunFlags): Promise<void> {
  const json = await readScenario(scenario);
  const failed: string[] = [];
  let running = flags.seed;
  // A promise that nobody listens to is a bug in the code under test: it ends the process, but says with which seed.
  process.on('unhandledRejection', (error) => {
    process.stderr.write(`seed ${running} threw; to see it again:\n  ${replayCommand(scenario, running)}\n`);
    throw error;
  });
  for (let seed = flags.seed; seed < flags.seed + flags.seeds; seed++) {
    running = seed;
    const startedMs = performance.now();
    const result = await runSeed({
      run: expandScenario(json, new Random(`${seed}/options`)),
      seed,
      ...(flags.trace ? { onTrace: (line: string) => process.stderr.write(`${line}\n`) } : {}),
    });
    const speed = result.simulatedMs / (performance.now() - startedMs);
    process.stdout.write(flags.json ? `${JSON.stringify({ ...result, speed })}\n` : describeResult(result, speed));
    if (result.verdict.kind !== 'Pass') failed.push(replayCommand(scenario, seed));
  }
  if (failed.length === 0) return;
  process.stderr.write(`${failed.length} of ${flags.seeds} seeds failed; to see the first again:\n  ${failed[0]}\n`);
  process.exitCode = 1;
}

async function readScenario(scenario: string): Promise<unknown> {
  const file = scenarioNames().includes(scenario) ? join(SCENARIOS, `${scenario}.json`) : scenario;
  if (!existsSync(file)) program.error(`${scenario}: no such file, and no scenario of that name`);
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    // Refused here and not seed by seed.
    expandScenario(json, new Random('check'));
    return json;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof ScenarioError)) throw error;
    return program.error(`${file}: ${error.message}`);
  }
}

function scenarioNames(): string[] {
  return readdirSync(SCENARIOS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort();
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
