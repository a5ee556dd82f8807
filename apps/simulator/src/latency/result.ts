/** What a run comes to: a plain object, the same bytes for the same options and seed, so that files of them compare. */
import { Histogram } from '../tips/histogram.js';
import { Cluster, type LoadCounts } from './cluster.js';
import { uplinkLeastMs } from './device-link.js';
import type { Arrival } from './journeys.js';
import { type LatencyOptions, transactionRate } from './options.js';

/** Milliseconds. */
export interface Distribution {
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The way of a transaction, in order; the mean times add up to the mean at all nodes. */
export const STAGES = ['link', 'admitted', 'covered', 'led', 'decided', 'everywhere'] as const;
export type Stage = (typeof STAGES)[number];

/** Times are milliseconds of virtual time. Null is what no transaction came to. */
export interface LatencyResult {
  readonly kind: 'latency';
  readonly version: string;
  readonly seed: number;
  readonly config: LatencyOptions;
  /** Transactions of the load that counted, and of those the ones that were not final everywhere when patience ended. */
  readonly measured: number;
  readonly unfinished: number;
  /** Times that a device had to ask again, or another node. */
  readonly retries: number;
  /** Final, and rejected by the ledger: numbers that came too late, where few devices send much. */
  readonly rejected: number;
  /** From the device's signature until final at the node that took it, and at every honest node. */
  readonly gateway: Distribution | null;
  readonly everywhere: Distribution | null;
  /** What no protocol of three message delays can beat on this network: the best node's, and the mean over all nodes. */
  readonly least: { readonly min: number; readonly mean: number };
  /** Wait of the oldest reading of a batch for the others, before all this. */
  readonly batchWaitMs: number;
  readonly stages:
    | { readonly [Name in Stage]: { readonly mean: number; readonly p50: number; readonly p99: number } }
    | null;
  /** From the round of the first statement that covers a transaction to the round of the leader that commits it. */
  readonly roundsToLeader: number | null;
  readonly perSecond: {
    readonly rounds: number;
    readonly commits: number;
    /** Of honest validators. */
    readonly statements: number;
    readonly messages: number;
    readonly bytes: number;
  };
  /** Sent by all nodes together, for each transaction of the load. */
  readonly bytesPerTransaction: number;
  /** Quantiles 0, 0.01, ..., 1. */
  readonly cdf: { readonly gateway: readonly number[]; readonly everywhere: readonly number[] };
  /** D_k of the last commit. */
  readonly digest: string | null;
}

export interface LatencyRun {
  readonly options: LatencyOptions;
  readonly seed: number;
  readonly version: string;
}

/** What a run took, apart from what it came to. */
export interface LatencyOutcome {
  readonly result: LatencyResult;
  /** Of the load alone, without registrations. */
  readonly seconds: number;
  /** Transactions of the load. */
  readonly transactions: number;
}

/** Runs to the end. Speed is apart from the result, which is to be the same on any machine. */
export async function runLatency(run: LatencyRun, nowMs: () => number): Promise<LatencyOutcome> {
  const measures = new Measures();
  const cluster = new Cluster(run.options, run.seed, (arrival) => measures.add(arrival));
  await cluster.prepare();
  const startedMs = nowMs();
  const counts = await cluster.run();
  const seconds = (nowMs() - startedMs) / 1_000;
  return { result: summarise(run, cluster, measures, counts), seconds, transactions: cluster.fleet.count };
}

/** Quantiles of the curve besides the first. */
const CDF_STEPS = 100;

class Measures {
  readonly gateway = new Tally();
  readonly everywhere = new Tally();
  readonly stages: { readonly [Name in Stage]: Tally } = {
    link: new Tally(),
    admitted: new Tally(),
    covered: new Tally(),
    led: new Tally(),
    decided: new Tally(),
    everywhere: new Tally(),
  };
  rounds = 0;

