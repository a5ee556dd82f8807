/** The command, and what it promises of files, seeds and errors. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { latencyCommand, type LatencyFlags } from '../../src/latency/command.js';
import { completeOptions } from '../../src/latency/options.js';
import { plotResults, readResults, reportPage } from '../../src/latency/report.js';
import { inlineLatencyWorker } from '../../src/latency/worker.js';

const execute = promisify(execFile);
const COMMAND = fileURLToPath(new URL('../../bin/tangle-sim.js', import.meta.url));
const GALLERY = fileURLToPath(new URL('../../scenarios/gallery/', import.meta.url));

const SMALL = { nodes: 4, network: 'metro', rate: 40, duration: 0.6, warmup: 0.1, devices: 4 };
const GRID = ['loss=0,0.1', 'rate=20,40', 'seed=1,2'];

vi.setConfig({ testTimeout: 120_000 });

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tangle-latency-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** Runs in this process; the answer is what was printed. */
async function latency(flags: Partial<LatencyFlags>, version = 'test'): Promise<{ stdout: string; stderr: string }> {
  const printed = { stdout: '', stderr: '' };
  await latencyCommand(
    { given: SMALL, seed: '1', sweep: [], jobs: 1, json: false, csv: false, ...flags },
    {
      version,
      createWorker: inlineLatencyWorker,
      stdout: { write: (text: string) => (printed.stdout += text) },
      stderr: { write: (text: string) => (printed.stderr += text), isTTY: true },
    },
  );
  return printed;
}

test('a run in a process of its own prints one JSON object, with seed, options and version', async () => {
  const args = Object.entries(SMALL).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const { stdout } = await execute(process.execPath, [COMMAND, 'latency', ...args, '--seed', '7', '--json']);
  const { seconds, transactionsPerSecond, ...result } = JSON.parse(stdout) as Record<string, unknown>;
  expect(seconds).toBeGreaterThan(0);
  expect(transactionsPerSecond).toBeGreaterThan(0);
  expect(result).toMatchObject({ kind: 'latency', seed: 7, version: '0.1.0', config: completeOptions(SMALL) });
  // Another process, another thread: the same bytes.
  const path = join(directory, 'one.jsonl');
  await latency({ seed: '7', out: path }, '0.1.0');
  expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify(result)}\n`);
});

test('a run reads as tables of quantiles and stages', async () => {
  const { stdout } = await latency({});
  expect(stdout).toMatch(/^latency seed 1: nodes 4, network metro, /);
  expect(stdout).toMatch(/\nfinal at the gateway( +[\d.]+){7}\n/);
  expect(stdout).toMatch(/\nfinal at all nodes( +[\d.]+){7}\n/);
  expect(stdout).toMatch(/\ncovered +[\d.]+ +[\d.]+ +[\d.]+ +until a statement covers it\n/);
});

describe('a sweep', () => {
  test('gives all combinations in order, and a bar on terminals', async () => {
    const { stdout, stderr } = await latency({ sweep: GRID, csv: true, jobs: 2 });
    const [header = '', ...rows] = stdout.trimEnd().split('\n');
    const names = header.split(',');
    const column = (name: string): string[] => rows.map((row) => row.split(',')[names.indexOf(name)] ?? '');
    expect(column('seed')).toEqual(['1', '2', '1', '2', '1', '2', '1', '2']);
    expect(column('rate')).toEqual(['20', '20', '40', '40', '20', '20', '40', '40']);
    for (const value of column('gateway.p99')) expect(Number(value)).toBeGreaterThan(10);
    expect(stderr).toContain('8 of 8 runs');
  });

  test('that was cut off anywhere goes on to the same bytes', async () => {
    const path = join(directory, 'cut.jsonl');
    const flags = { sweep: ['rate=20,40'], out: path };
    await latency(flags);
    const whole = await readFile(path);
    const firstLine = whole.indexOf('\n') + 1;
    for (const length of [0, 10, firstLine, firstLine + 40, whole.length - 1]) {
      await writeFile(path, whole);
      await truncate(path, length);
      await latency(flags);
      expect(await readFile(path)).toEqual(whole);
    }
    await expect(latency({ ...flags, given: { ...SMALL, loss: 0.2 } })).rejects.toThrow('line 1 is not of this sweep');
  });

  test('becomes a page with distributions, latency over what was swept, and stages', async () => {
    const path = join(directory, 'report.jsonl');
    await latency({ sweep: GRID, out: path });
    const results = readResults(await readFile(path, 'utf8'));
    expect(results).toHaveLength(8);
    const figures = plotResults(results);
    expect(figures.map(({ name }) => name)).toEqual([
      'cdf-gateway',
      'cdf-everywhere',
      'gateway-p50',
      'gateway-p95',
      'gateway-p99',
      'stages',
    ]);
    for (const { svg } of figures) expect(svg).toMatch(/^<svg [^]*<\/svg>$/);
    const page = reportPage(results, figures);
    expect(page.match(/<svg /g)).toHaveLength(figures.length);
    expect(page).not.toMatch(/<(?:script|link|img|iframe)|(?:src|href)=/);

    const out = join(directory, 'report.html');
    const { stdout } = await execute(process.execPath, [COMMAND, 'report', path, '--out', out]);
    expect(stdout).toBe(`${out}: 8 runs, 6 figures\n`);
    expect(() => readResults('{"seed":1}\n')).toThrow('line 1: a result that latency --out or --json wrote');
  });
});

test.each([
  [{ nodes: 0 }, 'nodes 0: an integer from 1 to 128'],
  [{ network: 'moon' }, 'network moon: one of wan10, lan, metro, uniform'],
  [{ link: 'fax' }, 'link fax: one of lan, lte, nb-iot, none'],
  [{ strategy: 'nice' }, 'strategy nice: one of silent, '],
  [{ loss: 1 }, 'loss 1: a number from 0 to 0.9'],
  [{ nodes: 10, crashed: 2, byzantine: 2 }, 'crashed 2 and byzantine 2: of 10 nodes 3 at most, together'],
  [{ nodes: 4, crashed: 1, churn: 1 }, 'churn 1: another node is down at times, and of 4 nodes 1 may be faulty, 1 are'],
  [{ duration: 2, warmup: 2 }, 'warmup 2: less than the duration 2'],
  [{ duration: 10, rate: 1, batch: 100 }, 'rate 1: at least 10, for one transaction in 10 s'],
  [{ nodes: 100, rate: 1_000_000 }, 'transactions: 40000 at most for 100 nodes'],
  [{ speed: 1 }, 'speed: no such option; there are nodes, network, '],
])('%j is refused with what is allowed', (given, allowed) => {
  expect(() => completeOptions(given)).toThrow(allowed);
});

test('refusals reach the terminal without a stack', async () => {
  await expect(execute(process.execPath, [COMMAND, 'latency', 'storms'])).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'error: storms: no such file, and no scenario of that name\n',
  });
  await expect(execute(process.execPath, [COMMAND, 'latency', '--sweep', 'speed=1'])).rejects.toMatchObject({
    stderr: expect.stringContaining('sweep speed=1: no such option; there are seed, nodes'),
  });
});

test('the gallery holds ten scenarios that can be run, each with a sentence of what it shows', async () => {
  const files = await readdir(GALLERY);
  expect(files).toHaveLength(10);
  for (const file of files) {
    const { about, ...given } = JSON.parse(await readFile(join(GALLERY, file), 'utf8')) as Record<string, unknown>;
    expect(about).toMatch(/^[A-Z].{30,}\.$/);
    expect(completeOptions(given)).toMatchObject(given);
  }
});
