import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { runSeed } from '../src/index.js';
import { runOptions } from './support.js';

const execute = promisify(execFile);
const COMMAND = fileURLToPath(new URL('../bin/tangle-sim.js', import.meta.url));
const SHORT = fileURLToPath(new URL('short.json', import.meta.url));

const RUN = runOptions({
  durationMs: 2_000,
  network: {
    delayMinMs: 5,
    delayMeanMs: 40,
    loss: 0.1,
    duplication: 0.1,
    detectMs: 500,
    reconnectMs: 500,
    linkBytesMax: 1024 * 1024,
  },
  faults: [{ kind: 'crash', node: 1, atMs: 1_000, forMs: 700 }],
});

test('the same seed gives the same trace, another seed another', async () => {
  const [first, again, other] = [
    await runSeed({ run: RUN, seed: 1 }),
    await runSeed({ run: RUN, seed: 1 }),
    await runSeed({ run: RUN, seed: 2 }),
  ];
  expect(again).toEqual(first);
  expect(other.traceHash).not.toBe(first.traceHash);
});

test('so it does in other processes', async () => {
  const traces = await Promise.all(
    [1, 2].map(async () => {
      const { stdout } = await execute(process.execPath, [
        COMMAND,
        'run',
        SHORT,
        '--seed',
        '3',
        '--seeds',
        '2',
        '--json',
      ]);
      return stdout
        .trim()
        .split('\n')
        .flatMap((line) => (JSON.parse(line) as { traceHash?: string }).traceHash ?? []);
    }),
  );
  expect(traces[0]?.length).toBe(2);
  expect(traces[1]).toEqual(traces[0]);
});

test('a seed that fails exits with 1 and prints the command that shows it again', async () => {
  const failing = fileURLToPath(new URL('no-progress.json', import.meta.url));
  const run = execute(process.execPath, [COMMAND, 'run', failing, '--seed', '5', '--seeds', '2']);
  await expect(run).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining('no-progress seed 5: NoProgress'),
    stderr: expect.stringContaining(`npx tangle-sim run ${failing} --seed 5`),
  });
});
