/** Who works on chunks: a thread of its own, or whatever a test puts in its place. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ChunkResult, FuzzChunk } from './chunk.js';
import type { FromThread, ToThread } from './thread.js';

export interface FuzzWorker {
  /** One chunk at a time. Rejects only where the worker itself breaks. */
  run(chunk: FuzzChunk): Promise<ChunkResult>;
  stop(): Promise<void>;
}

/** A worker on a thread of its own. */
export function threadWorker(): FuzzWorker {
  const thread = new Worker(new URL('thread.js', import.meta.url));
  return {
    run: async (chunk) => {
      thread.postMessage(chunk satisfies ToThread, []);
      // Rejects with the event `error` of a thread that throws or runs out of memory.
      const [result] = (await once(thread, 'message')) as [FromThread];
      return result;
    },
    stop: async () => {
      await thread.terminate();
    },
  };
}
