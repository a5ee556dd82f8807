/**
 * Every file-system call of a node on its data directory is made to fail, or to be the last one, in turn: strace does it
 * to a real process. Whatever happens, the process ends with a code or goes on; the next start finds a whole ledger with
 * all that was acknowledged, in the places that were shown.
 *
 * `npm run faults:disk` tries every call; `npm test` a few. Replay: FAULT_ONLY='write 17 EIO' npm run faults:disk
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { TransactionId } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import { initNetwork, loadConfig, loadGenesis } from '../../src/config/index.js';
import { sodiumCrypto as crypto } from '../../src/crypto/index.js';
import { fsck, markFirstStart, openLevelStore, StoreError } from '../../src/store/index.js';
import { randomFrom } from '../store/fixtures.js';

const POINTS = process.env['FAULT_POINTS'] ?? '6';
const SEED = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);
const ONLY = process.env['FAULT_ONLY'];
const PROCESSES = 2;
const PROCESS_FILE = fileURLToPath(new URL('./disk-process.js', import.meta.url));
/** Enough for LevelDB to make a table of its first log. */
const LARGE_TRANSACTIONS = 160;
/** Of a run with a fault that is done after 5 s: beyond it the node hangs. */
const RUN_MS_MAX = 90_000;
const EXIT_DISK = 74;
const EXIT_KILLED = 137;
/** What a node may say of a disk that fails. */
const DISK_CODES: ReadonlySet<string> = new Set([
  'disk-failed',
  'disk-full',
  'store-unreadable',
  'record-corrupt',
  'data-directory-in-use',
  'stopping',
]);
/** Calls that need room on the disk. */
const SPACE_CALLS: ReadonlySet<string> = new Set([
  'openat',
  'write',
  'pwrite64',
  'mkdir',
  'rename',
  'fsync',
  'fdatasync',
]);

const whyNoStrace = tryStrace();
if (whyNoStrace !== null) {
  process.stdout.write(`disk-faults.test.ts is skipped: strace does not work here: ${whyNoStrace}\n`);
}

