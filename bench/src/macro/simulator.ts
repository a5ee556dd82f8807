/**
 * How fast the simulated world runs, in simulated seconds a second of this process: seven nodes with modelled signatures,
 * and the fuzzer beside it. By CPU time first, which a busy machine falsifies less than the clock on the wall.
 */
import { DagFuzzer, nullCrypto } from '@tangle/core/testing';
import { expandScenario, fuzzChunk, Random, runSeed, sha256 } from '@tangle/simulator';
import { quantile } from '../quantile.js';

export interface Speed {
  readonly perCpuSecond: number;
  readonly perWallSecond: number;
}

export interface SimulatorResult {
  readonly benchmark: 'simulator';
  /** What one run is: the point that all versions are compared at. */
  readonly point: object;
  readonly runs: number;
  /** Simulated seconds under load; the medians of the runs. */
  readonly simulatedSeconds: Speed;
  readonly messagesPerRun: number;
  /** Random DAGs, each in four views; the medians of the runs. */
  readonly fuzzedDags: Speed;
}

const POINT = {
  name: 'bench',
  weights: [1, 1, 1, 1, 1, 1, 1],
  devices: 7,
  readingsPerSecond: 20,
  durationMs: 60_000,
  quietMs: 10_000,
  network: { delayMinMs: 5, delayMeanMs: 100 },
} as const;
/** Seeds that compilers warm up on; the first run of a process takes half as long again. */
const WARM_UP_RUNS = 1;
const DAGS_PER_RUN = 140;

export async function benchSimulator(runs: number): Promise<SimulatorResult> {
  const worlds: Speed[] = [];
  const dags: Speed[] = [];
  let messagesPerRun = 0;
  const fuzzer = new DagFuzzer(nullCrypto(sha256));
  for (let run = -WARM_UP_RUNS; run < runs; run++) {
    const seed = run + WARM_UP_RUNS + 1;
    const world = await speedOf(POINT.durationMs / 1_000, async () => {
      const result = await runSeed({ run: expandScenario(POINT, new Random(`${seed}/options`)), seed });
      if (result.verdict.kind !== 'Pass') throw new Error(`seed ${seed}: ${JSON.stringify(result.verdict)}`);
      messagesPerRun = result.messages;
    });
    const fuzz = await speedOf(DAGS_PER_RUN, async () => {
      const result = fuzzChunk(fuzzer, { firstSeed: seed * DAGS_PER_RUN, dags: DAGS_PER_RUN });
      if (result.failure !== null) throw new Error(`DAG ${result.failure.seed}: ${result.failure.message}`);
    });
    if (run < 0) continue;
    worlds.push(world);
    dags.push(fuzz);
  }
  return {
    benchmark: 'simulator',
    point: POINT,
    runs,
    simulatedSeconds: medianOf(worlds),
    messagesPerRun,
    fuzzedDags: medianOf(dags),
  };
}

/** CPU time is that of all threads of the process: of the garbage collector and the compilers too. */
async function speedOf(amount: number, work: () => Promise<void>): Promise<Speed> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return {
    perCpuSecond: amount / ((user + system) / 1e6),
    perWallSecond: amount / ((performance.now() - startedMs) / 1_000),
  };
}

function medianOf(speeds: readonly Speed[]): Speed {
  return {
    perCpuSecond: quantile(
      speeds.map(({ perCpuSecond }) => perCpuSecond),
      0.5,
    ),
    perWallSecond: quantile(
      speeds.map(({ perWallSecond }) => perWallSecond),
      0.5,
    ),
  };
}
