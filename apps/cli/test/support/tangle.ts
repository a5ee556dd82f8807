/** Runs the built command as its users do, and local clusters of it. Everything started here ends with the test file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../bin/tangle.js', import.meta.url));
const DEADLINE_MS = 30_000;
const POLL_INTERVAL_MS = 20;
/** Below the ephemeral range, from which other tests draw. Each test worker has a stretch of its own. */
const PORT_MIN = 20_000;
const PORTS_OF_WORKER = 400;
const WORKERS_MAX = 25;

/** A line of JSON; its fields are looked at where they are expected. */
export type Json = Readonly<Record<string, unknown>>;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** With `--json`: the lines of stdout. */
  readonly json: Json[];
}

export interface RunOptions {
  /** Written to stdin, which is closed then. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A command under way. */
export interface Running {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** Runs `tangle` to its end. */
export function tangle(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return start(args, options).finished;
}

/** Runs `tangle` with `--json` and expects it to succeed. */
export async function tangleJson(...args: readonly string[]): Promise<Json[]> {
  const { code, stderr, json } = await tangle([...args, '--json']);
  if (code !== 0) throw new Error(`tangle ${args.join(' ')} ended with ${code}: ${stderr}`);
  return json;
}

export function start(args: readonly string[], { input, env }: RunOptions = {}): Running {
  const { TANGLE_NODE: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [ENTRY, ...args], { env: { ...inherited, ...env }, stdio: 'pipe' });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A command that fails early does not read its input.
  child.stdin.on('error', () => undefined).end(input ?? '');
  const finished = once(child, 'close').then(([code]): Finished => {
    running.delete(child);
    return { code: code as number | null, stdout, stderr, json: args.includes('--json') ? parseLines(stdout) : [] };
  });
  return { process: child, finished, stdout: () => stdout, stderr: () => stderr };
}

export function parseLines(text: string): Json[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json);
}

/** Polls until the condition holds; throws after a deadline, with what `describe` says. */
export async function until(condition: () => boolean | Promise<boolean>, describe: () => string): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${DEADLINE_MS} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}

/** A local network as `tangle cluster` runs it. */
export interface TestCluster {
  readonly directory: string;
  readonly basePort: number;
  /** API addresses in the order of the nodes. */
  readonly nodes: readonly string[];
  readonly pids: readonly number[];
  readonly adminKey: string;
  readonly command: Running;
  /** SIGTERM to the cluster; resolves when it has ended. */
  stop(): Promise<Finished>;
}

export async function startCluster(directory: string, validators: number, basePort: number): Promise<TestCluster> {
  const size = ['--validators', String(validators), '--base-port', String(basePort)];
  const command = start(['cluster', '--data', directory, ...size, '--json']);
  const readyLines = (): Json[] => parseLines(command.stdout().slice(0, command.stdout().lastIndexOf('\n') + 1));
  await until(
    () => readyLines().length >= validators || command.process.exitCode !== null,
    () => command.stderr(),
  );
  if (command.process.exitCode !== null) throw new Error(`the cluster ended: ${command.stderr()}${command.stdout()}`);
  const ready = readyLines().sort((left, right) => String(left['node']).localeCompare(String(right['node'])));
  return {
    directory,
    basePort,
    nodes: ready.map((line) => String(line['api'])),
    pids: ready.map((line) => Number(line['pid'])),
    adminKey: path.join(directory, 'admin.key'),
    command,
    async stop() {
      command.process.kill('SIGTERM');
      return command.finished;
    },
  };
}

/** A directory that goes with the test file. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tangle-cli-'));
  directories.push(directory);
  return directory;
}

let nextPort =
  PORT_MIN + (Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS_MAX) * PORTS_OF_WORKER + (process.pid % 10) * 40;

/** The first of `count` ports in a row that nobody listens on. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const base = nextPort;
    nextPort += count;
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** To be called in `afterAll`. */
export async function cleanUp(): Promise<void> {
  const left = [...running];
  for (const child of left) child.kill('SIGTERM');
  const alive = left.filter((child) => child.exitCode === null && child.signalCode === null);
  await Promise.all(alive.map((child) => once(child, 'exit')));
  await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
}

const running = new Set<ChildProcess>();
const directories: string[] = [];

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
    });
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
