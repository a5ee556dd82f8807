/** Who runs seeds: a thread of its own, or this one. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { markCounts, resetMarks, type MarkCounts } from '@tangle/core/marks';
import { runSeed, type RunResult } from '../run.js';
import { openScenario } from '../scenarios.js';
import type { TraceListener } from '../trace.js';
import type { FromThread, ToThread } from './thread.js';

/** What a seed came to, and which rare branches it took. */
export interface SeedOutcome {
  readonly result: RunResult;
  readonly marks: MarkCounts;
}

export interface SeedWorker {
  /** One seed at a time. Rejects where the code under test throws at nobody: the worker is of no use any more then. */
  run(seed: number): Promise<SeedOutcome>;
  stop(): Promise<void>;
}

/** A worker on a thread of its own. */
export function threadWorker(scenario: string): SeedWorker {
  const thread = new Worker(new URL('thread.js', import.meta.url));
  return {
    run: async (seed) => {
      thread.postMessage({ scenario, seed } satisfies ToThread, []);
      // Rejects with the event `error` of a thread that throws or runs out of memory.
      const [outcome] = (await once(thread, 'message')) as [FromThread];
      return outcome;
    },
    stop: async () => {
      await thread.terminate();
    },
  };
}

/** A worker in this thread, which can say what happens as it does. */
export function localWorker(scenario: string, onTrace?: TraceListener): SeedWorker {
  const expand = openScenario(scenario);
  return {
    run: async (seed) => {
      resetMarks();
      const result = await runSeed({ run: expand(seed), seed, ...(onTrace === undefined ? {} : { onTrace }) });
      return { result, marks: markCounts() };
    },
    stop: async () => Promise.resolve(),
  };
}
