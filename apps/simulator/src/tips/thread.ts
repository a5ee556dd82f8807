/** The far side of a thread that runs tangles: a run in, an outcome out. */
import { parentPort } from 'node:worker_threads';
import { present } from '@tangle/core/assert';
import { runTips, type TipsRun } from './result.js';

/** What passes between the two sides. */
export type ToThread = TipsRun;
export type FromThread = ReturnType<typeof runTips>;

const port = present(parentPort, 'started as a thread');
port.on('message', (run: ToThread) => {
  port.postMessage(runTips(run, () => performance.now()) satisfies FromThread);
});
