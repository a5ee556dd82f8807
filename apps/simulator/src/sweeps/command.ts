/** What every command that sweeps does between its runs and its output: resume, run, keep, print, show how far it is. */
import { OptionsError } from './fields.js';
import { ResultFile, type RunIdentity } from './result-file.js';
import { runSweep } from './run-sweep.js';
import type { TaskWorker } from '../threads/worker.js';

/** More threads than any machine at hand has cores. */
export const SWEEP_JOBS_MAX = 256;

export interface SweepFlags {
  readonly jobs: number;
  readonly json: boolean;
  readonly csv: boolean;
  /** File of results, one JSON object a line. */
  readonly out?: string;
}

export interface SweepSurroundings<Run, Outcome> {
  readonly createWorker: () => TaskWorker<Run, Outcome>;
  readonly stdout: { write(text: string): unknown };
  /** The progress bar is for terminals only. */
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** How results read. */
export interface SweepTexts<Result, Outcome> {
  /** What the machine took, for `--json`. */
  readonly speedOf: (outcome: Outcome) => object;
  readonly csvHeader: () => string;
  readonly csvRow: (result: Result) => string;
  readonly sweepHeader: () => string;
  readonly sweepRow: (result: Result) => string;
  /** Of a single run; the outcome is null where the result was in the file. */
  readonly describe: (result: Result, outcome: Outcome | null) => string;
}

export interface IdentifiedRun<Run> {
  readonly run: Run;
  readonly identity: RunIdentity;
}

/** Rejects with an OptionsError for what nobody can run. */
export async function sweepCommand<Run, Result extends RunIdentity, Outcome extends { readonly result: Result }>(
  runs: readonly IdentifiedRun<Run>[],
  { json, csv, jobs, out }: SweepFlags,
  texts: SweepTexts<Result, Outcome>,
  { stdout, stderr, createWorker }: SweepSurroundings<Run, Outcome>,
): Promise<void> {
  if (json && csv) throw new OptionsError('json and csv: one of both');
  const identities = runs.map(({ identity }) => identity);
  const file = out === undefined ? null : await ResultFile.open<Result>(out, identities);
  const known = file?.results ?? [];

  const print = (result: Result, outcome: Outcome | null): void => {
    if (json) stdout.write(`${JSON.stringify({ ...result, ...(outcome === null ? {} : texts.speedOf(outcome)) })}\n`);
    else if (csv) stdout.write(texts.csvRow(result));
    else if (runs.length > 1) stdout.write(texts.sweepRow(result));
    else stdout.write(texts.describe(result, outcome));
  };
  if (csv) stdout.write(texts.csvHeader());
  else if (!json && runs.length > 1) stdout.write(texts.sweepHeader());
  for (const result of known) print(result, null);

  const isWatched = stderr.isTTY === true && runs.length > 1;
  await runSweep({
    runs: runs.slice(known.length).map(({ run }) => run),
    jobs,
    createWorker,
    onOutcome: async (outcome) => {
      await file?.append(outcome.result);
      if (isWatched) stderr.write(LINE_START);
      print(outcome.result, outcome);
    },
    onProgress: (done) => {
      if (isWatched) stderr.write(`${LINE_START}${describeProgress(known.length + done, runs.length)}`);
    },
  });
  if (isWatched) stderr.write(LINE_START);
}

/** Back to the first column, and the line is empty. */
const LINE_START = '\r\u001b[K';

const BAR_CHARACTERS = 24;

function describeProgress(done: number, runs: number): string {
  const filled = Math.floor((BAR_CHARACTERS * done) / runs);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_CHARACTERS - filled)}] ${done} of ${runs} runs`;
}