  add({ journey, ledUs, ledRound, finalUs, everywhereUs }: Arrival): void {
    if (!journey.isMeasured) return;
    const { createdUs, arrivedUs, admittedUs, coveredUs, coveredRound } = journey;
    this.gateway.add(finalUs - createdUs);
    this.everywhere.add(everywhereUs - createdUs);
    // Where a gateway died before it answered, or a liar covered first, a stage may seem to end before the one below.
    let beforeUs = createdUs;
    const ends = { link: arrivedUs, admitted: admittedUs, covered: coveredUs, led: ledUs, decided: finalUs };
    for (const stage of STAGES) {
      const atUs = Math.min(
        everywhereUs,
        Math.max(beforeUs, (stage === 'everywhere' ? everywhereUs : ends[stage]) ?? 0),
      );
      this.stages[stage].add(atUs - beforeUs);
      beforeUs = atUs;
    }
    this.rounds += coveredUs === null ? 0 : Math.max(0, ledRound - coveredRound);
  }
}

/** Times of one kind, taken in microseconds and told in milliseconds. */
class Tally {
  readonly #histogram = new Histogram();
  #minUs = Number.POSITIVE_INFINITY;

  add(us: number): void {
    this.#histogram.add(us / 1_000);
    this.#minUs = Math.min(this.#minUs, us);
  }

  get count(): number {
    return this.#histogram.count;
  }

  get mean(): number {
    return toMicroseconds(this.#histogram.mean);
  }

  quantile(share: number): number {
    const ms = share === 0 ? this.#minUs / 1_000 : Math.max(this.#minUs / 1_000, this.#histogram.quantile(share) ?? 0);
    return toMicroseconds(ms);
  }
}

function summarise(
  { options, seed, version }: LatencyRun,
  { journeys, fleet, finalLeastMs, honest }: Cluster,
  measures: Measures,
  counts: LoadCounts,
): LatencyResult {
  const { gateway, everywhere, stages } = measures;
  const isMeasured = gateway.count > 0;
  const least = honest.map(({ index }) => (finalLeastMs[index] ?? 0) + uplinkLeastMs(options.link));
  const perSecond = (count: number): number => rounded(count / counts.seconds);
  const curve = (tally: Tally): number[] =>
    isMeasured ? Array.from({ length: CDF_STEPS + 1 }, (_, step) => tally.quantile(step / CDF_STEPS)) : [];
  return {
    kind: 'latency',
    version,
    seed,
    config: options,
    measured: gateway.count + journeys.openMeasured,
    unfinished: journeys.openMeasured,
    retries: fleet.retries,
    rejected: journeys.rejected,
    gateway: isMeasured ? distribution(gateway) : null,
    everywhere: isMeasured ? distribution(everywhere) : null,
    least: {
      min: rounded(Math.min(...least)),
      mean: rounded(least.reduce((sum, ms) => sum + ms, 0) / least.length),
    },
    batchWaitMs: rounded(((options.batch - 1) * options.devices * 1_000) / options.rate),
    stages: isMeasured
      ? {
          link: timesIn(stages.link),
          admitted: timesIn(stages.admitted),
          covered: timesIn(stages.covered),
          led: timesIn(stages.led),
          decided: timesIn(stages.decided),
          everywhere: timesIn(stages.everywhere),
        }
      : null,
    roundsToLeader: isMeasured ? rounded(measures.rounds / gateway.count) : null,
    perSecond: {
      rounds: perSecond(counts.rounds),
      commits: perSecond(counts.commits),
      statements: perSecond(counts.statements),
      messages: perSecond(counts.traffic.messages),
      bytes: perSecond(counts.traffic.bytes),
    },
    bytesPerTransaction: rounded(counts.traffic.bytes / (transactionRate(options) * counts.seconds)),
    cdf: { gateway: curve(gateway), everywhere: curve(everywhere) },
    digest: journeys.digest,
  };
}

function distribution(tally: Tally): Distribution {
  return {
    min: tally.quantile(0),
    mean: tally.mean,
    p50: tally.quantile(0.5),
    p90: tally.quantile(0.9),
    p95: tally.quantile(0.95),
    p99: tally.quantile(0.99),
    max: tally.quantile(1),
  };
}

function timesIn(tally: Tally): { readonly mean: number; readonly p50: number; readonly p99: number } {
  return { mean: tally.mean, p50: tally.quantile(0.5), p99: tally.quantile(0.99) };
}

/** Virtual time has no smaller unit. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

/** Six digits: more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
