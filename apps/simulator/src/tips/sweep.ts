/** Sweeps of tangles of numbers: which runs a grid has, and what a result says of its run. */
import type { IdentifiedRun } from '../sweeps/command.js';
import { expandGrid as expand, readSweep as read, type Sweep } from '../sweeps/grid.js';
import { completeOptions, FIELD_NAMES } from './options.js';
import type { TipsRun } from './result.js';

/** Reads `lambda=10,100,1000`. */
export function readSweep(text: string): Sweep {
  return read(text, FIELD_NAMES);
}

export interface GridOptions {
  readonly given: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly version: string;
  readonly sweeps: readonly Sweep[];
  readonly arrivals?: TipsRun['arrivals'];
}

/** All combinations, the last sweep fastest. Throws an OptionsError for the first that nobody can run. */
export function expandGrid({ given, seed, version, sweeps, arrivals }: GridOptions): TipsRun[] {
  return expand(sweeps, seed, (fields, swept) => ({
    options: completeOptions({ ...given, ...fields }),
    seed: swept,
    version,
    ...(arrivals === undefined ? {} : { arrivals }),
  }));
}

export function identified(run: TipsRun): IdentifiedRun<TipsRun> {
  const { options, seed, version, arrivals } = run;
  return { run, identity: { version, seed, config: { ...options, arrivals: arrivals?.name ?? null } } };
}
