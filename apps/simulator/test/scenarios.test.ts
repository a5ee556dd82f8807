import { describe, expect, test } from 'vitest';
import { describeVerdict, expandScenario, openScenario, Random, runSeed } from '../src/index.js';
import { runOptions } from './support.js';

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
  const run = { ...openScenario(name)(1), durationMs: 6_000 };
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

test('a scenario may name every fault, and what it leaves open the seed draws within its range', () => {
  const span = { atMs: [0, 1_000], forMs: 100 };
  const faults = [
    ...['crash', 'disk-failure', 'wipe', 'rot', 'clock-freeze'].map((kind) => ({ kind, ...span })),
    { kind: 'restore', ageMs: [0, 500], ...span },
    { kind: 'clock-jump', byMs: 5_000, node: 2, ...span },
    { kind: 'partition', ...span },
    { kind: 'one-way', sets: [[0], [1, 2, 3]], ...span },
    { kind: 'clog', from: 0, to: 1, ...span },
    { kind: 'slow', from: 0, to: 1, factor: [2, 3], ...span },
  ];
  const run = expandScenario(
    {
      name: 'x',
      faults,
      limits: [{ wantedIdsMax: 64 }],
      load: [{ atMs: 0, forMs: 10, readingsPerSecond: [1, 2] }],
      wakes: [{ down: [3] }],
      byzantine: [{ node: 1, strategy: 'silent' }],
    },
    new Random('test'),
  );
  expect(run.faults.map(({ kind }) => kind)).toEqual(faults.map(({ kind }) => kind));
  expect(run.faults.every(({ atMs }) => atMs >= 0 && atMs <= 1_000)).toBe(true);
  expect(run.faults[8]).toMatchObject({ from: [0], to: [1, 2, 3] });
  expect(run.limits).toEqual([{ wantedIdsMax: 64 }]);
  expect(run.byzantine).toEqual([{ node: 1, strategy: 'silent' }]);
  const refused = (json: object) => () => expandScenario({ name: 'x', ...json }, new Random('test'));
  expect(refused({ faults: [{ kind: 'flood', ...span }] })).toThrow('faults[0].kind: crash or ');
  expect(refused({ faults: [{ kind: 'clog', from: 0, to: 4, ...span }] })).toThrow('faults[0].to: any, or 0 to 3');
  expect(refused({ limits: [{ wantedIdsMax: -1 }] })).toThrow('limits[0].wantedIdsMax: a number from 0');
  expect(refused({ limits: [{ wanted: 1 }] })).toThrow('limits[0].wanted: unknown');
  expect(refused({ wakes: [{ down: [7] }] })).toThrow('wakes[0].down: a list of nodes, each 0 to 3');
});
