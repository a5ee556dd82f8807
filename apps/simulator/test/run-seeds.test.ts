/** Many seeds on many workers: the report does not depend on who was faster. */
import { expect, test } from 'vitest';
import { markCounts } from '@tangle/core/marks';
import {
  describeFailed,
  openScenario,
  runCommand,
  runSeed,
  runSeeds,
  type RunResult,
  type SeedOutcome,
} from '../src/index.js';
import { runOptions } from './support.js';

const PASSED: RunResult = await runSeed({ run: runOptions({ weights: [1], durationMs: 100, quietMs: 100 }), seed: 1 });

function outcomeOf(seed: number, verdict: RunResult['verdict'] = { kind: 'Pass' }): SeedOutcome {
  return { result: { ...PASSED, seed, verdict }, marks: markCounts() };
}

test('outcomes come in the order of the seeds, and a worker that breaks costs no seed', async () => {
  const seen: string[] = [];
  let workers = 0;
  await runSeeds({
    firstSeed: 5,
    wantsMore: (handedOut) => handedOut < 20,
    jobs: 3,
    createWorker: () => {
      const number = workers++;
      return {
        run: async (seed) => {
          for (let turns = (seed * 7) % 5; turns > 0; turns--) await Promise.resolve();
          if (seed === 9) throw new Error(`worker ${number} is out of memory`);
          return outcomeOf(seed);
        },
        stop: async () => Promise.resolve(),
      };
    },
    broken: (seed, error) => outcomeOf(seed, { kind: 'Violated', checker: 'honesty', detail: String(error) }),
    onOutcome: ({ result }) => seen.push(`${result.seed} ${result.verdict.kind}`),
  });
  expect(seen).toEqual(
    Array.from({ length: 20 }, (_, offset) => `${5 + offset} ${5 + offset === 9 ? 'Violated' : 'Pass'}`),
  );
  expect(workers).toBe(4);
});

test('a failure names its seeds, one command that shows the first again, and the line that keeps it', () => {
  const failed = [7, 9].map((seed) => outcomeOf(seed, { kind: 'NoProgress', detail: 'nothing\nnode 0' }).result);
  const text = describeFailed('swarm', failed, 20);
  expect(text).toContain('2 of 20 seeds failed: 7, 9');
  expect(text.match(/npx tangle-sim .*/g)).toEqual(['npx tangle-sim run swarm --seed 7']);
  expect(text).toMatch(/\nswarm 7 +NoProgress: nothing\n$/);
  expect(describeFailed('swarm', [], 20)).toBe('');
});

test('hours are filled with seeds, one line each, and summed up', async () => {
  let stdout = '';
  const scenario = new URL('hour.json', import.meta.url).pathname;
  const { quietMs } = openScenario(scenario)(1);
  expect(quietMs).toBe(1_800_000);
  const code = await runCommand(
    scenario,
    { seed: 1, seeds: 1, hours: 1, jobs: 1, json: true, trace: false },
    { stdout: { write: (text: string) => (stdout += text) }, stderr: { write: () => true }, nowMs: () => 0 },
  );
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(code).toBe(0);
  expect(lines.map(({ seed }) => seed)).toEqual([1, 2, undefined]);
  expect(lines.at(-1)).toMatchObject({ seeds: 2, failed: 0 });
});
