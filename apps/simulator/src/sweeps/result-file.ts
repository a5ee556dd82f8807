/**
 * Results of a sweep as JSON lines, in order. The file goes on where it ends, so a sweep that was killed and started again
 * ends with the same bytes as one that was not.
 */
import { open, readFile, truncate } from 'node:fs/promises';
import { OptionsError } from './fields.js';

/** What every result says of the run that it comes from. */
export interface RunIdentity {
  readonly version: string;
  readonly seed: number;
  readonly config: object;
}

export class ResultFile<Result extends RunIdentity> {
  readonly #path: string;
  /** What is there already. */
  readonly results: readonly Result[];

  private constructor(path: string, results: readonly Result[]) {
    this.#path = path;
    this.results = results;
  }

  /**
   * Opens a file for these runs, or begins it; a line that was cut short is dropped. Throws an OptionsError where it holds
   * results of others.
   */
  static async open<Result extends RunIdentity>(
    path: string,
    runs: readonly RunIdentity[],
  ): Promise<ResultFile<Result>> {
    const bytes = await readIfThere(path);
    const complete = bytes.lastIndexOf(LINE_FEED) + 1;
    if (complete < bytes.length) await truncate(path, complete);
    const lines = bytes.subarray(0, complete).toString('utf8').split('\n').slice(0, -1);
    const results = lines.map((line, index) => readLine<Result>(path, line, index + 1, runs[index]));
    return new ResultFile(path, results);
  }

  async append(result: Result): Promise<void> {
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

function readLine<Result extends RunIdentity>(
  path: string,
  line: string,
  number: number,
  run: RunIdentity | undefined,
): Result {
  const isSame = (result: Result): boolean =>
    run !== undefined &&
    result.version === run.version &&
    result.seed === run.seed &&
    JSON.stringify(result.config) === JSON.stringify(run.config);
  try {
    const result = JSON.parse(line) as Result;
    if (isSame(result)) return result;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new OptionsError(`${path} line ${number} is not of this sweep: give the same options, or another file`);
}
