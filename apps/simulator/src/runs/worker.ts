/** Who runs seeds: a thread of its own, or this one. */
import { localWorker, type TaskWorker, threadWorker } from '../threads/worker.js';
import type { TraceListener } from '../trace.js';
import { seedRunner, type SeedOutcome, type SeedTask } from './seed-runner.js';

export type SeedWorker = TaskWorker<number, SeedOutcome>;

/** A worker on a thread of its own. */
export function seedThread(scenario: string): SeedWorker {
  const worker = threadWorker<SeedTask, SeedOutcome>(new URL('./thread.js', import.meta.url));
  return { run: (seed) => worker.run({ scenario, seed }), stop: () => worker.stop() };
}

/** A worker in this thread, which can say what happens as it does. */
export function localSeedWorker(scenario: string, onTrace?: TraceListener): SeedWorker {
  return localWorker(seedRunner(scenario, onTrace));
}
