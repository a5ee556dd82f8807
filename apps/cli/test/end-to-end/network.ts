/**
 * A network of real node processes for tests that kill them: `tangle init`, then one `tangle node` each, as an operator
 * without `tangle cluster` would run them. Everything ends with the test, whatever it did.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Reader } from '@tangle/sdk';
import type { NodeInfo } from '@tangle/sdk';

const TANGLE = fileURLToPath(new URL('../../bin/tangle.js', import.meta.url));
const DEADLINE_MS = 60_000;
const POLL_MS = 25;

/** Waits until `condition` answers something other than undefined or false. */
export async function eventually<Value>(
  what: string,
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
  deadlineMs = DEADLINE_MS,
): Promise<Value> {
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > untilMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tangle` to its end. */
export async function tangle(...options: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [TANGLE, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

export class Network {
  readonly directory: string;
  readonly genesis: object;
  readonly urls: readonly string[];
  readonly #parent: string;
  readonly #nodes = new Map<number, ChildProcess>();

  private constructor(parent: string, directory: string, genesis: object, urls: readonly string[]) {
    this.#parent = parent;
    this.directory = directory;
    this.genesis = genesis;
    this.urls = urls;
  }

  static async create(validators: number): Promise<Network> {
    const parent = await mkdtemp(path.join(tmpdir(), 'tangle-end-to-end-'));
    const directory = path.join(parent, 'net');
    const basePort = await freePorts(2 * validators);
    const made = await tangle('init', directory, '--validators', `${validators}`, '--base-port', `${basePort}`);
    if (made.exitCode !== 0) throw new Error(made.stderr);
    const genesis = JSON.parse(await readFile(path.join(directory, 'genesis.json'), 'utf8')) as object;
    const urls = Array.from({ length: validators }, (_, index) => `http://127.0.0.1:${basePort + 2 * index}`);
    return new Network(parent, directory, genesis, urls);
  }

  get adminKeyFile(): string {
    return path.join(this.directory, 'admin.key');
  }

  dataDirectoryOf(index: number): string {
    return path.join(this.directory, `node-${index}`);
  }

  urlOf(index: number): string {
    return this.urls[index] ?? '';
  }

  /** Starts a node and waits until it serves; ready (a quorum connected) is for the caller. */
  async start(index: number): Promise<void> {
    const config = path.join(this.directory, `node-${index}`, 'config.json');
    const child = spawn(process.execPath, [TANGLE, 'node', '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    const stderr = collect(child.stderr);
    this.#nodes.set(index, child);
    await eventually(`node ${index} serves`, async () => {
      if (child.exitCode !== null) throw new Error(`node ${index} ended with ${child.exitCode}: ${stderr()}`);
      return this.#answers(index, '/livez');
    });
  }

  async startAll(): Promise<void> {
    await Promise.all(this.urls.map((_, index) => this.start(index)));
    await Promise.all(this.urls.map((_, index) => this.ready(index)));
  }

  async ready(index: number): Promise<void> {
    await eventually(`node ${index} is ready`, () => this.#answers(index, '/readyz'));
  }

  /** Ends a node by a signal and waits until it is gone. */
  async end(index: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#nodes.get(index);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    this.#nodes.delete(index);
  }

  async info(index: number): Promise<NodeInfo> {
    const reader = await Reader.open({ genesis: this.genesis, nodes: [this.urlOf(index)] });
    try {
      return await reader.info();
    } finally {
      reader.close();
    }
  }

  /** Waits until these nodes stand at one commit with one state and nothing open, and says where. */
  async agreement(indexes: readonly number[]): Promise<NodeInfo> {
    return eventually('the nodes agree', async () => {
      const infos = await Promise.all(indexes.map((index) => this.info(index)));
      const standings = new Set(infos.map(({ commit }) => `${commit.index} ${commit.digest} ${commit.stateDigest}`));
      return standings.size === 1 && infos.every(({ pending }) => pending === 0) && infos[0];
    });
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#nodes.keys()].map((index) => this.end(index, 'SIGKILL')));
    await rm(this.#parent, { recursive: true, force: true });
  }

  async #answers(index: number, route: string): Promise<boolean> {
    try {
      return (await fetch(this.urlOf(index) + route)).ok;
    } catch {
      // Not listening yet.
      return false;
    }
  }
}

/** A range of ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    // Below the range from which the system takes ports for outgoing connections.
    const base = 10_000 + Math.floor(Math.random() * 20_000);
    const ports = Array.from({ length: count }, (_, offset) => base + offset);
    if ((await Promise.all(ports.map((port) => isFree(port)))).every(Boolean)) return base;
  }
  throw new Error(`found no ${count} free ports in a row`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-65_536 * 64);
  });
  return () => text;
}
