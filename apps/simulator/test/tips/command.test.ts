/** The command as users have it, and what it promises of files, seeds and errors. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { tipsCommand, type TipsFlags } from '../../src/tips/command.js';
import type { TipsResult } from '../../src/tips/result.js';
import { inlineTipsWorker, type TipsWorker } from '../../src/tips/worker.js';

const execute = promisify(execFile);
const COMMAND = fileURLToPath(new URL('../../bin/tangle-sim.js', import.meta.url));

async function tips(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [COMMAND, 'tips', ...args]);
  return stdout;
}

/** The part of the JSON that the seed decides. */
function comparable(json: string): string {
  const { transactionsPerSecond: _, seconds: __, ...result } = JSON.parse(json) as Record<string, unknown>;
  return JSON.stringify(result);
}

const SMALL = ['--transactions', '20000', '--lambda', '50'];
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tangle-tips-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

// Processes start slowly on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

describe('one run', () => {
  test('is one JSON object, the same bytes for the same seed in another process', async () => {
    const args = ['--strategy', 'uniform', '--parents', '3', ...SMALL, '--json'];
    const [one, two, other] = await Promise.all([
      tips(...args, '--seed', '7'),
      tips(...args, '--seed', '7'),
      tips(...args, '--seed', '8'),
    ]);
    expect(comparable(two)).toBe(comparable(one));
    expect(comparable(other)).not.toBe(comparable(one));
    const result = JSON.parse(one) as TipsResult & { readonly transactionsPerSecond: number };
    expect(result).toMatchObject({ seed: 7, config: { strategy: 'uniform', parents: 3, h: 1, lambda: 50 } });
    expect(result.transactionsPerSecond).toBeGreaterThan(0);
    expect(result.approvers.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4);
  });

  test('does not depend on the unit of time', async () => {
    const [one, other] = await Promise.all([
      tips(...SMALL, '--json'),
      tips('--transactions', '20000', '--lambda', '0.125', '--h', '400', '--json'),
    ]);
    const { config: _, ...result } = JSON.parse(comparable(one)) as TipsResult;
    const { config: __, ...scaled } = JSON.parse(comparable(other)) as TipsResult;
    expect(scaled.pool.mean).toBeCloseTo(result.pool.mean, 2);
    expect(scaled.firstApproval.p50).toBeCloseTo(result.firstApproval.p50 ?? Number.NaN, 2);
  });

  test('reads beside theory without --json, and goes by the name of a scenario', async () => {
    const table = await tips('walk', '--transactions', '5000');
    expect(table).toMatch(/^tips seed 1: strategy walk, lambda 50, .*start window/);
    expect(await tips(...SMALL)).toMatch(/\npool +2\.\d+ +2 +-?[\d.]+ % +lambda h\n/);
  });

  test('takes times that were recorded', async () => {
    const path = join(directory, 'times.csv');
    const times = Array.from({ length: 5_000 }, (_, number) => `${1_000 + number * 0.02},x`);
    await writeFile(path, times.join('\n'));
    const { config, pool } = JSON.parse(await tips('--arrivals', path, '--json')) as TipsResult;
    expect(config).toMatchObject({ arrivals: path, transactions: 5_001 });
    expect(config.lambda).toBeCloseTo(50, 1);
    expect(Math.abs(pool.mean - 2)).toBeLessThan(0.1);
    await writeFile(path, '1\n3\n2\n');
    await expect(tips('--arrivals', path)).rejects.toMatchObject({ stderr: expect.stringContaining('line 3') });
  });
});

