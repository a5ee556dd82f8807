/** Which scenarios there are: the bundled files, files of one's own, and those that the seed draws whole. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from './prng.js';
import type { RunOptions } from './run-options.js';
import { expandScenario, ScenarioError } from './scenario.js';
import { drawSwarm, SOAK, SWARM } from './swarm.js';

/** Data, beside src and dist alike. */
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', 'scenarios');

/** The run that a seed makes of a scenario; always the same one. */
export type Expand = (seed: number) => RunOptions;

const DRAWN: ReadonlyMap<string, Expand> = new Map(
  [SWARM, SOAK].map((options) => [options.name, (seed: number) => drawSwarm(options, seed)]),
);

/** All names, sorted. */
export function scenarioNames(): string[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return [...files.map((file) => basename(file, '.json')), ...DRAWN.keys()].sort();
}

/** @param scenario one of the names, or the path of a JSON file. Throws a ScenarioError that says what is wrong with it. */
export function openScenario(scenario: string): Expand {
  const drawn = DRAWN.get(scenario);
  if (drawn !== undefined) return drawn;
  const file = scenarioNames().includes(scenario) ? join(FOLDER, `${scenario}.json`) : scenario;
  if (!existsSync(file)) throw new ScenarioError(`${scenario}: no such file, and no scenario of that name`);
  const expand = (json: unknown, seed: string): RunOptions => expandScenario(json, new Random(`${seed}/options`));
  try {
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
    // Refused here and not seed by seed.
    expand(json, 'check');
    return (seed) => expand(json, `${seed}`);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof ScenarioError)) throw error;
    throw new ScenarioError(`${file}: ${error.message}`);
  }
}
