import { expect, test } from 'vitest';
import { describeVerdict, runSeed, type Boundary, type RunOptions } from '../src/index.js';
import { runOptions } from './support.js';

/** Short, and yet with commits on the way. */
const RUN: RunOptions = runOptions({
  durationMs: 300,
  readingsPerSecond: 4,
  arrival: 'fixed',
  devices: 1,
  quietMs: 2_000,
});
const VICTIM = 1;

interface Crash {
  readonly boundary: Boundary;
  readonly count: number;
  readonly fate: 'durable' | 'lost';
}

/** Every effect boundary of the victim in a run without crashes. */
async function boundaries(seed: number): Promise<Crash[]> {
  const crashes: Crash[] = [];
  const { verdict } = await runSeed({
    run: RUN,
    seed,
    crashAt: (node, boundary, count) => {
      if (node === VICTIM) crashes.push({ boundary, count, fate: 'durable' });
      if (node === VICTIM && boundary === 'write') crashes.push({ boundary, count, fate: 'lost' });
      return null;
    },
  });
  expect(describeVerdict(verdict)).toBe('Pass');
  return crashes;
}

test('a process may crash before any message, and in any write with the batch on the disk or not', async () => {
  const crashes = await boundaries(1);
  expect(new Set(crashes.map(({ boundary, fate }) => `${boundary} ${fate}`))).toEqual(
    new Set(['write lost', 'write durable', 'send durable']),
  );
  expect(crashes.length).toBeGreaterThan(30);
  for (const crash of crashes) {
    const { verdict } = await runSeed({
      run: RUN,
      seed: 1,
      crashAt: (node, boundary, count) =>
        node === VICTIM && boundary === crash.boundary && count === crash.count ? crash.fate : null,
    });
    expect({ crash, verdict: describeVerdict(verdict) }).toEqual({ crash, verdict: 'Pass' });
  }
}, 120_000);

test('the only validator may crash at any boundary too', async () => {
  const run = { ...RUN, weights: [1] };
  for (let count = 1; count <= 20; count++) {
    for (const fate of ['durable', 'lost'] as const) {
      const { verdict } = await runSeed({
        run,
        seed: 2,
        crashAt: (_node, boundary, at) => (boundary === 'write' && at === count ? fate : null),
      });
      expect({ count, fate, verdict: describeVerdict(verdict) }).toEqual({ count, fate, verdict: 'Pass' });
    }
  }
});
