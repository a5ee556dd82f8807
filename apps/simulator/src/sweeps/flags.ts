/** What the sub-commands that sweep have in common on the command line: a flag for each field, scenarios, seeds, files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { SWEEP_JOBS_MAX } from './command.js';
import { type Field, type Fields, namesOf, OptionsError } from './fields.js';

/** Data, beside src and dist alike. */
const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** As commander gives them; the rest are fields. */
export interface CommonFlags extends Readonly<Record<string, unknown>> {
  readonly seed: string;
  readonly sweep: readonly string[];
  readonly jobs: number;
  readonly json: boolean;
  readonly csv: boolean;
  readonly out?: string;
}

/** Adds a flag for each field. */
export function addFieldFlags<Options>(command: Command, fields: Fields<Options>): Command {
  for (const name of namesOf(fields)) {
    const field: Field = fields[name];
    const { about, initial } = field;
    const allowed = field.kind === 'choice' ? field.choices.join(', ') : `${field.least} to ${field.most}`;
    command.option(`--${kebabCase(name)} <value>`, `${about} (${allowed}; default ${initial})`);
  }
  return command;
}

/** Adds the flags of `CommonFlags`. */
export function addCommonFlags(command: Command): Command {
  return command
    .option('--seed <n>', 'what all draws follow from', '1')
    .option('--sweep <name=v1,v2,...>', 'all these values; several give all combinations', collect, [])
    .option('--out <file>', 'results as JSON lines; goes on where the file ends')
    .option('--jobs <n>', 'threads of a sweep', readJobs, Math.min(availableParallelism(), SWEEP_JOBS_MAX))
    .option('--json', 'one JSON object a run', false)
    .option('--csv', 'comma-separated values', false);
}

/** Scenario files of a folder, by name. */
export class ScenarioFolder {
  readonly #path: string;

  /** @param name under `scenarios` of the package */
  constructor(name: string) {
    this.#path = join(PACKAGE, 'scenarios', name);
  }

  /** Sorted. */
  names(): string[] {
    return readdirSync(this.#path)
      .filter((file) => file.endsWith('.json'))
      .map((file) => basename(file, '.json'))
      .sort();
  }

  /** @param scenario one of the names, or the path of a JSON file. Throws an OptionsError. */
  read(scenario: string): Record<string, unknown> {
    const file = this.names().includes(scenario) ? join(this.#path, `${scenario}.json`) : scenario;
    if (!existsSync(file)) throw new OptionsError(`${scenario}: no such file, and no scenario of that name`);
    try {
      const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
      if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw new OptionsError(`${file}: a JSON object of options`);
  }
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}

export function readJobs(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= SWEEP_JOBS_MAX) return value;
  throw new InvalidArgumentError(`an integer from 1 to ${SWEEP_JOBS_MAX}`);
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
