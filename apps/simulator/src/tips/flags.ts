/** The sub-commands `tips`, `theory` and `report` of `tangle-sim`, as commander reads them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { TIPS_JOBS_MAX, tipsCommand } from './command.js';
import { FIELD_NAMES, FIELDS, TipsError } from './options.js';
import { theoryCommand } from './theory-command.js';
import { inlineTipsWorker, threadTipsWorker } from './worker.js';

/** Data, beside src and dist alike. */
const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const SCENARIOS = join(PACKAGE, 'scenarios', 'tips');

interface Flags extends Readonly<Record<string, unknown>> {
  readonly seed: string;
  readonly sweep: readonly string[];
  readonly jobs: number;
  readonly json: boolean;
  readonly csv: boolean;
  readonly out?: string;
  readonly arrivals?: string;
}

export function createTipsCommand(): Command {
  const command = new Command('tips')
    .description('tip selection on a tangle of numbers: millions of transactions, beside what theory expects')
    .argument('[scenario]', `a JSON file of options, or one of: ${scenarioNames().join(', ')}`);
  for (const name of FIELD_NAMES) {
    const { about, initial, ...field } = FIELDS[name];
    const allowed = field.kind === 'choice' ? field.choices.join(', ') : `${field.least} to ${field.most}`;
    command.option(`--${kebabCase(name)} <value>`, `${about} (${allowed}; default ${initial})`);
  }
  return command
    .option('--seed <n>', 'what all draws follow from', '1')
    .option('--arrivals <file>', 'when transactions are issued, one time a line, instead of lambda and transactions')
    .option('--sweep <name=v1,v2,...>', 'all these values; several give all combinations', collect, [])
    .option('--out <file>', 'results as JSON lines; goes on where the file ends')
    .option('--jobs <n>', 'threads of a sweep', jobs, Math.min(availableParallelism(), TIPS_JOBS_MAX))
    .option('--json', 'one JSON object a run', false)
    .option('--csv', 'comma-separated values', false)
    .action(tips);
}

export function createTheoryCommand(): Command {
  return new Command('theory')
    .description('compare simulated tangles with theory over ranges of parameters; exits 1 where one is off')
    .option('--full', 'the full ranges, which take minutes', false)
    .option('--jobs <n>', 'threads', jobs, Math.min(availableParallelism(), TIPS_JOBS_MAX))
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

export function createReportCommand(): Command {
  return new Command('report')
    .description('results of tips as figures beside theory: one page with everything in it')
    .argument('<file>', 'JSON lines that tips --out wrote')
    .option('--out <page>', 'where the page goes', 'report.html')
    .option('--svg <directory>', 'each figure as a file of its own, too')
    .action(report);
}

async function report(
  path: string,
  { out, svg }: { readonly out: string; readonly svg?: string },
  command: Command,
): Promise<void> {
  if (!existsSync(path)) command.error(`error: ${path}: no such file`);
  // Drawing takes a large library, which the other commands do not wait for.
  const { plotResults, readResults, reportPage } = await import('./report.js');
  try {
    const results = readResults(await readFile(path, 'utf8'));
    const figures = plotResults(results);
    await writeFile(out, reportPage(results, figures));
    if (svg !== undefined) {
      await mkdir(svg, { recursive: true });
      for (const figure of figures) await writeFile(join(svg, `${figure.name}.svg`), figure.svg);
    }
    process.stdout.write(`${out}: ${results.length} runs, ${figures.length} figures\n`);
  } catch (error) {
    if (!(error instanceof TipsError)) throw error;
    command.error(`error: ${path}: ${error.message}`);
  }
}

async function tips(scenario: string | undefined, flags: Flags, command: Command): Promise<void> {
  const { seed, sweep, jobs: threads, json, csv, out, arrivals, ...fields } = flags;
  const { stdout, stderr } = process;
  try {
    const given = { ...(scenario === undefined ? {} : readScenario(scenario)), ...fields };
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
    if (!(error instanceof TipsError)) throw error;
    command.error(`error: ${error.message}`);
  }
}

function readScenario(scenario: string): Record<string, unknown> {
  const file = scenarioNames().includes(scenario) ? join(SCENARIOS, `${scenario}.json`) : scenario;
  if (!existsSync(file)) throw new TipsError(`${scenario}: no such file, and no scenario of that name`);
  try {
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new TipsError(`${file}: a JSON object of options`);
}

function scenarioNames(): string[] {
  return readdirSync(SCENARIOS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort();
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}

function jobs(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= TIPS_JOBS_MAX) return value;
  throw new InvalidArgumentError(`an integer from 1 to ${TIPS_JOBS_MAX}`);
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
