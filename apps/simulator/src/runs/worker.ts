/** Who runs seeds: a thread of its own, or this one. */
import { markCounts, resetMarks, type MarkCounts } from '@tangle/core/marks';
import { runSeed, type RunResult } from '../run.js';
import { openScenario } from '../scenarios.js';
import { localWorker, type TaskWorker, threadWorker } from '../threads/worker.js';
import type { TraceListener } from '../trace.js';

/** What a seed came to, and which rare branches it took. */
export interface SeedOutcome {
  readonly result: RunResult;
  readonly marks: MarkCounts;
}

export type SeedWorker = TaskWorker<number, SeedOutcome>;

/** What a thread is told. */
export interface SeedTask {
  readonly scenario: string;
  readonly seed: number;
}

/** A worker on a thread of its own. */
export function seedThread(scenario: string): SeedWorker {
  const worker = threadWorker<SeedTask, SeedOutcome>(new URL('thread.js', import.meta.url));
  return { run: (seed) => worker.run({ scenario, seed }), stop: () => worker.stop() };
}

/** A worker in this thread, which can say what happens as it does. */
export function localSeedWorker(scenario: string, onTrace?: TraceListener): SeedWorker {
  return localWorker(seedRunner(scenario, onTrace));
}

export function seedRunner(scenario: string, onTrace?: TraceListener): (seed: number) => Promise<SeedOutcome> {
  const expand = openScenario(scenario);
  return async (seed) => {
    resetMarks();
    const result = await runSeed({ run: expand(seed), seed, ...(onTrace === undefined ? {} : { onTrace }) });
    return { result, marks: markCounts() };
  };
}
