/** The command `tangle-sim`: runs scenarios over seeds, prints what each came to and how to see it again. */
import { readFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
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
  .description('The real replica on virtual time, with bad weather.')
  .showHelpAfterError();

program
  .command('run')
  .description('run a scenario, once for each seed; exits 1 where one fails')
  .argument('<scenario>', `a JSON file, or one of: ${scenarioNames().join(', ')}`)
  .option('--seed <n>', 'first seed', readInteger, 1)
  .option('--seeds <n>', 'how many seeds from there on', readInteger, 1)
  .option('--json', 'one JSON object a line', false)
  .option('--trace', 'print every event on stderr', false)
  .action(run);

await program.parseAsync();

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

function readInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('an integer from 0');
  return value;
}
