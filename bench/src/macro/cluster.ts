/** A cluster of real node processes, as an operator starts it: `tangle init`, `tangle cluster`. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startRelay, type Relay } from './relay.js';

const TANGLE = fileURLToPath(new URL('../../../apps/cli/bin/tangle.js', import.meta.url));
const BASE_PORT = 19_410;

export interface ClusterNode {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

export interface Cluster {
  readonly directory: string;
  readonly nodes: readonly ClusterNode[];
  readonly genesis: object;
  readonly adminKeyFile: string;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** What every byte between two nodes takes longer, one way; at 0 they are connected directly. Default 0. */
  readonly delayMs?: number;
}

/** Starts `validators` nodes in a temporary directory and waits until each is ready. */
export async function startCluster(validators: number, { delayMs = 0 }: ClusterOptions = {}): Promise<Cluster> {
  const parent = await mkdtemp(path.join(tmpdir(), 'tangle-bench-'));
  const directory = path.join(parent, 'data');
  let relay: Relay | null = null;
  let child: ChildProcess | null = null;
  const stop = async (): Promise<void> => {
    if (child !== null) await end(child);
    await relay?.stop();
    await rm(parent, { recursive: true, force: true });
  };
  try {
    const size = ['--validators', `${validators}`, '--base-port', `${BASE_PORT}`];
    await promisify(execFile)(process.execPath, [TANGLE, 'init', directory, '--json', ...size]);
    const names = Array.from({ length: validators }, (_, index) => `node-${index}`);
    if (delayMs > 0) {
      relay = await startRelay({ delayMs, targets: names.map((_, index) => BASE_PORT + 2 * index + 1) });
      await connectThrough(relay, directory, names);
    }
    child = spawn(process.execPath, [TANGLE, 'cluster', '--json', '--data', directory], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const nodes = await firstLines(child, validators);
    const genesis = JSON.parse(await readFile(path.join(directory, 'genesis.json'), 'utf8')) as object;
    return { directory, nodes, genesis, adminKeyFile: path.join(directory, 'admin.key'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface PeersConfig {
  readonly peers: { readonly addresses: Readonly<Record<string, string>> };
}

/** Every node dials the relay in place of its peers. */
async function connectThrough(relay: Relay, directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const file = path.join(directory, name, 'config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as PeersConfig;
    const addresses = Object.fromEntries(
      Object.keys(config.peers.addresses).map((peer) => [peer, `127.0.0.1:${relay.ports[names.indexOf(peer)]}`]),
    );
    await writeFile(file, JSON.stringify({ ...config, peers: { ...config.peers, addresses } }));
  }
}

async function firstLines(child: ChildProcess, count: number): Promise<ClusterNode[]> {
  const nodes: ClusterNode[] = [];
  if (child.stdout === null) throw new Error('the cluster has no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const { node, api, pid } = JSON.parse(line) as {
      readonly node: string;
      readonly api: string;
      readonly pid: number;
    };
    nodes.push({ name: node, url: api, pid });
    if (nodes.length === count) return nodes;
  }
  throw new Error(`the cluster ended after ${nodes.length} of ${count} nodes`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
