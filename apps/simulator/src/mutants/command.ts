/** The command `tangle-sim mutants` between its flags and its exit code. */
import { MUTANTS } from './catalogue/index.js';
import { describeMutant, describeMutants } from './report.js';
import { runMutants } from './run-mutants.js';

export interface MutantsFlags {
  /** Names, or beginnings of names; all where there are none. */
  readonly only: readonly string[];
  readonly seeds: number;
  readonly dags: number;
  readonly jobs: number;
  readonly json: boolean;
}

export interface MutantsSurroundings {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Resolves with the exit code: 0 where every mutant is caught and the control passes. */
export async function mutantsCommand(flags: MutantsFlags, { stdout, stderr }: MutantsSurroundings): Promise<0 | 1> {
  const { only, seeds, dags, jobs, json } = flags;
  const mutants = MUTANTS.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)));
  if (mutants.length === 0) {
    stderr.write(`no mutant has such a name; there are:\n${MUTANTS.map(({ name }) => `  ${name}\n`).join('')}`);
    return 1;
  }
  const byName = new Map(mutants.map((mutant) => [mutant.name, mutant]));
  const result = await runMutants({
    mutants,
    seeds,
    dags,
    jobs,
    onResult: (one) => {
      const mutant = byName.get(one.name);
      if (!json && mutant !== undefined) stdout.write(describeMutant(one, mutant));
    },
  });
  stdout.write(json ? `${JSON.stringify(result)}\n` : describeMutants(result));
  return result.control.length === 0 && result.mutants.every(({ fate }) => fate === 'caught') ? 0 : 1;
}
