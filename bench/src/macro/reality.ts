/**
 * Whether the simulator's network level predicts what real processes show: submit-to-final at the same load, nodes
 * connected directly over loopback and through a relay that delays. The simulator is told what `calibration.ts` measures
 * and nothing of any latency of the cluster. Machines are noisy: of several runs, real and simulated in turn, medians count.
 */
import { completeLatencyOptions, Random, runLatency } from '@tangle/simulator';
import { quantile } from '../quantile.js';
import { cpuCosts, oneWayTimes, requestTimes, type CpuCosts, type Spread, writeTimes } from './calibration.js';
import { startCluster } from './cluster.js';
import { runLoad, type LoadSpan, type Senders } from './load.js';
import { openSdkSenders } from './senders.js';

/** Milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

export interface RealityRun {
  readonly real: Quantiles;
  readonly predicted: Quantiles;
  readonly transactions: number;
  readonly roundsPerSecond: { readonly real: number; readonly predicted: number };
  readonly calibration: {
    readonly writeMs: Spread;
    readonly oneWayMs: Spread;
    readonly requestMs: Spread;
    readonly cpu: CpuCosts;
  };
  /** Of all cores of the machine, in the measured span: nodes, the devices with what measures, and everything else. */
  readonly busyShare: { readonly nodes: number; readonly load: number; readonly others: number };
}

export interface RealityCase {
  readonly name: 'loopback' | 'relay';
  /** That the relay adds, one way. */
  readonly delayMs: number;
  /** Medians of the runs; ratios are predicted over real. */
  readonly real: Quantiles;
  readonly predicted: Quantiles;
  readonly ratio: Quantiles;
  readonly isWithin: boolean;
  readonly runs: readonly RealityRun[];
}

export interface RealityResult {
  readonly benchmark: 'reality';
  readonly method: string;
  readonly nodes: number;
  readonly transactionsPerSecond: number;
  readonly seconds: number;
  readonly allowed: { readonly p50: readonly [number, number]; readonly p99: readonly [number, number] };
  readonly cases: readonly RealityCase[];
  readonly isWithin: boolean;
}

export interface RealityOptions {
  readonly seconds: number;
  readonly rate: number;
  readonly runs: number;
  readonly delayMs: number;
}

const NODES = 4;
const WARM_UP_SECONDS = 15;
const LIGHT_SECONDS = 10;
/** Of the rate, for the second load that CPU time is measured at. */
const LIGHT_SHARE = 0.1;
/** Of what is real, that the prediction may be. */
const ALLOWED = { p50: [0.75, 1.25], p99: [1 / 1.5, 1.5] } as const;
const METHOD =
  'medians of the runs; latency from when a transaction was due (Poisson, open loop) until its device has the final event; ' +
  'the prediction is the latency at the gateway of tangle-sim latency with the calibrated options, plus one HTTP round trip';

export async function benchReality(options: RealityOptions): Promise<RealityResult> {
  const runs: { readonly [Name in RealityCase['name']]: RealityRun[] } = { loopback: [], relay: [] };
  for (let run = 1; run <= options.runs; run++) {
    runs.loopback.push(await runOnce(options, 0, run));
    runs.relay.push(await runOnce(options, options.delayMs, run));
  }
  const cases = [caseOf('loopback', 0, runs.loopback), caseOf('relay', options.delayMs, runs.relay)];
  return {
    benchmark: 'reality',
    method: METHOD,
    nodes: NODES,
    transactionsPerSecond: options.rate,
    seconds: options.seconds,
    allowed: ALLOWED,
    cases,
    isWithin: cases.every(({ isWithin }) => isWithin),
  };
}

