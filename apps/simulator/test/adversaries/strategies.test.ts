import { describe, expect, test } from 'vitest';
import { describeVerdict, runSeed, STRATEGIES, World } from '../../src/index.js';
import { runOptions } from '../support.js';

/** A short run, its last `liars` validators all with this strategy. */
function runWith(strategy: string, size: number, liars: number) {
  return runOptions({
    weights: Array.from({ length: size }, () => 1),
    durationMs: 3_000,
    readingsPerSecond: 5,
    quietMs: 3_000,
    byzantine: Array.from({ length: liars }, (_, index) => ({ node: size - 1 - index, strategy })),
  });
}

describe.each([...STRATEGIES.values()])('a validator that $about ($name)', ({ name }) => {
  test('breaks nothing, alone among four', async () => {
    const { verdict, transactions } = await runSeed({ run: runWith(name, 4, 1), seed: 1 });
    expect(describeVerdict(verdict)).toBe('Pass');
    expect(transactions).toBeGreaterThan(5);
  });
});

test('two of seven that change their ways all the time break nothing', async () => {
  const { verdict } = await runSeed({ run: runWith('mix', 7, 2), seed: 3 });
  expect(describeVerdict(verdict)).toBe('Pass');
});

/** What honest nodes report of the one liar among four, over a run. */
async function reportedOf(strategy: string): Promise<string[]> {
  // All links are there when the first readings come: a second life that starts late finds out about the first and is silent.
  const run = runWith(strategy, 4, 1);
  const world = new World({ run: { ...run, network: { ...run.network, reconnectMs: 20 } }, seed: 1 });
  world.startAll();
  world.scheduleReadings();
  await world.runUntil(12_000);
  expect(world.monitor.violation).toBe(null);
  expect([...world.monitor.accusations.keys()].filter((index) => index !== 3)).toEqual([]);
  return [...(world.monitor.accusations.get(3) ?? [])];
}

test.each(['equivocator', 'many-faces', 'hidden-two-chains', 'equivocating-bomb', 'twins'])(
  'honest nodes hold two statements of a round as evidence against %s',
  async (strategy) => {
    expect((await reportedOf(strategy)).some((what) => what.startsWith('two statements of round'))).toBe(true);
  },
);

test('honest nodes report broken rules and frames that nobody can read', async () => {
  expect((await reportedOf('rule-breaker')).some((what) => what.includes('invalid-citation'))).toBe(true);
  expect((await reportedOf('garbage')).length).toBeGreaterThan(2);
});

test('honest nodes hold two roots of one size as evidence against a cosigner', async () => {
  expect((await reportedOf('false-roots')).some((what) => what.startsWith('two roots for size'))).toBe(true);
});

test('a strategy does the same with the same seed', async () => {
  const run = runWith('mix', 4, 1);
  const [first, second] = [await runSeed({ run, seed: 5 }), await runSeed({ run, seed: 5 })];
  expect(first.traceHash).toBe(second.traceHash);
});
