/** Who works on runs: a thread of its own, or this one. */
import { localWorker, type TaskWorker, threadWorker } from '../threads/worker.js';
import { type LatencyOutcome, type LatencyRun, runLatency } from './result.js';

export type LatencyWorker = TaskWorker<LatencyRun, LatencyOutcome>;

/**
 * Space for what is new, in a thread: nearly all of it dies at once, and what is left of 16 MB, the default, is copied
 * again and again. And for all: a large cluster keeps a few GB.
 */
const YOUNG_MEGABYTES = 192;
const OLD_MEGABYTES = 16_384;

/** A worker on a thread of its own. */
export function threadLatencyWorker(): LatencyWorker {
  return threadWorker(new URL('./thread.js', import.meta.url), {
    maxYoungGenerationSizeMb: YOUNG_MEGABYTES,
    maxOldGenerationSizeMb: OLD_MEGABYTES,
  });
}

/** A worker in this thread. */
export function inlineLatencyWorker(): LatencyWorker {
  return localWorker((run) => runLatency(run, () => performance.now()));
}
