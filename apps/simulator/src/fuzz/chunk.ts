/** A run of consecutive seeds, the unit of work that a thread takes: the same chunk always comes to the same. */
import { createHash } from 'node:crypto';
import { addFuzzCounts, type DagFuzzer, type FuzzCounts, noFuzzCounts } from '@tangle/core/testing';

/** The seeds from `firstSeed` on, `dags` of them. */
export interface FuzzChunk {
  readonly firstSeed: number;
  readonly dags: number;
}

export interface FuzzFailure {
  readonly seed: number;
  /** What broke. */
  readonly message: string;
  /** The same with where it was noticed. */
  readonly stack: string;
}

/** What a chunk came to, up to its first DAG that fails. */
export interface ChunkResult {
  /** DAGs that passed. */
  readonly dags: number;
  readonly counts: FuzzCounts;
  /** SHA-256 over the digests of the DAGs, hex. */
  readonly digest: string;
  readonly failure: FuzzFailure | null;
}

/** Never throws for what a DAG does. */
export function fuzzChunk(fuzzer: DagFuzzer, { firstSeed, dags }: FuzzChunk): ChunkResult {
  const counts = noFuzzCounts();
  const hash = createHash('sha256');
  for (let seed = firstSeed; seed < firstSeed + dags; seed++) {
    try {
      const fuzzed = fuzzer.fuzz(seed);
      addFuzzCounts(counts, fuzzed.counts);
      hash.update(fuzzed.digest);
    } catch (error) {
      const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
      return { dags: seed - firstSeed, counts, digest: hash.digest('hex'), failure: { seed, message, stack } };
    }
  }
  return { dags, counts, digest: hash.digest('hex'), failure: null };
}
