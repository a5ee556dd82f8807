/** The grid of all combinations of swept values, each of them one run. */
import { OptionsError } from './fields.js';

/** A field, or `seed`, and the values that it takes. */
export interface Sweep {
  readonly name: string;
  readonly values: readonly string[];
}

/** Runs of a grid: results wait in memory for their turn. */
const RUNS_MAX = 100_000;

/** Reads `lambda=10,100,1000`. @param names what can be swept, besides `seed`. */
export function readSweep(text: string, names: readonly string[]): Sweep {
  const [name = '', list = ''] = text.split(/=(.*)/s);
  const values = list.split(',').filter((value) => value !== '');
  if (name !== 'seed' && !names.includes(name)) {
    throw new OptionsError(`sweep ${text}: no such option; there are seed, ${names.join(', ')}`);
  }
  if (values.length === 0) throw new OptionsError(`sweep ${text}: values as in ${name}=1,2,3`);
  return { name, values };
}

/** All combinations, the last sweep fastest. Throws an OptionsError for the first that nobody can run. */
export function expandGrid<Run>(
  sweeps: readonly Sweep[],
  seed: number,
  runOf: (fields: Readonly<Record<string, unknown>>, seed: number) => Run,
): Run[] {
  const count = sweeps.reduce((product, { values }) => product * values.length, 1);
  if (count > RUNS_MAX) throw new OptionsError(`a sweep of ${count} runs: from 1 to ${RUNS_MAX}`);
  let combinations: Record<string, unknown>[] = [{}];
  for (const { name, values } of sweeps) {
    combinations = combinations.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value })));
  }
  return combinations.map(({ seed: swept = seed, ...fields }) => runOf(fields, readSeed(swept)));
}

const SEED_MAX = 2 ** 32 - 1;

export function readSeed(value: unknown): number {
  const seed = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof seed === 'number' && Number.isInteger(seed) && seed >= 0 && seed <= SEED_MAX) return seed;
  throw new OptionsError(`seed ${String(value)}: an integer from 0 to ${SEED_MAX}`);
}