async function runOnce({ seconds, rate }: RealityOptions, delayMs: number, run: number): Promise<RealityRun> {
  const writeMs = await writeTimes();
  const oneWayMs = await oneWayTimes(delayMs);
  const { requestMs, light, heavy } = await measureCluster({ seconds, rate, delayMs, run });
  const calibration = { writeMs, oneWayMs, requestMs, cpu: cpuCosts(light, heavy, NODES) };
  const { quantiles, roundsPerSecond } = await predict(calibration, { seconds, rate, run });
  const busyShare = (cpuMs: number): number => cpuMs / (heavy.seconds * 1_000 * calibration.cpu.cores);
  return {
    real: quantilesOf(heavy.latenciesMs),
    predicted: quantiles,
    transactions: heavy.transactions,
    roundsPerSecond: { real: heavy.rounds / heavy.seconds, predicted: roundsPerSecond },
    calibration,
    busyShare: {
      nodes: busyShare(heavy.nodeCpuMs),
      load: busyShare(heavy.loadCpuMs),
      others: busyShare(heavy.otherCpuMs),
    },
  };
}

interface Measured {
  readonly requestMs: Spread;
  readonly light: LoadSpan;
  readonly heavy: LoadSpan;
}

async function measureCluster(options: {
  readonly seconds: number;
  readonly rate: number;
  readonly delayMs: number;
  readonly run: number;
}): Promise<Measured> {
  const { seconds, rate, delayMs, run } = options;
  const cluster = await startCluster(NODES, { delayMs });
  let senders: Senders | null = null;
  try {
    senders = await openSdkSenders(cluster, rate);
    const random = new Random(`${run}/reality`);
    await runLoad(cluster, senders, { seconds: WARM_UP_SECONDS, rate, random });
    const requestMs = await requestTimes(cluster.nodes[0]?.url ?? '');
    const light = await runLoad(cluster, senders, { seconds: LIGHT_SECONDS, rate: rate * LIGHT_SHARE, random });
    return { requestMs, light, heavy: await runLoad(cluster, senders, { seconds, rate, random }) };
  } finally {
    await senders?.close();
    await cluster.stop();
  }
}

const PREDICTED_WARM_UP_SECONDS = 2;

async function predict(
  { writeMs, oneWayMs, requestMs, cpu }: RealityRun['calibration'],
  { seconds, rate, run }: { readonly seconds: number; readonly rate: number; readonly run: number },
): Promise<{ readonly quantiles: Quantiles; readonly roundsPerSecond: number }> {
  const options = completeLatencyOptions({
    nodes: NODES,
    network: 'even',
    delay: oneWayMs.p05,
    jitter: (oneWayMs.mean - oneWayMs.p05) / oneWayMs.p05,
    bandwidth: 10_000,
    rate,
    devices: NODES,
    link: 'none',
    warmup: PREDICTED_WARM_UP_SECONDS,
    duration: PREDICTED_WARM_UP_SECONDS + seconds,
    disk: writeMs.mean,
    diskSpread: (writeMs.mean - writeMs.p05) / writeMs.mean,
    transactionCpu: cpu.transactionMs,
    statementCpu: cpu.statementMs,
    cores: cpu.cores,
  });
  const { result } = await runLatency({ options, seed: run, version: 'bench' }, () => performance.now());
  if (result.gateway === null) throw new Error('the simulation finished nothing');
  const { p50, p99 } = result.gateway;
  return {
    quantiles: { p50: p50 + requestMs.p50, p99: p99 + requestMs.p50 },
    roundsPerSecond: result.perSecond.rounds,
  };
}

function caseOf(name: RealityCase['name'], delayMs: number, runs: readonly RealityRun[]): RealityCase {
  const real = medianOf(runs.map((run) => run.real));
  const predicted = medianOf(runs.map((run) => run.predicted));
  const ratio = { p50: predicted.p50 / real.p50, p99: predicted.p99 / real.p99 };
  const isIn = (value: number, [least, most]: readonly [number, number]): boolean => value >= least && value <= most;
  const isWithin = isIn(ratio.p50, ALLOWED.p50) && isIn(ratio.p99, ALLOWED.p99);
  return { name, delayMs, real, predicted, ratio, isWithin, runs };
}

function quantilesOf(values: readonly number[]): Quantiles {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
}

function medianOf(runs: readonly Quantiles[]): Quantiles {
  return {
    p50: quantile(
      runs.map(({ p50 }) => p50),
      0.5,
    ),
    p99: quantile(
      runs.map(({ p99 }) => p99),
      0.5,
    ),
  };
}
