/**
 * One run in phases: bad weather under load, where only safety counts; fine weather, in which everything has to become
 * final within a bound; and quiet, in which nothing may happen any more. Then, where the run says so, single transactions
 * that wake the idle network. Byzantine validators stay what they are until the quiet, which they could disturb for ever.
 * Where more lie than the protocol tolerates, only this is judged: no honest node accuses another, and whatever else breaks,
 * the honest ones end up with evidence against more than f.
 */
import { present } from '@tangle/core/assert';
import type { SimNode } from './node.js';
import { percentile } from './percentile.js';
import type { RunOptions, Wake } from './run-options.js';
import { describeVerdict, PASS, verdictOf, type Verdict } from './verdict.js';
import { World, type WorldOptions } from './world.js';

/** Every so many seeds the reference rule looks at one node's whole DAG, where it is not larger than this: it is slow. */
const REFERENCE_EVERY = 4;
const REFERENCE_STATEMENTS_MAX = 3_000;

/** What one run came to. Times are virtual milliseconds. */
export interface RunResult {
  readonly seed: number;
  readonly options: RunOptions;
  readonly verdict: Verdict;
  readonly commits: number;
  readonly transactions: number;
  readonly statements: number;
  readonly messages: number;
  /** Rounds that honest validators jumped over. */
  readonly jumps: number;
  /** Submit-to-final at the gateway; null where nothing became final. */
  readonly finalMs: { readonly p50: number; readonly p99: number } | null;
  /** From the end of the faults until everything was final everywhere; null where it never was. */
  readonly settledMs: number | null;
  readonly simulatedMs: number;
  readonly events: number;
  /** SHA-256 over every network, disk and commit event. */
  readonly traceHash: string;
}

/** Runs one seed to its verdict. Never rejects for what a run finds. */
export async function runSeed(options: WorldOptions): Promise<RunResult> {
  const { run, seed } = options;
  const world = new World(options);
  const { verdict, settledMs } = await judge(world, run, seed);
  const latencies = world.monitor.latenciesMs();
  return {
    seed,
    options: run,
    verdict,
    commits: world.monitor.agreement.length,
    transactions: world.monitor.order.transactions,
    statements: world.monitor.equivocation.statements,
    messages: world.network.messages,
    finalMs: latencies.length === 0 ? null : { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) },
    jumps: world.monitor.jumps.jumps,
    settledMs,
    simulatedMs: world.nowMs,
    events: world.trace.events,
    traceHash: world.trace.digest(),
  };
}

interface Judgement {
  readonly verdict: Verdict;
  readonly settledMs: number | null;
}

async function judge(world: World, run: RunOptions, seed: number): Promise<Judgement> {
  world.startAll();
  for (const fault of run.faults) world.scheduleFault(fault);
  world.scheduleReadings();
  const faultsEndMs = Math.max(run.durationMs, ...run.faults.map(({ atMs, forMs }) => atMs + forMs));
  if (world.isBeyondTolerance) return { verdict: await judgeEvidence(world, run, faultsEndMs), settledMs: null };
  await world.runUntil(faultsEndMs);

  const healedMs = world.nowMs;
  world.heal();
  const unsettled = await judgeLiveness(world, run);
  if (unsettled !== null) return { verdict: unsettled, settledMs: null };
  const settledMs = world.nowMs - healedMs;
  return { verdict: (await judgeRest(world, run, seed)) ?? PASS, settledMs };
}

/** What breaks is watched over to the end: it may break only where the evidence names those who broke it. */
async function judgeEvidence(world: World, run: RunOptions, faultsEndMs: number): Promise<Verdict> {
  const { monitor } = world;
  let broken: Verdict | null = null;
  for (const endMs of [faultsEndMs, faultsEndMs + run.finalWithinMs]) {
    while (world.nowMs < endMs) {
      await world.runUntil(endMs);
      const violation = monitor.acknowledge();
      if (violation?.kind === 'Violated' && violation.checker === 'accusations') return violation;
      // A clock that runs ahead contradicts nothing: so many liars may set the time, and nobody can prove it.
      if (violation?.kind !== 'Violated' || violation.checker !== 'commit-time') broken ??= violation;
    }
    world.heal();
  }
  if (broken === null || world.isProven) return PASS;
  const named = [...monitor.proven].join(', ');
  const detail = `evidence against ${named === '' ? 'nobody' : `${named} only`}, and yet ${describeVerdict(broken)}`;
  return verdictOf('accusations', detail);
}

