/** The command `tangle-sim fuzz` between its flags and its exit code. */
import { describeFailure, describeFuzz, describeProgress, speedOf } from './report.js';
import { runFuzz } from './run-fuzz.js';
import type { FuzzWorker } from './worker.js';

/** A DAG is drawn from 32 bits. */
export const SEED_MAX = 2 ** 32 - 1;
/** Results are kept until the end: 50,000 chunks of 20 take less than 50 MB. */
export const DAGS_MAX = 1_000_000;
/** More threads than any machine at hand has cores; each takes about 50 MB. */
export const JOBS_MAX = 256;

/** Between two looks of the progress line, milliseconds. */
const PROGRESS_MS = 250;

export interface FuzzFlags {
  readonly dags: number;
  readonly seed: number;
  readonly jobs: number;
  readonly json: boolean;
}

export interface FuzzSurroundings {
  readonly createWorker: () => FuzzWorker;
  readonly stdout: { write(text: string): unknown };
  /** The progress line is for terminals only. */
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Any clock that does not run back. */
  readonly nowMs: () => number;
}

/** Resolves with the exit code: 0 where all DAGs pass, 1 where one fails. */
export async function fuzzCommand(flags: FuzzFlags, surroundings: FuzzSurroundings): Promise<0 | 1> {
  const { dags, seed: firstSeed, jobs, json } = flags;
  const { createWorker, stdout, stderr, nowMs } = surroundings;
  const isWatched = stderr.isTTY === true;
  const startedMs = nowMs();
  let shownMs = startedMs;
  const onProgress = (done: number): void => {
    const atMs = nowMs();
    if (!isWatched || atMs - shownMs < PROGRESS_MS) return;
    shownMs = atMs;
    stderr.write(`${LINE_START}${describeProgress(done, dags, speedOf(done, atMs - startedMs))}`);
  };
  const result = await runFuzz({ firstSeed, dags, jobs, createWorker, onProgress });
  if (isWatched) stderr.write(LINE_START);
  const speed = speedOf(result.dags, nowMs() - startedMs);
  stdout.write(json ? `${JSON.stringify({ ...result, ...speed })}\n` : describeFuzz(result, speed));
  stderr.write(describeFailure(result));
  return result.failure === null ? 0 : 1;
}

/** Back to the first column, and the line is empty. */
const LINE_START = '\r\u001b[K';
