/** Shows that a seed says everything: two processes of their own run the same seeds and must trace the same. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openScenario } from '../scenarios.js';

export interface DeterminismFlags {
  /** Path of the command that runs this, to be run again. */
  readonly command: string;
  readonly seed: number;
  readonly seeds: number;
}

/** Of one process: a seed takes some kilobytes. */
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

const execute = promisify(execFile);

/** Resolves with the exit code: 0 where all traces are equal, 1 where some differ. Whether the runs pass is not looked at. */
export async function verifyDeterminism(
  scenario: string,
  { command, seed, seeds }: DeterminismFlags,
  stdout: { write(text: string): unknown },
): Promise<0 | 1> {
  openScenario(scenario);
  const [first = [], second = []] = await Promise.all([0, 1].map(async () => tracesOf(command, scenario, seed, seeds)));
  const different = first.flatMap((trace, offset) => (trace === second[offset] ? [] : [seed + offset]));
  const isWhole = first.length === seeds && second.length === seeds;
  const verdict = different.length === 0 && isWhole ? 'the same traces' : `different traces: ${different.join(', ')}`;
  stdout.write(`${scenario} seeds ${seed} to ${seed + seeds - 1} in two processes: ${verdict}\n`);
  return different.length === 0 && isWhole ? 0 : 1;
}

async function tracesOf(command: string, scenario: string, seed: number, seeds: number): Promise<string[]> {
  const args = ['run', scenario, '--seed', `${seed}`, '--seeds', `${seeds}`, '--jobs', '1', '--json'];
  const { stdout } = await execute(process.execPath, [command, ...args], { maxBuffer: OUTPUT_BYTES_MAX }).catch(
    // Seeds that fail make it exit with 1, and print all the same.
    (error: unknown) => error as { readonly stdout: string },
  );
  return stdout.split('\n').flatMap((line) => {
    const { traceHash } = (line === '' ? {} : JSON.parse(line)) as { readonly traceHash?: string };
    return traceHash === undefined ? [] : [traceHash];
  });
}
