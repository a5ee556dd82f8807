/**
 * One run in three phases: bad weather under load, where only safety counts; fine weather, in which everything has to
 * become final; and quiet, in which nothing may happen any more.
 */
import type { RunOptions } from './scenario.js';
import { PASS, type Verdict } from './verdict.js';
import { World, type WorldOptions } from './world.js';

/** What one run came to. Times are virtual milliseconds. */
export interface RunResult {
  readonly seed: number;
  readonly options: RunOptions;
  readonly verdict: Verdict;
  readonly commits: number;
  readonly transactions: number;
  readonly statements: number;
  readonly messages: number;
  /** Submit-to-final at the gateway; null where nothing became final. */
  readonly finalMs: { readonly p50: number; readonly p99: number } | null;
  readonly simulatedMs: number;
  readonly events: number;
  /** SHA-256 over every network, disk and commit event. */
  readonly traceHash: string;
}

/** Runs one seed to its verdict. Never rejects for what a run finds. */
export async function runSeed(options: WorldOptions): Promise<RunResult> {
  const { run, seed } = options;
  const world = new World(options);
  const verdict = await judge(world, run);
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
    simulatedMs: world.nowMs,
    events: world.trace.events,
    traceHash: world.trace.digest(),
  };
}

async function judge(world: World, run: RunOptions): Promise<Verdict> {
  const { monitor } = world;
  world.startAll();
  for (const fault of run.faults) world.scheduleFault(fault);
  world.scheduleReadings(run.durationMs);
  const faultsEndMs = run.faults.map(({ atMs, forMs }) => atMs + forMs);
  await world.runUntil(Math.max(run.durationMs, ...faultsEndMs));

  world.heal();
  const isFinal = await world.runWhile(() => !world.isDone, world.nowMs + run.finalWithinMs);
  if (monitor.violation !== null) return monitor.violation;
  if (!isFinal) return { kind: 'NoProgress', detail: describeOpen(world, run) };

  monitor.quiescence.idle = true;
  await world.runUntil(world.nowMs + run.quietMs);
  for (const node of world.nodes) {
    monitor.quiescence.rests(node.index, node.replica?.engine.wakeAtMs ?? null);
    monitor.finalityStands(node);
  }
  return monitor.violation ?? PASS;
}

function describeOpen(world: World, run: RunOptions): string {
  const waiting = world.devices.reduce((sum, device) => sum + device.waitingCount, 0);
  const nodes = world.nodes.map(({ index, replica }) => {
    const { head, gauges, inDoubt } = replica?.engine ?? {};
    return `node ${index}: ${JSON.stringify({ commit: head?.index, inDoubt, ...gauges })}`;
  });
  const open = world.monitor.liveness.describeOpen() ?? 'all accepted transactions are final everywhere';
  return [`${run.finalWithinMs} ms after the end of all faults ${open}; ${waiting} wait at devices`, ...nodes].join(
    '\n  ',
  );
}

function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}
