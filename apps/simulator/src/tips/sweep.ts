/**
 * Many runs: the grid of all combinations of swept values, handed to workers and given back in the order of the grid,
 * whoever is faster. A file of results goes on where it ends, so a sweep that was killed and started again ends with the
 * same bytes as one that was not.
 */
import { open, readFile, truncate } from 'node:fs/promises';
import { completeOptions, FIELDS, type TipsOptions, TipsError } from './options.js';
import type { TipsResult, TipsRun } from './result.js';
import type { TipsOutcome, TipsWorker } from './worker.js';

/** A field, or `seed`, and the values that it takes. */
export interface Sweep {
  readonly name: string;
  readonly values: readonly string[];
}

/** Runs of a grid: results wait in memory for their turn. */
const RUNS_MAX = 100_000;

/** Reads `lambda=10,100,1000`. */
export function readSweep(text: string): Sweep {
  const [name = '', list = ''] = text.split(/=(.*)/s);
  const values = list.split(',').filter((value) => value !== '');
  if (name !== 'seed' && !(name in FIELDS)) {
    throw new TipsError(`sweep ${text}: no such option; there are seed, ${Object.keys(FIELDS).join(', ')}`);
  }
  if (values.length === 0) throw new TipsError(`sweep ${text}: values as in ${name}=1,2,3`);
  return { name, values };
}

export interface GridOptions {
  readonly given: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly version: string;
  readonly sweeps: readonly Sweep[];
  readonly arrivals?: TipsRun['arrivals'];
}

/** All combinations, the last sweep fastest. Throws a TipsError for the first that nobody can run. */
export function expandGrid({ given, seed, version, sweeps, arrivals }: GridOptions): TipsRun[] {
  const count = sweeps.reduce((product, { values }) => product * values.length, 1);
  if (count > RUNS_MAX) throw new TipsError(`a sweep of ${count} runs: from 1 to ${RUNS_MAX}`);
  let combinations: Record<string, unknown>[] = [{}];
  for (const { name, values } of sweeps) {
    combinations = combinations.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value })));
  }
  return combinations.map(({ seed: swept = seed, ...fields }) => ({
    options: completeOptions({ ...given, ...fields }),
    seed: readSeed(swept),
    version,
    ...(arrivals === undefined ? {} : { arrivals }),
  }));
}

const SEED_MAX = 2 ** 32 - 1;

export function readSeed(value: unknown): number {
  const seed = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof seed === 'number' && Number.isInteger(seed) && seed >= 0 && seed <= SEED_MAX) return seed;
  throw new TipsError(`seed ${String(value)}: an integer from 0 to ${SEED_MAX}`);
}

export interface SweepOptions {
  readonly runs: readonly TipsRun[];
  /** Workers at most, from 1. */
  readonly jobs: number;
  readonly createWorker: () => TipsWorker;
  /** Called in the order of `runs`, and awaited. */
  readonly onOutcome: (outcome: TipsOutcome, index: number) => Promise<void>;
  /** Called with the number of runs done, in whatever order. */
  readonly onProgress?: (done: number) => void;
}

export async function runSweep({ runs, jobs, createWorker, onOutcome, onProgress }: SweepOptions): Promise<void> {
  const waiting = new Map<number, TipsOutcome>();
  let next = 0;
  let told = 0;
  let done = 0;
  let telling = Promise.resolve();
  const tell = async (): Promise<void> => {
    for (let outcome = waiting.get(told); outcome !== undefined; outcome = waiting.get(told)) {
      waiting.delete(told);
      told += 1;
      await onOutcome(outcome, told - 1);
    }
  };
  const work = async (worker: TipsWorker): Promise<void> => {
    for (let run = runs[next]; run !== undefined; run = runs[next]) {
      const index = next;
      next += 1;
      waiting.set(index, await worker.run(run));
      done += 1;
      onProgress?.(done);
      telling = telling.then(tell);
      await telling;
    }
  };
  const workers = Array.from({ length: Math.min(jobs, runs.length) }, createWorker);
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map(async (worker) => worker.stop()));
  }
}

/** Results of a sweep as JSON lines, in order. */
export class ResultFile {
  readonly #path: string;
  /** What is there already. */
  readonly results: readonly TipsResult[];

  private constructor(path: string, results: readonly TipsResult[]) {
    this.#path = path;
    this.results = results;
  }

  /**
   * Opens a file for these runs, or begins it; a line that was cut short is dropped. Throws a TipsError where it holds
   * results of others.
   */
  static async open(path: string, runs: readonly TipsRun[]): Promise<ResultFile> {
    const bytes = await readIfThere(path);
    const complete = bytes.lastIndexOf(LINE_FEED) + 1;
    if (complete < bytes.length) await truncate(path, complete);
    const lines = bytes.subarray(0, complete).toString('utf8').split('\n').slice(0, -1);
    const results = lines.map((line, index) => readLine(path, line, index + 1, runs[index]));
    return new ResultFile(path, results);
  }

  async append(result: TipsResult): Promise<void> {
    const file = await open(this.#path, 'a');
    try {
      await file.write(`${JSON.stringify(result)}\n`);
    } finally {
      await file.close();
    }
  }
}

const LINE_FEED = 0x0a;

async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function readLine(path: string, line: string, number: number, run: TipsRun | undefined): TipsResult {
  const isSame = (result: TipsResult): boolean =>
    run !== undefined &&
    result.version === run.version &&
    result.seed === run.seed &&
    JSON.stringify(result.config) === JSON.stringify(configOf(run));
  try {
    const result = JSON.parse(line) as TipsResult;
    if (isSame(result)) return result;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new TipsError(`${path} line ${number} is not of this sweep: give the same options, or another file`);
}

function configOf({ options, arrivals }: TipsRun): TipsOptions & { readonly arrivals: string | null } {
  return { ...options, arrivals: arrivals?.name ?? null };
}
