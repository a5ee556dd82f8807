import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { DagFuzzer, Follower, nullCrypto, type TestNetwork } from '@tangle/core/testing';
import { fuzzChunk, fuzzCommand, type FuzzFlags, type FuzzResult, type FuzzWorker, runFuzz } from '../src/index.js';
import { sha256 } from '../src/sha256.js';

const execute = promisify(execFile);
const COMMAND = fileURLToPath(new URL('../bin/tangle-sim.js', import.meta.url));

async function tangleSim(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [COMMAND, ...args]);
  return stdout;
}

/** What of a JSON report depends on the seeds alone. */
function withoutSpeed(json: string): FuzzResult {
  const { seconds: _, dagsPerSecond: __, ...result } = JSON.parse(json) as FuzzResult & Record<string, unknown>;
  return result;
}

/** Its commits stop at the first: it cannot agree with the reference where there are two. */
class OnceFollower extends Follower {
  override decide(): void {
    if (this.commits.length === 0) super.decide();
  }
}

const broken = new DagFuzzer(nullCrypto(sha256), (network: TestNetwork) => new OnceFollower(network));

/** Works in this thread, on the broken fuzzer where the chunk begins at or above the seed, after so many turns. */
function workerIn(sound: DagFuzzer, brokenFromSeed: number, turns: () => number): () => FuzzWorker {
  return () => ({
    run: async (chunk) => {
      for (let left = turns(); left > 0; left--) await Promise.resolve();
      return fuzzChunk(chunk.firstSeed >= brokenFromSeed ? broken : sound, chunk);
    },
    stop: async () => Promise.resolve(),
  });
}

test('the same seeds come to the same in other processes, however many threads work on them', async () => {
  const seeds = ['fuzz', '--dags', '22', '--seed', '7', '--json'];
  const [one, two] = await Promise.all([tangleSim(...seeds, '--jobs', '1'), tangleSim(...seeds, '--jobs', '2')]);
  const result = withoutSpeed(one);
  expect(result).toMatchObject({ firstSeed: 7, dags: 22, failure: null });
  expect(result.counts.commits).toBeGreaterThan(22);
  expect(withoutSpeed(two)).toEqual(result);
}, 60_000);

test('the report names every outcome and the speed, and there is no progress line where nobody watches', async () => {
  const { stdout, stderr } = await execute(process.execPath, [COMMAND, 'fuzz', '--dags', '2', '--jobs', '2']);
  expect(stdout).toContain('fuzz seeds 1 to 2: Pass\n');
  expect(stdout).toMatch(/\d+ equivocations\n/);
  expect(stdout).toMatch(/\d+ direct commit, \d+ indirect commit, \d+ direct skip, \d+ indirect skip, \d+ undecided\n/);
  expect(stdout).toMatch(/ DAGs per second\n/);
  expect(stderr).toBe('');
});

test.each([
  [['--dags', '0'], 'an integer from 1 to 1000000'],
  [['--dags', '1000001'], 'an integer from 1 to 1000000'],
  [['--seed', '-1'], 'an integer from 0 to 4294967295'],
  [['--seed', '4294967295', '--dags', '2'], 'the last seed is 4294967295'],
  [['--jobs', 'all'], 'an integer from 1 to 256'],
  [['--dag', '5'], "unknown option '--dag'"],
  [['12'], 'too many arguments'],
])('fuzz %j is refused with what is allowed', async (args, allowed) => {
  await expect(tangleSim('fuzz', ...args)).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(allowed),
  });
});

describe('a seed that fails', () => {
  const sound = new DagFuzzer(nullCrypto(sha256));
  const inOrder = (): number => 0;

  test('exits with 1, one command that shows it again, and a line for the list of regressions', async () => {
    let stdout = '';
    let stderr = '';
    const flags: FuzzFlags = { dags: 60, seed: 1, jobs: 2, json: false };
    const code = await fuzzCommand(flags, {
      createWorker: workerIn(sound, 41, inOrder),
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: (text: string) => (stderr += text), isTTY: true },
      nowMs: Date.now,
    });
    expect(code).toBe(1);
    const seed = Number(/seed (\d+) failed/.exec(stdout)?.[1]);
    expect(seed).toBeGreaterThanOrEqual(41);
    expect(stderr.match(/npx tangle-sim .*/g)).toEqual([`npx tangle-sim fuzz --dags 1 --seed ${seed}`]);
    expect(stderr).toMatch(new RegExp(`\\nfuzz ${seed} +\\S.*\\n$`));
    expect(stderr).toContain('by the reference');
  });

  test('is the lowest one, whichever worker is faster', async () => {
    const results = [];
    for (const slow of [0, 1, 2]) {
      let started = 0;
      const turns = (): number => (started++ % 3 === slow ? 50 : 0);
      const { failure, ...rest } = await runFuzz({
        firstSeed: 1,
        dags: 120,
        jobs: 3,
        createWorker: workerIn(sound, 21, turns),
      });
      results.push({ ...rest, seed: failure?.seed, message: failure?.message });
    }
    expect(results[0]?.seed).toBeGreaterThanOrEqual(21);
    expect(results[0]?.seed).toBeLessThanOrEqual(40);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});
