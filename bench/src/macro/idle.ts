/** What a cluster costs while nothing happens, and how fast one reading wakes it (PROTOCOL 4: quiescent). */
import { setTimeout as sleep } from 'node:timers/promises';
import { Device, readKeyFile } from '@tangle/sdk/node';
import { Reader } from '@tangle/sdk';
import { startCluster } from './cluster.js';
import { usageOf } from './process-usage.js';

export interface IdleResult {
  readonly benchmark: 'idle';
  readonly seconds: number;
  readonly nodes: readonly {
    readonly name: string;
    readonly cpuPercent: number;
    readonly writtenBytes: number;
    readonly roundsIssued: number;
    readonly residentMiB: number;
  }[];
  /** Submit to final of one reading sent to each node in turn after a pause, milliseconds. */
  readonly wakeMs: readonly number[];
}

const SETTLE_MS = 5_000;
const PAUSE_MS = 3_000;

export async function benchIdle(seconds: number): Promise<IdleResult> {
  const cluster = await startCluster(4);
  try {
    const key = await readKeyFile(cluster.adminKeyFile);
    const warm = await Device.open({ key, genesis: cluster.genesis, nodes: cluster.nodes.map(({ url }) => url) });
    await (await warm.submit({ warm: 1 })).accepted();
    await warm.close();
    await sleep(SETTLE_MS);

    const rounds = await Promise.all(cluster.nodes.map(({ url }) => roundOf(url, cluster.genesis)));
    const before = await Promise.all(cluster.nodes.map(({ pid }) => usageOf(pid)));
    await sleep(seconds * 1_000);
    const after = await Promise.all(cluster.nodes.map(({ pid }) => usageOf(pid)));
    const roundsAfter = await Promise.all(cluster.nodes.map(({ url }) => roundOf(url, cluster.genesis)));

    const wakeMs: number[] = [];
    for (const { url } of cluster.nodes) {
      const device = await Device.open({ key, genesis: cluster.genesis, nodes: [url] });
      await sleep(PAUSE_MS);
      const startedMs = performance.now();
      await (await device.submit({ wake: wakeMs.length })).final();
      wakeMs.push(Math.round(performance.now() - startedMs));
      await device.close();
    }
    return {
      benchmark: 'idle',
      seconds,
      nodes: cluster.nodes.map(({ name }, index) => ({
        name,
        cpuPercent: ((after[index]?.cpuMs ?? 0) - (before[index]?.cpuMs ?? 0)) / (seconds * 10),
        writtenBytes: (after[index]?.writtenBytes ?? 0) - (before[index]?.writtenBytes ?? 0),
        roundsIssued: (roundsAfter[index] ?? 0) - (rounds[index] ?? 0),
        residentMiB: Math.round((after[index]?.residentBytes ?? 0) / 2 ** 20),
      })),
      wakeMs,
    };
  } finally {
    await cluster.stop();
  }
}

async function roundOf(url: string, genesis: object): Promise<number> {
  const reader = await Reader.open({ genesis, nodes: [url] });
  try {
    return (await reader.info()).round;
  } finally {
    reader.close();
  }
}
