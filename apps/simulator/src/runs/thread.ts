/** The far side of a thread that runs seeds: a seed in, its outcome out. */
import { parentPort } from 'node:worker_threads';
import { present } from '@tangle/core/assert';
import { localWorker, type SeedOutcome, type SeedWorker } from './worker.js';

/** What passes between the two sides. */
export interface ToThread {
  readonly scenario: string;
  readonly seed: number;
}
export type FromThread = SeedOutcome;

const port = present(parentPort, 'started as a thread');
async function answer(worker: SeedWorker, seed: number): Promise<void> {
  port.postMessage((await worker.run(seed)) satisfies FromThread);
}

const workers = new Map<string, SeedWorker>();

port.on('message', ({ scenario, seed }: ToThread) => {
  const worker = workers.get(scenario) ?? localWorker(scenario);
  workers.set(scenario, worker);
  // What rejects here ends the thread, and the other side hears of it.
  void answer(worker, seed);
});
