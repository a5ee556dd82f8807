/** The far side of a thread: a task in, its outcome out. */
import { parentPort } from 'node:worker_threads';
import { present } from '@tangle/core/assert';

/** Answers the tasks of this thread, for as long as it lives. What throws or rejects ends it, and the near side hears. */
export function serve<Task, Outcome>(run: (task: Task) => Outcome | Promise<Outcome>): void {
  const port = present(parentPort, 'started as a thread');
  const answer = async (task: Task): Promise<void> => {
    port.postMessage(await run(task));
  };
  port.on('message', (task: Task) => {
    void answer(task);
  });
}
