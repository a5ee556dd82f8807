/** Many runs, handed to workers and given back in the order of the grid, whoever is faster. */

import type { TaskWorker } from '../threads/worker.js';

export interface SweepOptions<Run, Outcome> {
  readonly runs: readonly Run[];
  /** Workers at most, from 1. */
  readonly jobs: number;
  readonly createWorker: () => TaskWorker<Run, Outcome>;
  /** Called in the order of `runs`, and awaited. */
  readonly onOutcome: (outcome: Outcome, index: number) => Promise<void>;
  /** Called with the number of runs done, in whatever order. */
  readonly onProgress?: (done: number) => void;
}

export async function runSweep<Run, Outcome>({
  runs,
  jobs,
  createWorker,
  onOutcome,
  onProgress,
}: SweepOptions<Run, Outcome>): Promise<void> {
  const waiting = new Map<number, Outcome>();
  let next = 0;
  let told = 0;
  let done = 0;
  let telling = Promise.resolve();
  const tell = async (): Promise<void> => {
    for (let outcome = waiting.get(told); outcome !== undefined; outcome = waiting.get(told)) {
      waiting.delete(told);
      told += 1;
      await onOutcome(outcome, told - 1);
    }
  };
  const work = async (worker: TaskWorker<Run, Outcome>): Promise<void> => {
    for (let run = runs[next]; run !== undefined; run = runs[next]) {
      const index = next;
      next += 1;
      waiting.set(index, await worker.run(run));
      done += 1;
      onProgress?.(done);
      telling = telling.then(tell);
      await telling;
    }
  };
  const workers = Array.from({ length: Math.min(jobs, runs.length) }, createWorker);
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map(async (worker) => worker.stop()));
  }
}