function tryStrace(): string | null {
  try {
    execFileSync('strace', ['-f', '-qq', '-e', 'inject=openat:error=EIO:when=9999', '-o', '/dev/null', 'true']);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The n-th call of its kind in a thread, and what becomes of it. */
interface Point {
  readonly call: string;
  readonly nth: number;
  readonly fault: 'EIO' | 'ENOSPC' | 'KILL';
}

const nameOf = ({ call, nth, fault }: Point): string => `${call} ${nth} ${fault}`;

type Said =
  | { readonly kind: 'acknowledged'; readonly id: TransactionId }
  | { readonly kind: 'final'; readonly id: TransactionId; readonly position: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'done' };

interface Run {
  readonly code: number;
  readonly said: readonly Said[];
}

/** A network of one, and its node as a process. */
class Bench {
  readonly directory: string;
  readonly dataDirectory: string;
  readonly #configFile: string;
  readonly #adminKeyFile: string;

  private constructor(directory: string, configFile: string, dataDirectory: string, adminKeyFile: string) {
    this.directory = directory;
    this.#configFile = configFile;
    this.dataDirectory = dataDirectory;
    this.#adminKeyFile = adminKeyFile;
  }

  static async create(directory: string): Promise<Bench> {
    const made = await initNetwork({
      directory,
      validators: 1,
      timeMs: Date.now(),
      random: (length) => new Uint8Array(randomBytes(length)),
      markFirstStart,
    });
    const { configFile } = made.nodes[0]!;
    const { dataDirectory } = await loadConfig(configFile);
    return new Bench(directory, configFile, dataDirectory, made.adminKeyFile);
  }

  /** @param tracing arguments of strace; none runs the node without. */
  run(tracing: readonly string[], firstSequence: number, largeTransactions: number): Promise<Run> {
    const sizes = [String(firstSequence), String(largeTransactions)];
    const node = [process.execPath, PROCESS_FILE, this.#configFile, this.#adminKeyFile, ...sizes];
    const [command, ...parameters] = tracing.length === 0 ? node : ['strace', ...tracing, ...node];
    // One thread for all of Node's and LevelDB's calls, so that the n-th is the same call in every run.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
    return new Promise((resolve, reject) => {
      const child = execFile(command!, parameters, {
        env,
        timeout: RUN_MS_MAX,
        killSignal: 'SIGKILL',
        maxBuffer: 1 << 26,
      });
      let stdout = '';
      let stderr = '';
      child.stdout!.on('data', (text: string) => (stdout += text));
      child.stderr!.on('data', (text: string) => (stderr += text));
      child.on('close', (code, signal) => {
        // strace ends as what it traces did.
        const ended = code ?? (signal === 'SIGKILL' && !child.killed ? EXIT_KILLED : -1);
        const lines = stdout.split('\n').filter((line) => line.endsWith('}'));
        if (ended === -1) reject(new Error(`hangs: ${stderr.slice(-2_000)}`));
        else resolve({ code: ended, said: lines.map((line) => JSON.parse(line) as Said) });
      });
    });
  }

  genesis(): Promise<Genesis> {
    return loadGenesis(path.join(this.directory, 'genesis.json'));
  }
}

/** Every call on the data directory of a run without faults, and every path that it names. */
async function survey(scratch: string): Promise<{ readonly points: Point[]; readonly paths: readonly string[] }> {
  const bench = await Bench.create(path.join(scratch, 'survey'));
  const trace = path.join(scratch, 'trace');
  const { said } = await bench.run(['-f', '-qq', '-y', '-e', 'trace=%file,%desc', '-o', trace], 1, LARGE_TRANSACTIONS);
  expect(said.at(-1)).toEqual({ kind: 'done' });
  const paths = new Set<string>();
  const counts = new Map<string, number>();
  for (const line of (await readFile(trace, 'utf8')).split('\n')) {
    const call = /^(?<thread>\d+) +(?<name>\w+)\(/.exec(line)?.groups;
    if (call === undefined || !line.includes(bench.dataDirectory)) continue;
    const key = `${call['thread']} ${call['name']}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const [, found] of line.matchAll(/["<](\/[^">]*)[">]/g)) {
      if (found!.startsWith(bench.dataDirectory)) paths.add(path.relative(bench.dataDirectory, found!));
    }
  }
  const most = new Map<string, number>();
  for (const [key, count] of counts) {
    const name = key.split(' ')[1]!;
    most.set(name, Math.max(most.get(name) ?? 0, count));
  }
  const points: Point[] = [];
  for (const [call, count] of most) {
    const faults = ['EIO', ...(SPACE_CALLS.has(call) ? (['ENOSPC'] as const) : []), 'KILL'] as const;
    for (let nth = 1; nth <= count; nth++) for (const fault of faults) points.push({ call, nth, fault });
  }
  return { points, paths: [...paths] };
}

/** Runs a node with one fault, then without, and looks at what is left each time. Answers how the first run ended. */
async function examine(point: Point, directory: string, paths: readonly string[]): Promise<string> {
  const bench = await Bench.create(directory);
  const { call, nth, fault } = point;
  const effect = fault === 'KILL' ? 'signal=SIGKILL' : `error=${fault}`;
  const injection = ['-e', `trace=${call}`, '-e', `inject=${call}:${effect}:when=${nth}`];
  const watched = paths.flatMap((name) => ['-P', path.join(bench.dataDirectory, name)]);
  // Twice as fast where strace stops at the watched calls alone; but then it sends no signals.
  const speed = fault === 'KILL' ? [] : ['--seccomp-bpf'];
  const tracing = ['-f', '-qq', ...speed, ...watched, ...injection, '-o', '/dev/null'];
  const first = await bench.run(tracing, 1, LARGE_TRANSACTIONS);
  const outcome = outcomeOf(first, fault);
  const acknowledged = first.said.flatMap((said) => (said.kind === 'acknowledged' ? [said.id] : []));
  await expectWhole(bench, acknowledged.length === 0);

  const second = await bench.run([], 900, 0);
  expect(second).toMatchObject({ code: 0 });
  for (const said of second.said) if (said.kind === 'acknowledged') acknowledged.push(said.id);
  await expectWhole(bench, false);
  await expectKept(bench, acknowledged, [...first.said, ...second.said]);
  return outcome;
}

function outcomeOf({ code, said }: Run, fault: Point['fault']): string {
  const last = said.at(-1);
  if (code === 0 && last?.kind === 'done') return 'survived';
  if (code === EXIT_KILLED && fault === 'KILL') return 'killed';
  const failure = said.find((each) => each.kind === 'failed');
  if (code !== EXIT_DISK || failure === undefined || !DISK_CODES.has(failure.code)) {
    throw new Error(`ended with ${code}: ${JSON.stringify(failure)}`);
  }
  return `stopped: ${failure.code}`;
}

/** @param mayBeUnmade where nothing was acknowledged yet, there may be no ledger. */
async function expectWhole(bench: Bench, mayBeUnmade: boolean): Promise<void> {
  try {
    const { findings } = await fsck({ directory: bench.dataDirectory, genesis: await bench.genesis(), crypto });
    const isUnmade = mayBeUnmade && findings[0]?.keySpace === 'identity' && findings[0].code === 'record-missing';
    if (!isUnmade) expect(findings).toEqual([]);
  } catch (error) {
    if (!mayBeUnmade || !(error instanceof StoreError) || error.code !== 'store-unreadable') throw error;
  }
}

async function expectKept(bench: Bench, acknowledged: readonly TransactionId[], said: readonly Said[]): Promise<void> {
  const genesis = await bench.genesis();
  const store = await openLevelStore({ directory: bench.dataDirectory, genesis, crypto });
  try {
    for (const id of acknowledged) expect(await store.final(id)).toMatchObject({ id });
    for (const each of said) {
      if (each.kind !== 'final') continue;
      expect(await store.final(each.id)).toMatchObject({ id: each.id, position: each.position });
    }
    const rounds = new Set<number>();
    for await (const line of store.exportLines(genesis)) {
      if (line.kind !== 'statement') continue;
      expect(rounds.has(line.round), `two statements of round ${line.round}`).toBe(false);
      rounds.add(line.round);
    }
  } finally {
    await store.close();
  }
}

function chosenOf(points: readonly Point[]): Point[] {
  if (ONLY !== undefined) return points.filter((point) => nameOf(point) === ONLY);
  const random = randomFrom(SEED);
  const shuffled = points.map((point) => ({ point, order: random(2 ** 31) })).sort((a, b) => a.order - b.order);
  const drawn = shuffled.map(({ point }) => point);
  return POINTS === 'all' ? drawn : drawn.slice(0, Number(POINTS));
}

test.skipIf(whyNoStrace !== null)(
  `whatever call on its files fails or is the last, a node ends well and keeps all it acknowledged (FAULT_SEED=${SEED})`,
  { timeout: POINTS === 'all' ? 2 ** 31 - 1 : 120_000 + Number(POINTS) * 60_000 },
  async () => {
    const scratch = await mkdtemp(path.join(tmpdir(), 'tangle-faults-'));
    const { points, paths } = await survey(scratch);
    const chosen = chosenOf(points);
    expect(chosen.length).toBeGreaterThan(0);
    const outcomes = new Map<string, number>();
    const failures: string[] = [];
    const queue = chosen.entries();
    const work = async (): Promise<void> => {
      for (const [index, point] of queue) {
        const directory = path.join(scratch, `point-${index}`);
        const key = await examine(point, directory, paths).catch((error: unknown) => {
          failures.push(`FAULT_ONLY='${nameOf(point)}': ${String(error)}\nkept: ${directory}`);
          return 'wrong';
        });
        outcomes.set(`${point.fault} ${key}`, (outcomes.get(`${point.fault} ${key}`) ?? 0) + 1);
        if (key !== 'wrong') await rm(directory, { recursive: true, force: true });
        if (process.env['FAULT_POINTS'] !== undefined && (index + 1) % 50 === 0) {
          process.stdout.write(`${index + 1} of ${chosen.length} calls, ${failures.length} wrong\n`);
        }
      }
    };
    await Promise.all(Array.from({ length: PROCESSES }, work));
    const summary = [...outcomes].map(([outcome, count]) => `${outcome}: ${count}`).sort((a, b) => (a < b ? -1 : 1));
    if (process.env['FAULT_POINTS'] !== undefined) {
      process.stdout.write(`${chosen.length} of ${points.length} calls: ${summary.join(', ')}\n`);
    }
    expect(failures).toEqual([]);
    await rm(scratch, { recursive: true, force: true });
  },
);
