/**
 * What the simulator has to be told of this machine, each measured by itself and none of them from a latency of the
 * cluster: synced writes, bytes on a link, a request to a node, and the CPU time of nodes under two loads.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import { quantile } from '../quantile.js';
import type { LoadSpan } from './load.js';
import { startRelay } from './relay.js';

/** Milliseconds. */
export interface Spread {
  readonly mean: number;
  readonly p05: number;
  readonly p50: number;
  readonly p99: number;
}

/** Nodes of the cluster, all of which write to one disk. */
const STORES = 4;
const WRITES = 150;
/** A turn under load: a few vertices and what goes with them. */
const WRITE_OPERATIONS = 12;
const VALUE_BYTES = 250;
/** Mean time of a node between two turns, about. */
const WRITE_PAUSE_MS = 12;
const ECHOES = 200;
const ECHO_PAUSE_MS = 5;
const ECHO_BYTES = 300;
const REQUESTS = 100;
const WARM_UP = 20;

/** Synced batches of LevelDB, by as many stores at once as there are nodes. */
export async function writeTimes(): Promise<Spread> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tangle-bench-'));
  const value = new Uint8Array(VALUE_BYTES).fill(7);
  const timesMs: number[] = [];
  const store = async (index: number): Promise<void> => {
    const database = new ClassicLevel<string, Uint8Array>(path.join(directory, `${index}`), { valueEncoding: 'view' });
    await database.open();
    for (let write = -WARM_UP; write < WRITES; write++) {
      await sleep(WRITE_PAUSE_MS);
      const startedMs = performance.now();
      const batch = database.batch();
      for (let operation = 0; operation < WRITE_OPERATIONS; operation++) batch.put(`${write}/${operation}`, value);
      await batch.write({ sync: true } as object);
      if (write >= 0) timesMs.push(performance.now() - startedMs);
    }
    await database.close();
  };
  try {
    await Promise.all(Array.from({ length: STORES }, (_, index) => store(index)));
    return spreadOf(timesMs);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Half the time of an echo over TCP, behind the relay where there is a delay. */
export async function oneWayTimes(delayMs: number): Promise<Spread> {
  const server = createServer({ noDelay: true }, (socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const relay = delayMs === 0 ? null : await startRelay({ delayMs, targets: [port] });
  const socket = connect({ port: relay?.ports[0] ?? port, host: '127.0.0.1', noDelay: true });
  try {
    const timesMs: number[] = [];
    const message = new Uint8Array(ECHO_BYTES);
    for (let echo = -WARM_UP; echo < ECHOES; echo++) {
      await sleep(ECHO_PAUSE_MS);
      const startedMs = performance.now();
      socket.write(message);
      await once(socket, 'data');
      if (echo >= 0) timesMs.push((performance.now() - startedMs) / 2);
    }
    return spreadOf(timesMs);
  } finally {
    socket.destroy();
    server.close();
    await relay?.stop();
  }
}

/** A request that a node answers at once: what HTTP takes of the way to a node and back. */
export async function requestTimes(url: string): Promise<Spread> {
  const timesMs: number[] = [];
  for (let request = -WARM_UP; request < REQUESTS; request++) {
    await sleep(ECHO_PAUSE_MS);
    const startedMs = performance.now();
    const response = await fetch(`${url}/livez`);
    await response.arrayBuffer();
    if (request >= 0) timesMs.push(performance.now() - startedMs);
  }
  return spreadOf(timesMs);
}

export interface CpuCosts {
  /** CPU time of one node for each transaction of the network, and for each statement of another node. */
  readonly transactionMs: number;
  readonly statementMs: number;
  readonly cores: number;
}

/** From two loads of the same cluster, CPU time taken as so much for each transaction and so much for each statement. */
export function cpuCosts(light: LoadSpan, heavy: LoadSpan, nodes: number): CpuCosts {
  const statementsOf = (span: LoadSpan): number => span.rounds * (nodes - 1) * nodes;
  const [s1, s2] = [statementsOf(light), statementsOf(heavy)];
  const [t1, t2] = [light.transactions * nodes, heavy.transactions * nodes];
  const determinant = s1 * t2 - s2 * t1;
  const statementMs = (light.nodeCpuMs * t2 - heavy.nodeCpuMs * t1) / determinant;
  const transactionMs = (s1 * heavy.nodeCpuMs - s2 * light.nodeCpuMs) / determinant;
  // What compilers still do in the first span may make one of them look free.
  return {
    transactionMs: Math.max(0, transactionMs),
    statementMs: Math.max(0, statementMs),
    cores: availableParallelism(),
  };
}

export function spreadOf(timesMs: readonly number[]): Spread {
  return {
    mean: timesMs.reduce((sum, ms) => sum + ms, 0) / timesMs.length,
    p05: quantile(timesMs, 0.05),
    p50: quantile(timesMs, 0.5),
    p99: quantile(timesMs, 0.99),
  };
}
