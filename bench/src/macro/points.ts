/**
 * What a cluster of real processes does at a rate: throughput, latency from when a transaction was due, and the CPU time of
 * a node for each final transaction beside one libsodium verify of the same run. Owns a point and how two are compared.
 */
import { availableParallelism } from 'node:os';
import { Random } from '@tangle/simulator';
import { verifyMicroseconds } from '../micro/reference.js';
import { quantile } from '../quantile.js';
import { startCluster, type Cluster } from './cluster.js';
import { runLoad, type LoadSpan, type Senders } from './load.js';
import { usageOf } from './process-usage.js';
import { openSdkSenders } from './senders.js';

export interface PointOptions {
  readonly nodes: number;
  /** Transactions a second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface PointResult extends PointOptions {
  readonly benchmark: 'cluster';
  readonly method: string;
  readonly transactions: number;
  readonly rejected: number;
  /** Over the time from the first one due until the last one final. */
  readonly finalPerSecond: number;
  readonly submitToFinalMs: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number };
  /** p50 of the last third over p50 of the first: a backlog that grows shows as more than 1. */
  readonly growth: number;
  readonly isSustained: boolean;
  readonly roundsPerSecond: number;
  /** CPU time of one node, all its threads, for each final transaction; and that over one verify. */
  readonly cpuMicroseconds: number;
  readonly cpuPerVerify: number;
  readonly verifyMicroseconds: number;
  /** Of all cores of the machine while it was measured. */
  readonly busyShare: { readonly nodes: number; readonly load: number; readonly others: number };
  readonly residentMiBMax: number;
}

const WARM_UP_SECONDS = 10;
/** Of p50, over the run, that is no growth yet. */
const GROWTH_MAX = 1.5;
const METHOD =
  'real node processes on one machine, durable writes; open loop, Poisson; latency from when a transaction was due until ' +
  'the final event is with who sent it; CPU of all threads of the nodes by the kernel';

export async function measurePoint(options: PointOptions): Promise<PointResult> {
  const { nodes, rate, seconds } = options;
  const verify = verifyMicroseconds();
  const cluster = await startCluster(nodes);
  let senders: Senders | null = null;
  try {
    senders = await openSdkSenders(cluster, rate);
    const random = new Random(`${nodes}/${rate}`);
    await runLoad(cluster, senders, { seconds: WARM_UP_SECONDS, rate, random });
    const span = await runLoad(cluster, senders, { seconds, rate, random });
    return summarise(options, span, verify, await residentMiBMax(cluster));
  } finally {
    await senders?.close();
    await cluster.stop();
  }
}

function summarise(options: PointOptions, span: LoadSpan, verify: number, residentMiB: number): PointResult {
  const { latenciesMs } = span;
  const third = Math.ceil(latenciesMs.length / 3);
  const growth = quantile(latenciesMs.slice(-third), 0.5) / quantile(latenciesMs.slice(0, third), 0.5);
  const cpuMicroseconds = (span.nodeCpuMs * 1_000) / latenciesMs.length / options.nodes;
  const busyShare = (cpuMs: number): number => cpuMs / (span.seconds * 1_000 * availableParallelism());
  return {
    benchmark: 'cluster',
    method: METHOD,
    ...options,
    transactions: span.transactions,
    rejected: span.transactions - latenciesMs.length,
    finalPerSecond: latenciesMs.length / span.seconds,
    submitToFinalMs: {
      p50: quantile(latenciesMs, 0.5),
      p90: quantile(latenciesMs, 0.9),
      p99: quantile(latenciesMs, 0.99),
      max: quantile(latenciesMs, 1),
    },
    growth,
    isSustained: growth <= GROWTH_MAX,
    roundsPerSecond: span.rounds / span.seconds,
    cpuMicroseconds,
    cpuPerVerify: cpuMicroseconds / verify,
    verifyMicroseconds: verify,
    busyShare: {
      nodes: busyShare(span.nodeCpuMs),
      load: busyShare(span.loadCpuMs),
      others: busyShare(span.otherCpuMs),
    },
    residentMiBMax: residentMiB,
  };
}

async function residentMiBMax(cluster: Cluster): Promise<number> {
  const usages = await Promise.all(cluster.nodes.map(({ pid }) => usageOf(pid)));
  return Math.round(Math.max(...usages.map((usage) => usage?.residentBytes ?? Number.NaN)) / 2 ** 20);
}

/** New over old of the same point; null where there is no such point among the old. */
export interface PointChange extends Pick<PointOptions, 'nodes' | 'rate'> {
  readonly benchmark: 'cluster-change';
  readonly finalPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuPerVerify: number;
}

export function comparePoint(now: PointResult, before: readonly PointResult[]): PointChange | null {
  const { nodes, rate } = now;
  const old = before.find((point) => point.nodes === nodes && point.rate === rate);
  if (old === undefined) return null;
  return {
    benchmark: 'cluster-change',
    nodes,
    rate,
    finalPerSecond: now.finalPerSecond / old.finalPerSecond,
    p50: now.submitToFinalMs.p50 / old.submitToFinalMs.p50,
    p99: now.submitToFinalMs.p99 / old.submitToFinalMs.p99,
    cpuPerVerify: now.cpuPerVerify / old.cpuPerVerify,
  };
}
