/**
 * Load on a cluster in open loop: transactions are due at the times of a Poisson process, whatever became of those before,
 * and their latency counts from then. Who signs and sends is senders.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Reader } from '@tangle/sdk';
import type { Random } from '@tangle/simulator';
import type { Cluster } from './cluster.js';
import { machineBusyMs, usageOf } from './process-usage.js';

/** Devices that take turns. */
export interface Senders {
  /** Has the next device send one transaction now; resolves when it is final, with whether the ledger accepted it. */
  send(): Promise<boolean>;
  close(): Promise<void>;
}

/** What a span of load came to, with what the machine did meanwhile. */
export interface LoadSpan {
  /** From when each transaction was due until its device knew that it is final, in that order; without the rejected. */
  readonly latenciesMs: readonly number[];
  readonly transactions: number;
  /** From the first one due until the last one final. */
  readonly seconds: number;
  /** Highest round after less before. */
  readonly rounds: number;
  /** CPU time of all node processes together, of this process, and of everything else on the machine. */
  readonly nodeCpuMs: number;
  readonly loadCpuMs: number;
  readonly otherCpuMs: number;
}

interface CpuTimes {
  readonly nodes: number;
  readonly load: number;
  readonly machine: number;
}

/** Time for everything to become final after the load. */
const PATIENCE_MS = 60_000;

/** @param random decides when transactions are due */
export async function runLoad(
  cluster: Cluster,
  senders: Senders,
  { seconds, rate, random }: { readonly seconds: number; readonly rate: number; readonly random: Random },
): Promise<LoadSpan> {
  const reader = await Reader.open({ genesis: cluster.genesis, nodes: cluster.nodes.map(({ url }) => url) });
  try {
    const { round } = await reader.info();
    const before = await cpuTimes(cluster);
    const startMs = performance.now();
    const endMs = startMs + seconds * 1_000;
    const latencies: Promise<number | null>[] = [];
    for (let dueMs = startMs; dueMs < endMs; dueMs += random.exponential(1_000 / rate)) {
      const aheadMs = dueMs - performance.now();
      if (aheadMs > 0) await sleep(aheadMs);
      latencies.push(latencyOf(senders, dueMs));
    }
    const settled = await within(PATIENCE_MS, Promise.all(latencies));
    if (settled === null) {
      throw new Error(`transactions of the last ${seconds} s are not final ${PATIENCE_MS} ms later`);
    }
    const tookMs = performance.now() - startMs;
    const after = await cpuTimes(cluster);
    const nodeCpuMs = after.nodes - before.nodes;
    const loadCpuMs = after.load - before.load;
    return {
      latenciesMs: settled.filter((latency) => latency !== null),
      transactions: settled.length,
      seconds: tookMs / 1_000,
      rounds: (await reader.info()).round - round,
      nodeCpuMs,
      loadCpuMs,
      otherCpuMs: Math.max(0, after.machine - before.machine - nodeCpuMs - loadCpuMs),
    };
  } finally {
    reader.close();
  }
}

/** Null where it takes longer. */
async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value | null> {
  const stop = new AbortController();
  try {
    return await Promise.race([promise, sleep(ms, null, { signal: stop.signal })]);
  } finally {
    stop.abort();
  }
}

/** Null where the ledger rejected it. */
async function latencyOf(senders: Senders, dueMs: number): Promise<number | null> {
  return (await senders.send()) ? performance.now() - dueMs : null;
}

async function cpuTimes({ nodes }: Cluster): Promise<CpuTimes> {
  const usages = await Promise.all(nodes.map(({ pid }) => usageOf(pid)));
  const { user, system } = process.cpuUsage();
  return {
    nodes: usages.reduce((sum, usage) => sum + (usage?.cpuMs ?? Number.NaN), 0),
    load: (user + system) / 1_000,
    machine: (await machineBusyMs()) ?? Number.NaN,
  };
}
