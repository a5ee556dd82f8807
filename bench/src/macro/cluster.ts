/** A cluster of real node processes, as an operator starts it: `tangle cluster`. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

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

/** Starts `validators` nodes in a temporary directory and waits until each is ready. */
export async function startCluster(validators: number): Promise<Cluster> {
  const parent = await mkdtemp(path.join(tmpdir(), 'tangle-bench-'));
  const directory = path.join(parent, 'data');
  const options = [
    'cluster',
    '--json',
    '--data',
    directory,
    '--validators',
    `${validators}`,
    '--base-port',
    `${BASE_PORT}`,
  ];
  const child = spawn(process.execPath, [TANGLE, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(parent, { recursive: true, force: true });
  };
  try {
    const nodes = await firstLines(child, validators);
    const genesis = JSON.parse(await readFile(path.join(directory, 'genesis.json'), 'utf8')) as object;
    return { directory, nodes, genesis, adminKeyFile: path.join(directory, 'admin.key'), stop };
  } catch (error) {
    await stop();
    throw error;
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
