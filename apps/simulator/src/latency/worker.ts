/** Who works on runs: a thread of its own, or this one. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SweepWorker } from '../sweeps/run-sweep.js';
import { type LatencyOutcome, type LatencyRun, runLatency } from './result.js';
import type { FromThread, ToThread } from './thread.js';

export type LatencyWorker = SweepWorker<LatencyRun, LatencyOutcome>;

/**
 * Space for what is new, in a thread: nearly all of it dies at once, and what is left of 16 MB, the default, is copied
 * again and again. And for all: a large cluster keeps a few GB.
 */
const YOUNG_MEGABYTES = 192;
const OLD_MEGABYTES = 16_384;

/** A worker on a thread of its own. */
export function threadLatencyWorker(): LatencyWorker {
  const thread = new Worker(new URL('thread.js', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES, maxOldGenerationSizeMb: OLD_MEGABYTES },
  });
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

/** A worker in this thread. */
export function inlineLatencyWorker(): LatencyWorker {
  return {
    run: async (run) => runLatency(run, () => performance.now()),
    stop: async () => Promise.resolve(),
  };
}
