/**
 * Fuzzing over many seeds: chunks are handed to workers in ascending order, and what they come to is added up in that
 * order, so that the result is the same however many workers there are. The first seed that fails ends the run.
 */
import { createHash } from 'node:crypto';
import { addFuzzCounts, type FuzzCounts, noFuzzCounts } from '@tangle/core/testing';
import type { ChunkResult, FuzzFailure } from './chunk.js';
import type { FuzzWorker } from './worker.js';

/** Seeds of a chunk: enough that messages cost nothing, few enough that all workers end at about the same time. */
export const CHUNK_DAGS = 20;

export interface FuzzOptions {
  readonly firstSeed: number;
  /** From 1. */
  readonly dags: number;
  /** Workers at most, from 1. */
  readonly jobs: number;
  readonly createWorker: () => FuzzWorker;
  /** Called after each chunk with the DAGs done so far. */
  readonly onProgress?: (dags: number) => void;
}

/** The same for the same seeds, on any machine. */
export interface FuzzResult {
  readonly firstSeed: number;
  /** DAGs that passed: all, or those below the first seed that failed. */
  readonly dags: number;
  readonly counts: FuzzCounts;
  /** SHA-256 over all verdicts and commits of all views, hex. */
  readonly digest: string;
  readonly failure: FuzzFailure | null;
}

export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { firstSeed, dags, jobs, createWorker, onProgress } = options;
  const chunks = Math.ceil(dags / CHUNK_DAGS);
  const results: ChunkResult[] = [];
  let next = 0;
  let done = 0;
  let hasFailed = false;

  const work = async (worker: FuzzWorker): Promise<void> => {
    // Every chunk below one that fails is handed out already: waiting for those finds the lowest seed that fails.
    while (next < chunks && !hasFailed) {
      const index = next++;
      const offset = index * CHUNK_DAGS;
      const chunk = { firstSeed: firstSeed + offset, dags: Math.min(CHUNK_DAGS, dags - offset) };
      const result = await worker.run(chunk);
      results[index] = result;
      hasFailed ||= result.failure !== null;
      done += result.dags;
      onProgress?.(done);
    }
  };

  const workers = Array.from({ length: Math.min(jobs, chunks) }, createWorker);
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map(async (worker) => worker.stop()));
  }
  return addUp(firstSeed, results);
}

function addUp(firstSeed: number, results: readonly ChunkResult[]): FuzzResult {
  const counts = noFuzzCounts();
  const hash = createHash('sha256');
  let dags = 0;
  let failure: FuzzFailure | null = null;
  for (const result of results) {
    addFuzzCounts(counts, result.counts);
    hash.update(result.digest);
    dags += result.dags;
    ({ failure } = result);
    if (failure !== null) break;
  }
  return { firstSeed, dags, counts, digest: hash.digest('hex'), failure };
}
