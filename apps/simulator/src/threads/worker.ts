/** Who works on tasks: a thread of its own, this thread, or whatever a test puts in its place. */
import { once } from 'node:events';
import { type ResourceLimits, Worker } from 'node:worker_threads';

export interface TaskWorker<Task, Outcome> {
  /** One task at a time. Rejects only where the worker itself breaks, or the code under test throws at nobody. */
  run(task: Task): Promise<Outcome>;
  stop(): Promise<void>;
}

/** A worker on a thread of its own, whose module `serve`s tasks. Tasks and outcomes are cloned on their way. */
export function threadWorker<Task, Outcome>(
  module: URL,
  resourceLimits: ResourceLimits = {},
): TaskWorker<Task, Outcome> {
  const thread = new Worker(module, { resourceLimits });
  return {
    run: async (task) => {
      thread.postMessage(task, []);
      // Rejects with the event `error` of a thread that throws or runs out of memory.
      const [outcome] = (await once(thread, 'message')) as [Outcome];
      return outcome;
    },
    stop: async () => {
      await thread.terminate();
    },
  };
}

/** A worker in this thread, which it may block. */
export function localWorker<Task, Outcome>(run: (task: Task) => Outcome | Promise<Outcome>): TaskWorker<Task, Outcome> {
  return {
    run: async (task) => run(task),
    stop: async () => Promise.resolve(),
  };
}
