/** Who works on chunks. */
import { type TaskWorker, threadWorker } from '../threads/worker.js';
import type { ChunkResult, FuzzChunk } from './chunk.js';

export type FuzzWorker = TaskWorker<FuzzChunk, ChunkResult>;

/** A worker on a thread of its own. */
export function fuzzThread(): FuzzWorker {
  return threadWorker(new URL('./thread.js', import.meta.url));
}
