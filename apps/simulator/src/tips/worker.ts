/** Who works on runs: a thread of its own, this thread, or whatever a test puts in its place. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SweepWorker } from '../sweeps/run-sweep.js';
import { runTips, type TipsRun } from './result.js';
import type { FromThread, ToThread } from './thread.js';

export type TipsOutcome = ReturnType<typeof runTips>;

export type TipsWorker = SweepWorker<TipsRun, TipsOutcome>;

/** A worker on a thread of its own. */
export function threadTipsWorker(): TipsWorker {
  const thread = new Worker(new URL('thread.js', import.meta.url));
  return {
    run: async (run) => {
      thread.postMessage(run satisfies ToThread, []);
      // Rejects with the event `error` of a thread that throws or runs out of memory.
      const [outcome] = (await once(thread, 'message')) as [FromThread];
      return outcome;
    },
    stop: async () => {
      await thread.terminate();
    },
  };
}

/** A worker that blocks this thread. */
export function inlineTipsWorker(): TipsWorker {
  return {
    run: async (run) => Promise.resolve(runTips(run, () => performance.now())),
    stop: async () => Promise.resolve(),
  };
}
