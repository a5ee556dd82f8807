/** The command `tangle-sim tips` between its flags and its output. */
import { readFile } from 'node:fs/promises';
import { csvHeader, csvRow, describeProgress, describeTips, speedOf, sweepHeader, sweepRow } from './describe.js';
import { TipsError } from './options.js';
import type { TipsResult, TipsRun } from './result.js';
import { expandGrid, readSeed, readSweep, ResultFile, runSweep } from './sweep.js';
import type { TipsWorker } from './worker.js';

/** More threads than any machine at hand has cores. */
export const TIPS_JOBS_MAX = 256;

export interface TipsFlags {
  /** Options of `TipsOptions` by name, as text or from a scenario. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly seed: string;
  readonly sweep: readonly string[];
  readonly jobs: number;
  readonly json: boolean;
  readonly csv: boolean;
  /** File of results, one JSON object a line. */
  readonly out?: string;
  /** File of times, one a line. */
  readonly arrivals?: string;
}

export interface TipsSurroundings {
  readonly version: string;
  readonly createWorker: () => TipsWorker;
  readonly stdout: { write(text: string): unknown };
  /** The progress bar is for terminals only. */
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** Rejects with a TipsError for what nobody can run. */
export async function tipsCommand(flags: TipsFlags, surroundings: TipsSurroundings): Promise<void> {
  const { json, csv, jobs, out } = flags;
  const { stdout, stderr, createWorker, version } = surroundings;
  if (json && csv) throw new TipsError('json and csv: one of both');
  const sweeps = flags.sweep.map(readSweep);
  const swept = sweeps.map(({ name }) => name);
  const arrivals = flags.arrivals === undefined ? undefined : await readArrivals(flags.arrivals);
  const given = arrivals === undefined ? flags.given : { ...flags.given, ...fieldsOf(arrivals) };
  const runs = expandGrid({
    given,
    seed: readSeed(flags.seed),
    version,
    sweeps,
    ...(arrivals === undefined ? {} : { arrivals }),
  });
  const file = out === undefined ? null : await ResultFile.open(out, runs);
  const known = file?.results ?? [];

  const print = (result: TipsResult, seconds: number | null): void => {
    const speed = seconds === null ? {} : speedOf(result.config.transactions, seconds);
    if (json) stdout.write(`${JSON.stringify({ ...result, ...speed })}\n`);
    else if (csv) stdout.write(csvRow(result));
    else if (runs.length > 1) stdout.write(sweepRow(result, swept));
    else stdout.write(describeTips(result, speedOf(result.config.transactions, seconds ?? Number.NaN)));
  };
  if (csv) stdout.write(csvHeader());
  else if (!json && runs.length > 1) stdout.write(sweepHeader(swept));
  for (const result of known) print(result, null);

  const isWatched = stderr.isTTY === true && runs.length > 1;
  await runSweep({
    runs: runs.slice(known.length),
    jobs,
    createWorker,
    onOutcome: async ({ result, seconds }) => {
      await file?.append(result);
      if (isWatched) stderr.write(LINE_START);
      print(result, seconds);
    },
    onProgress: (done) => {
      if (isWatched) stderr.write(`${LINE_START}${describeProgress(known.length + done, runs.length)}`);
    },
  });
  if (isWatched) stderr.write(LINE_START);
}

/** Back to the first column, and the line is empty. */
const LINE_START = '\r\u001b[K';

/** Times in any unit, the first column of each line; they have to ascend. */
async function readArrivals(path: string): Promise<NonNullable<TipsRun['arrivals']>> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  const times = Float64Array.from(lines, (line) => Number(line.split(/[,;\t]/)[0]));
  const wrong = times.findIndex((time, index) => !(Number.isFinite(time) && time >= (times[index - 1] ?? time)));
  if (wrong >= 0) throw new TipsError(`${path} line ${wrong + 1}: times, one a line, that do not run back`);
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  if (!(span > 0)) throw new TipsError(`${path}: at least two times that differ`);
  const start = times[0] ?? 0;
  return { name: path, times: times.map((time) => time - start) };
}

/** The genesis comes besides what is in the file. */
function fieldsOf({ times }: NonNullable<TipsRun['arrivals']>): Readonly<Record<string, unknown>> {
  return { transactions: times.length + 1, lambda: times.length / (times.at(-1) ?? 1) };
}
