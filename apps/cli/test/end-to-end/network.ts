/**
 * A network of real node processes for tests that kill them: `tangle init`, then one `tangle node` each, as an operator
 * without `tangle cluster` would run them.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { Reader } from '@tangle/sdk';
import type { NodeInfo } from '@tangle/sdk';
import {
  cleanUp,
  freePorts,
  start,
  tangleJson,
  temporaryDirectory,
  type Finished,
  type Running,
} from '../support/tangle.js';

const DEADLINE_MS = 60_000;
const POLL_MS = 25;

/** Waits until `condition` answers something other than undefined or false, and hands that on. */
export async function eventually<Value>(
  what: string,
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
): Promise<Value> {
  const untilMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > untilMs) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export class Network {
  readonly directory: string;
  readonly genesis: object;
  /** Of the validators. */
  readonly urls: readonly string[];
  /** Their indexes follow the validators'. */
  readonly #observers: { readonly name: string; readonly url: string }[] = [];
  readonly #nodes = new Map<number, Running>();

  private constructor(directory: string, genesis: object, urls: readonly string[]) {
    this.directory = directory;
    this.genesis = genesis;
    this.urls = urls;
  }

  static async create(validators: number): Promise<Network> {
    const directory = path.join(await temporaryDirectory(), 'net');
    const basePort = await freePorts(2 * validators);
    await tangleJson('init', directory, '--validators', `${validators}`, '--base-port', `${basePort}`);
    const genesis = JSON.parse(await readFile(path.join(directory, 'genesis.json'), 'utf8')) as object;
    const urls = Array.from({ length: validators }, (_, index) => `http://127.0.0.1:${basePort + 2 * index}`);
    return new Network(directory, genesis, urls);
  }

  /** Makes an observer that every validator lets in once it starts; its index. */
  async addObserver(name: string, ...options: readonly string[]): Promise<number> {
    const port = await freePorts(1);
    const configs = this.urls.map((_, index) => path.join(this.directoryOf(index), 'config.json'));
    const validators = this.urls.flatMap((url, index) => {
      const peers = Number(new URL(url).port) + 1;
      return ['--validator', `node-${index}=127.0.0.1:${peers}`];
    });
    const genesis = ['--genesis', path.join(this.directory, 'genesis.json'), '--api-port', `${port}`];
    const directory = path.join(this.directory, name);
    const made = await tangleJson('observer', 'init', directory, '--name', name, ...genesis, ...validators, ...options);
    await tangleJson('observer', 'allow', ...configs, '--name', name, '--key', String(made[0]?.['key']));
    this.#observers.push({ name, url: `http://127.0.0.1:${port}` });
    return this.urls.length + this.#observers.length - 1;
  }

  get adminKeyFile(): string {
    return path.join(this.directory, 'admin.key');
  }

  directoryOf(index: number): string {
    return path.join(this.directory, this.#observers[index - this.urls.length]?.name ?? `node-${index}`);
  }

  urlOf(index: number): string {
    return this.urls[index] ?? this.#observers[index - this.urls.length]?.url ?? '';
  }

  /** Starts a node and waits for nothing. */
  launch(index: number): Running {
    const node = start(['node', '--config', path.join(this.directoryOf(index), 'config.json')]);
    this.#nodes.set(index, node);
    return node;
  }

  /** Starts a node and waits until it serves; ready (a quorum connected) is for the caller. */
  async start(index: number): Promise<void> {
    const node = this.launch(index);
    await eventually(`node ${index} serves`, async () => {
      if (node.process.exitCode !== null) throw new Error(`node ${index} ended: ${node.stderr()}`);
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

  /** Waits until a node has ended by itself, and says how. */
  async ended(index: number): Promise<Finished> {
    const node = this.#nodes.get(index);
    if (node === undefined) throw new Error(`node ${index} does not run`);
    this.#nodes.delete(index);
    return node.finished;
  }

  /** Ends a node by a signal and waits until it is gone. */
  async end(index: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<Finished> {
    this.#nodes.get(index)?.process.kill(signal);
    return this.ended(index);
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

  async endAll(): Promise<void> {
    await Promise.all([...this.#nodes.keys()].map((index) => this.end(index, 'SIGKILL')));
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

/**
 * Runs a network of so many validators for each test of the calling file, and gives it once a test runs.
 *
 * @param prepare what is done to its directory before the nodes start.
 */
export function useNetwork(
  validators: number,
  prepare: (network: Network) => Promise<void> = () => Promise.resolve(),
): () => Network {
  let running: Network | null = null;
  beforeEach(async () => {
    running = await Network.create(validators);
    await prepare(running);
    await running.startAll();
  }, DEADLINE_MS);
  afterEach(async () => {
    await running?.endAll();
    running = null;
    await cleanUp();
  });
  return () => {
    if (running === null) throw new Error('the network runs only while a test does');
    return running;
  };
}
