/** A slice of what night runs do: the seed draws everything. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeVerdict, openScenario, scenarioNames, type RunOptions, type RunResult } from '../src/index.js';

const execute = promisify(execFile);
const COMMAND = fileURLToPath(new URL('../bin/tangle-sim.js', import.meta.url));
const MINUTE_MS = 60_000;

/** Liars of more than the tolerated weight. */
function isBeyond(weights: RunOptions['weights'], byzantine: RunOptions['byzantine']): boolean {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return 3 * byzantine.reduce((sum, { node }) => sum + (weights[node] ?? 0), 0) >= total;
}

async function tangleSim(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [COMMAND, ...args], { maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: unknown) => error as { readonly stdout: string },
  );
  return stdout;
}

test(
  '50 seeds of swarm pass',
  async () => {
    const stdout = await tangleSim('run', 'swarm', '--seeds', '50', '--jobs', '2', '--json');
    const lines = stdout.trim().split('\n');
    const results = lines.slice(0, -1).map((line) => JSON.parse(line) as RunResult);
    const failed = results.filter(({ verdict }) => verdict.kind !== 'Pass');
    expect(failed.map(({ seed, verdict }) => `swarm ${seed}: ${describeVerdict(verdict)}`)).toEqual([]);
    expect(results.map(({ seed }) => seed)).toEqual(Array.from({ length: 50 }, (_, offset) => offset + 1));
    expect(results.every(({ simulatedMs }) => simulatedMs > 2 * MINUTE_MS)).toBe(true);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ seeds: 50, failed: 0 });
  },
  10 * MINUTE_MS,
);

test(
  'a seed of swarm says everything: two processes trace the same',
  async () => {
    const stdout = await tangleSim('run', 'swarm', '--seed', '3', '--seeds', '3', '--verify-determinism');
    expect(stdout).toBe('swarm seeds 3 to 5 in two processes: the same traces\n');
  },
  10 * MINUTE_MS,
);

test('swarm draws every size, liars of f at most, every fault, and no fault that outlasts the load', () => {
  const runs = Array.from({ length: 400 }, (_, seed) => openScenario('swarm')(seed));
  expect(new Set(runs.map(({ weights }) => weights.length))).toEqual(new Set([1, 4, 7, 10]));
  expect(new Set(runs.flatMap(({ faults }) => faults.map(({ kind }) => kind))).size).toBe(11);
  const large = runs.filter(({ weights }) => weights.length > 1);
  expect(large.filter(({ byzantine }) => byzantine.length > 0).length).toBeGreaterThan(large.length / 2);
  for (const { weights, byzantine, wakes, faults, durationMs } of runs) {
    const weightOf = (nodes: readonly number[]): number => nodes.reduce((sum, node) => sum + (weights[node] ?? 0), 0);
    const faultWeight = Math.floor((weightOf([...weights.keys()]) - 1) / 3);
    const liars = byzantine.map(({ node }) => node);
    expect(weightOf(liars)).toBeLessThanOrEqual(faultWeight);
    for (const { node, down } of wakes) {
      expect(weightOf([...liars, ...down])).toBeLessThanOrEqual(faultWeight);
      expect([...liars, ...down]).not.toContain(node);
    }
    for (const { atMs, forMs } of faults) expect(atMs + forMs).toBeLessThanOrEqual(durationMs + 1);
  }
});

test('in a few seeds of soak more than f lie, and some remain that do not', () => {
  const runs = Array.from({ length: 200 }, (_, seed) => openScenario('soak')(seed));
  const beyond = runs.filter(({ weights, byzantine }) => isBeyond(weights, byzantine));
  expect(beyond.length).toBeGreaterThan(4);
  expect(beyond.length).toBeLessThan(30);
  for (const { weights, byzantine } of beyond) expect(byzantine.length).toBeLessThan(weights.length);
});

test('soak is swarm for longer, and all scenarios open by name', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { durationMs, weights, byzantine } = openScenario('soak')(seed);
    if (isBeyond(weights, byzantine)) continue;
    expect(durationMs).toBeGreaterThanOrEqual(10 * MINUTE_MS);
    expect(durationMs).toBeLessThanOrEqual(60 * MINUTE_MS);
  }
  for (const name of scenarioNames()) expect(openScenario(name)(1)).toEqual(openScenario(name)(1));
});
