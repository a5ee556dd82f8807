/** The far side of a thread that runs clusters: a run in, an outcome out. */
import { parentPort } from 'node:worker_threads';
import { present } from '@tangle/core/assert';
import { type LatencyOutcome, type LatencyRun, runLatency } from './result.js';

/** What passes between the two sides. */
export type ToThread = LatencyRun;
export type FromThread = LatencyOutcome;

const port = present(parentPort, 'started as a thread');

async function answer(run: ToThread): Promise<void> {
  port.postMessage((await runLatency(run, () => performance.now())) satisfies FromThread);
}

port.on('message', (run: ToThread) => {
  // What rejects here ends the thread, and the other side hears of it.
  void answer(run);
});
