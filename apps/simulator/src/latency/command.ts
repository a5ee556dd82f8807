/** The command `tangle-sim latency` between its flags and its output. */
import { sweepCommand, type SweepFlags, type SweepSurroundings } from '../sweeps/command.js';
import { expandGrid, readSeed, readSweep } from '../sweeps/grid.js';
import { csvHeader, csvRow, describeLatency, speedOf, sweepHeader, sweepRow } from './describe.js';
import { completeOptions, FIELD_NAMES } from './options.js';
import type { LatencyOutcome, LatencyResult, LatencyRun } from './result.js';

export interface LatencyFlags extends SweepFlags {
  /** Options of `LatencyOptions` by name, as text or from a scenario; `about` of a scenario is for people. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly seed: string;
  readonly sweep: readonly string[];
}

export interface LatencySurroundings extends SweepSurroundings<LatencyRun, LatencyOutcome> {
  readonly version: string;
}

/** Rejects with an OptionsError for what nobody can run. */
export async function latencyCommand(flags: LatencyFlags, surroundings: LatencySurroundings): Promise<void> {
  const sweeps = flags.sweep.map((text) => readSweep(text, FIELD_NAMES));
  const swept = sweeps.map(({ name }) => name);
  const { about: _, ...given } = flags.given;
  const { version } = surroundings;
  const runs = expandGrid(sweeps, readSeed(flags.seed), (fields, seed) => {
    const options = completeOptions({ ...given, ...fields });
    return { run: { options, seed, version }, identity: { version, seed, config: options } };
  });
  const texts = {
    speedOf,
    csvHeader,
    csvRow,
    sweepHeader: () => sweepHeader(swept),
    sweepRow: (result: LatencyResult) => sweepRow(result, swept),
    describe: describeLatency,
  };
  await sweepCommand(runs, flags, texts, surroundings);
}
