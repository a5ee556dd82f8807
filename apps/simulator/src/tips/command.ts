/** The command `tangle-sim tips` between its flags and its output. */
import { readFile } from 'node:fs/promises';
import { sweepCommand, type SweepFlags, type SweepSurroundings } from '../sweeps/command.js';
import { OptionsError } from '../sweeps/fields.js';
import { readSeed } from '../sweeps/grid.js';
import { csvHeader, csvRow, describeTips, speedOf, sweepHeader, sweepRow } from './describe.js';
import type { TipsRun } from './result.js';
import { expandGrid, identified, readSweep } from './sweep.js';
import type { TipsOutcome } from './worker.js';

export interface TipsFlags extends SweepFlags {
  /** Options of `TipsOptions` by name, as text or from a scenario. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly seed: string;
  readonly sweep: readonly string[];
  /** File of times, one a line. */
  readonly arrivals?: string;
}

export interface TipsSurroundings extends SweepSurroundings<TipsRun, TipsOutcome> {
  readonly version: string;
}

/** Rejects with an OptionsError for what nobody can run. */
export async function tipsCommand(flags: TipsFlags, surroundings: TipsSurroundings): Promise<void> {
  const sweeps = flags.sweep.map(readSweep);
  const swept = sweeps.map(({ name }) => name);
  const arrivals = flags.arrivals === undefined ? undefined : await readArrivals(flags.arrivals);
  const given = arrivals === undefined ? flags.given : { ...flags.given, ...fieldsOf(arrivals) };
  const runs = expandGrid({
    given,
    seed: readSeed(flags.seed),
    version: surroundings.version,
    sweeps,
    ...(arrivals === undefined ? {} : { arrivals }),
  });
  const texts = {
    speedOf: ({ result, seconds }: TipsOutcome) => speedOf(result.config.transactions, seconds),
    csvHeader,
    csvRow,
    sweepHeader: () => sweepHeader(swept),
    sweepRow: (result: TipsOutcome['result']) => sweepRow(result, swept),
    describe: (result: TipsOutcome['result'], outcome: TipsOutcome | null) =>
      describeTips(result, speedOf(result.config.transactions, outcome?.seconds ?? Number.NaN)),
  };
  await sweepCommand(runs.map(identified), flags, texts, surroundings);
}

/** Times in any unit, the first column of each line; they have to ascend. */
async function readArrivals(path: string): Promise<NonNullable<TipsRun['arrivals']>> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  const times = Float64Array.from(lines, (line) => Number(line.split(/[,;\t]/)[0]));
  const wrong = times.findIndex((time, index) => !(Number.isFinite(time) && time >= (times[index - 1] ?? time)));
  if (wrong >= 0) throw new OptionsError(`${path} line ${wrong + 1}: times, one a line, that do not run back`);
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  if (!(span > 0)) throw new OptionsError(`${path}: at least two times that differ`);
  const start = times[0] ?? 0;
  return { name: path, times: times.map((time) => time - start) };
}

/** The genesis comes besides what is in the file. */
function fieldsOf({ times }: NonNullable<TipsRun['arrivals']>): Readonly<Record<string, unknown>> {
  return { transactions: times.length + 1, lambda: times.length / (times.at(-1) ?? 1) };
}