/** Everything that was accepted before the faults end becomes final within the bound. */
async function judgeLiveness(world: World, run: RunOptions): Promise<Verdict | null> {
  const { monitor, queue } = world;
  const healedUs = queue.nowUs;
  const isOpen = (): boolean => !world.population.hasSent || (monitor.liveness.openSinceUs ?? Infinity) <= healedUs;
  const isFinal = await world.runWhile(isOpen, world.nowMs + run.finalWithinMs);
  if (monitor.violation !== null || isFinal) return monitor.violation;
  return { kind: 'NoProgress', detail: describeOpen(world, run, 'the end of all faults') };
}

/** The quiet, the wakes, and what is looked at once in the end. */
async function judgeRest(world: World, run: RunOptions, seed: number): Promise<Verdict | null> {
  const { monitor } = world;
  // From here on liars would be able to keep everybody busy for ever.
  for (const node of world.nodes) if (node.isByzantine) world.crash(node.index, 'durable');
  const verdict = await judgeQuiet(world, run, 'the end of all lies');
  if (verdict !== null) return verdict;
  for (const wake of run.wakes) {
    const failure = await judgeWake(world, run, wake);
    if (failure !== null) return failure;
  }
  if (seed % REFERENCE_EVERY === 0 && monitor.equivocation.statements <= REFERENCE_STATEMENTS_MAX) {
    monitor.compareWithReference(present(world.honestNodes[0], 'an honest node'));
  }
  return monitor.violation;
}

/** Everything that is open now becomes final within the bound, at every honest node, and then nothing happens. */
async function judgeQuiet(world: World, run: RunOptions, since: string): Promise<Verdict | null> {
  const { monitor } = world;
  const isDone = await world.runWhile(() => !world.isDone, world.nowMs + run.finalWithinMs);
  if (monitor.violation !== null) return monitor.violation;
  if (!isDone) return { kind: 'NoProgress', detail: describeOpen(world, run, since) };
  monitor.quiescence.idle = true;
  await world.runUntil(world.nowMs + run.quietMs);
  for (const node of world.honestNodes) monitor.inTheEnd(node);
  monitor.quiescence.idle = false;
  return monitor.violation;
}

/** PROTOCOL 12.9: any single transaction wakes the network from any node, with f down. */
async function judgeWake(world: World, run: RunOptions, { node: gateway, down }: Wake): Promise<Verdict | null> {
  const { monitor } = world;
  // Rounds that a forgetful validator has given up are missing as if it were down.
  const { committee } = world.testNetwork.genesis;
  let left = committee.faultWeight - world.unreliableWeight;
  for (const index of down) {
    if (committee.weightOf(index) > left) continue;
    left -= committee.weightOf(index);
    world.crash(index, 'durable');
  }
  const up = world.honestNodes.filter(({ isUp }) => isUp);
  const logSize = Math.max(...up.map(logSizeOf));
  world.population.readAt(
    (up.find(({ index }) => index === gateway) ?? present(up[0], 'an honest node that is up')).index,
  );
  const isOpen = (): boolean =>
    up.some((node) => logSizeOf(node) === logSize || node.replica?.engine.hasNeed !== false);
  const isFinal = await world.runWhile(isOpen, world.nowMs + run.finalWithinMs);
  if (monitor.violation !== null) return monitor.violation;
  if (!isFinal) return { kind: 'NoProgress', detail: describeOpen(world, run, `a transaction at node ${gateway}`) };
  for (const index of down) if (!world.node(index).isByzantine) world.restart(index);
  return judgeQuiet(world, run, `a transaction at node ${gateway}`);
}

function logSizeOf({ replica }: SimNode): number {
  return replica?.engine.head.logSize ?? 0;
}

function describeOpen(world: World, run: RunOptions, since: string): string {
  const waiting = world.population.waitingCount;
  const nodes = world.nodes.map(({ index, replica }) => {
    const { head, gauges, inDoubt, hasNeed } = replica?.engine ?? {};
    const certified = replica?.log.published?.size;
    return `node ${index}: ${JSON.stringify({ commit: head?.index, logSize: head?.logSize, certified, inDoubt, hasNeed, ...gauges })}`;
  });
  const open = world.monitor.liveness.describeOpen() ?? 'all accepted transactions are final everywhere';
  return [`${run.finalWithinMs} ms after ${since} ${open}; ${waiting} wait at devices`, ...nodes].join('\n  ');
}
