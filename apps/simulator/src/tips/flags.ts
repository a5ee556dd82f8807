/** The sub-commands `tips` and `theory` of `tangle-sim`, as commander reads them. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { SWEEP_JOBS_MAX } from '../sweeps/command.js';
import { OptionsError } from '../sweeps/fields.js';
import {
  addCommonFlags,
  addFieldFlags,
  type CommonFlags,
  packageVersion,
  readJobs,
  ScenarioFolder,
} from '../sweeps/flags.js';
import { tipsCommand } from './command.js';
import { FIELDS } from './options.js';
import { theoryCommand } from './theory-command.js';
import { inlineTipsWorker, threadTipsWorker } from './worker.js';

const SCENARIOS = new ScenarioFolder('tips');

interface Flags extends CommonFlags {
  readonly arrivals?: string;
}

export function createTipsCommand(): Command {
  const command = new Command('tips')
    .description('tip selection on a tangle of numbers: millions of transactions, beside what theory expects')
    .argument('[scenario]', `a JSON file of options, or one of: ${SCENARIOS.names().join(', ')}`);
  addFieldFlags(command, FIELDS);
  return addCommonFlags(command)
    .option('--arrivals <file>', 'when transactions are issued, one time a line, instead of lambda and transactions')
    .action(tips);
}

export function createTheoryCommand(): Command {
  return new Command('theory')
    .description('compare simulated tangles with theory over ranges of parameters; exits 1 where one is off')
    .option('--full', 'the full ranges, which take minutes', false)
    .option('--jobs <n>', 'threads', readJobs, Math.min(availableParallelism(), SWEEP_JOBS_MAX))
    .action(async (flags: { readonly full: boolean; readonly jobs: number }) => {
      const { stdout, stderr } = process;
      process.exitCode = await theoryCommand(flags, {
        version: packageVersion(),
        createWorker: threadTipsWorker,
        stdout,
        stderr,
      });
    });
}

async function tips(scenario: string | undefined, flags: Flags, command: Command): Promise<void> {
  const { seed, sweep, jobs: threads, json, csv, out, arrivals, ...fields } = flags;
  const { stdout, stderr } = process;
  try {
    const given = { ...(scenario === undefined ? {} : SCENARIOS.read(scenario)), ...fields };
    const isMany = sweep.length > 0 && threads > 1;
    await tipsCommand(
      {
        given,
        seed,
        sweep,
        jobs: threads,
        json,
        csv,
        ...(out === undefined ? {} : { out }),
        ...(arrivals === undefined ? {} : { arrivals }),
      },
      { version: packageVersion(), createWorker: isMany ? threadTipsWorker : inlineTipsWorker, stdout, stderr },
    );
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    command.error(`error: ${error.message}`);
  }
}
