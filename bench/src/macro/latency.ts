/** Submit-to-final latency at a steady rate: open loop, so that a slow answer never slows the next submission. */
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKey, type Receipt } from '@tangle/sdk';
import { Administrator, Device, readKeyFile } from '@tangle/sdk/node';
import { sodiumCrypto } from '@tangle/node';
import { startCluster } from './cluster.js';
import { quantile } from '../quantile.js';
import { usageOf } from './process-usage.js';

export interface LatencyResult {
  readonly benchmark: 'latency';
  readonly seconds: number;
  readonly transactionsPerSecond: number;
  readonly transactions: number;
  readonly final: number;
  readonly submitToFinalMs: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number };
  /** CPU of all node processes a transaction, milliseconds. */
  readonly nodeCpuMsPerTransaction: number;
}

const DEVICES = 4;
/** The first seconds warm the compilers and are not counted. */
const WARM_UP_SECONDS = 5;

export async function benchLatency(seconds: number, transactionsPerSecond: number): Promise<LatencyResult> {
  const cluster = await startCluster(4);
  const devices: Device[] = [];
  try {
    const administrator = await Administrator.open({
      key: await readKeyFile(cluster.adminKeyFile),
      genesis: cluster.genesis,
      nodes: cluster.nodes.map(({ url }) => url),
    });
    for (let index = 0; index < DEVICES; index++) {
      const url = cluster.nodes[index % cluster.nodes.length]?.url ?? '';
      const device = await Device.open({
        key: generateKey(),
        genesis: cluster.genesis,
        nodes: [url],
        crypto: sodiumCrypto,
      });
      await administrator.register(device.id, { ratePerSecond: transactionsPerSecond });
      devices.push(device);
    }
    await administrator.close();

    await run(devices, WARM_UP_SECONDS, transactionsPerSecond);
    const before = await cpuMsOf(cluster.nodes.map(({ pid }) => pid));
    const latencies = await run(devices, seconds, transactionsPerSecond);
    const after = await cpuMsOf(cluster.nodes.map(({ pid }) => pid));
    const finals = latencies.filter((latency) => latency !== null);
    return {
      benchmark: 'latency',
      seconds,
      transactionsPerSecond,
      transactions: latencies.length,
      final: finals.length,
      submitToFinalMs: {
        p50: quantile(finals, 0.5),
        p90: quantile(finals, 0.9),
        p99: quantile(finals, 0.99),
        max: quantile(finals, 1),
      },
      nodeCpuMsPerTransaction: (after - before) / latencies.length,
    };
  } finally {
    for (const device of devices) await device.close();
    await cluster.stop();
  }
}

/** Latencies in order of submission, null where the ledger rejected. */
async function run(devices: readonly Device[], seconds: number, rate: number): Promise<(number | null)[]> {
  const startMs = performance.now();
  const latencies: Promise<number | null>[] = [];
  for (let index = 0; index < seconds * rate; index++) {
    const dueMs = startMs + (index * 1_000) / rate;
    const aheadMs = dueMs - performance.now();
    if (aheadMs > 1) await sleep(aheadMs);
    const device = devices[index % devices.length];
    if (device === undefined) throw new Error('no devices');
    latencies.push(latencyOf(device.submit({ pressure: 160.2, temperature: 41.7, index }), performance.now()));
  }
  return Promise.all(latencies);
}

async function latencyOf(submitted: Promise<Receipt>, startedMs: number): Promise<number | null> {
  const { outcome } = await (await submitted).final();
  return outcome.status === 'accepted' ? performance.now() - startedMs : null;
}

async function cpuMsOf(pids: readonly number[]): Promise<number> {
  const usages = await Promise.all(pids.map((pid) => usageOf(pid)));
  return usages.reduce((sum, usage) => sum + (usage?.cpuMs ?? 0), 0);
}
