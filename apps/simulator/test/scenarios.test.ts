import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { describeVerdict, expandScenario, Random, runSeed } from '../src/index.js';
import { runOptions } from './support.js';

/** The bundled scenario as one seed has it, shortened. */
async function scenario(name: string, seed: number, durationMs: number) {
  const json: unknown = JSON.parse(await readFile(new URL(`../scenarios/${name}.json`, import.meta.url), 'utf8'));
  return { ...expandScenario(json, new Random(`${seed}/options`)), durationMs };
}

describe.each([1, 4, 7])('%i validators in fine weather', (size) => {
  test.each([1, 2, 3, 4, 5])('make every reading final and come to rest, seed %i', async (seed) => {
    const weights = Array.from({ length: size }, () => 1);
    const run = runOptions({ name: 'calm', weights, durationMs: 2_000, readingsPerSecond: 10 });
    const result = await runSeed({ run, seed });
    expect(describeVerdict(result.verdict)).toBe('Pass');
    expect(result.transactions).toBeGreaterThan(10);
  });
});

test.each(['kill-one', 'partition', 'lossy', 'storm', 'single'])('%s passes', async (name) => {
  const run = await scenario(name, 1, 6_000);
  const result = await runSeed({ run, seed: 1 });
  expect(describeVerdict(result.verdict)).toBe('Pass');
});

test('real signatures pass as modelled ones do', async () => {
  const run = runOptions({ signatures: 'real', durationMs: 500, readingsPerSecond: 4, devices: 1 });
  expect(describeVerdict((await runSeed({ run, seed: 1 })).verdict)).toBe('Pass');
});

test('unequal weights pass, a validator that can halt the others among them', async () => {
  const run = runOptions({ weights: [5, 1, 1], durationMs: 1_500 });
  expect(describeVerdict((await runSeed({ run, seed: 1 })).verdict)).toBe('Pass');
});

test('a network that never heals within the bound is NoProgress, not Pass', async () => {
  const run = runOptions({
    durationMs: 2_000,
    finalWithinMs: 1,
    faults: [
      {
        kind: 'partition',
        sets: [
          [0, 1],
          [2, 3],
        ],
        atMs: 500,
        forMs: 1_500,
      },
    ],
  });
  expect((await runSeed({ run, seed: 1 })).verdict.kind).toBe('NoProgress');
});

test('a scenario is refused where a field is unknown or out of its range', () => {
  const expand = (json: unknown) => () => expandScenario(json, new Random('test'));
  expect(expand({ name: 'x', lossy: 1 })).toThrow('scenario.lossy: unknown');
  expect(expand({ name: 'x', network: { loss: [0.5, 0.1] } })).toThrow('network.loss: a number from 0, or a range');
  expect(expand({ name: 'x', faults: [{ kind: 'crash', node: 9, atMs: 1, forMs: 1 }] })).toThrow(
    'faults[0].node: any, or 0 to 3',
  );
  expect(expand({ name: 'x', arrival: 'bursts' })).toThrow('arrival: poisson or fixed');
});