test.each([
  [['--strategy', 'best'], 'strategy best: one of quota, uniform, restricted, walk, older'],
  [['--lambda', '0'], 'lambda 0: a number from 0.000001 to 1000000000'],
  [['--parents', '1.5'], 'parents 1.5: an integer from 1 to 16'],
  [['--lambda', '1000', '--h', '1000'], 'lambda 1000 times h 1000 is 1000000: from 0.001 to 100000'],
  [['--lambda', '1000', '--transactions', '1000'], 'transactions 1000: at least 50050 for lambda h = 1000'],
  [['--views', '10000'], 'views 10000: with 100000 transactions from 1 to 335'],
  [['--attack-share', '1'], 'attackShare 1: a number from 0 to 0.99'],
  [['--sweep', 'speed=1'], 'sweep speed=1: no such option; there are seed, strategy'],
  [['--sweep', 'h='], 'sweep h=: values as in h=1,2,3'],
  [['--sweep', 'h=1,2', '--sweep', 'alpha=-1'], 'alpha -1: a number from 0 to 1000'],
  [['--seed', '-1'], 'seed -1: an integer from 0 to 4294967295'],
  [['--json', '--csv'], 'json and csv: one of both'],
  [['storms'], 'storms: no such file, and no scenario of that name'],
])('%j is refused with what is allowed', async (args, allowed) => {
  await expect(tips(...args)).rejects.toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(allowed) });
});

describe('a sweep', () => {
  const GRID = ['--sweep', 'parents=2,3', '--sweep', 'seed=1,2,3', '--transactions', '4000', '--lambda', '20'];

  test('gives all combinations in order, with any number of threads, as rows that theory stands beside', async () => {
    const [one, two] = await Promise.all([
      tips(...GRID, '--csv', '--jobs', '1'),
      tips(...GRID, '--csv', '--jobs', '2'),
    ]);
    expect(two).toBe(one);
    const [header = '', ...rows] = one.trimEnd().split('\n');
    const names = header.split(',');
    expect(names).toContain('poolTheory');
    const column = (name: string): string[] => rows.map((row) => row.split(',')[names.indexOf(name)] ?? '');
    expect(column('seed')).toEqual(['1', '2', '3', '1', '2', '3']);
    expect(column('parents')).toEqual(['2', '2', '2', '3', '3', '3']);
  });

  test('that was killed at any moment and started again leaves the same file', async () => {
    const whole = join(directory, 'whole.jsonl');
    const killed = join(directory, 'killed.jsonl');
    await tips(...GRID, '--out', whole, '--jobs', '2');
    const expected = await readFile(whole);

    const child = spawn(process.execPath, [COMMAND, 'tips', ...GRID, '--out', killed, '--jobs', '2']);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await tips(...GRID, '--out', killed);
    expect(await readFile(killed)).toEqual(expected);

    // In the middle of a line, and after a whole one.
    const lines = expected.toString('utf8').split('\n');
    for (const length of [1, (lines[0] ?? '').length + 1, (lines[0] ?? '').length + 40, expected.length - 1]) {
      await writeFile(killed, expected);
      await truncate(killed, length);
      await tips(...GRID, '--out', killed, '--jobs', '2');
      expect(await readFile(killed)).toEqual(expected);
    }
  });

  test('does not go on with the results of another one', async () => {
    const path = join(directory, 'other.jsonl');
    await tips('--transactions', '4000', '--lambda', '20', '--out', path);
    await expect(tips(...GRID, '--zipf', '1', '--out', path)).rejects.toMatchObject({
      stderr: expect.stringContaining('line 1 is not of this sweep'),
    });
  });

  test('shows a bar on terminals only, and keeps the order whichever worker is faster', async () => {
    let stdout = '';
    let stderr = '';
    const flags: TipsFlags = {
      given: { transactions: 5_000, lambda: 10 },
      seed: '1',
      sweep: ['parents=2,3,4,5'],
      jobs: 2,
      json: true,
      csv: false,
    };
    let started = 0;
    const createWorker = (): TipsWorker => {
      const worker = inlineTipsWorker();
      return {
        ...worker,
        run: async (run) => {
          for (let turns = started++ === 0 ? 50 : 0; turns > 0; turns -= 1) await Promise.resolve();
          return worker.run(run);
        },
      };
    };
    await tipsCommand(flags, {
      version: 'test',
      createWorker,
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: (text: string) => (stderr += text), isTTY: true },
    });
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TipsResult);
    expect(results.map(({ config }) => config.parents)).toEqual([2, 3, 4, 5]);
    expect(stderr).toContain('[########################] 4 of 4 runs');
  });
});
