/** Who works on runs: a thread of its own, or this one. */
import { localWorker, type TaskWorker, threadWorker } from '../threads/worker.js';
import { runTips, type TipsRun } from './result.js';

export type TipsOutcome = ReturnType<typeof runTips>;

export type TipsWorker = TaskWorker<TipsRun, TipsOutcome>;

/** A worker on a thread of its own. */
export function threadTipsWorker(): TipsWorker {
  return threadWorker(new URL('./thread.js', import.meta.url));
}

/** A worker that blocks this thread. */
export function inlineTipsWorker(): TipsWorker {
  return localWorker((run) => runTips(run, () => performance.now()));
}
