/**
 * A scenario over many seeds: seeds are handed to workers in ascending order, and their outcomes handed on in that order,
 * so that a report is the same however many workers there are. A seed that fails does not end it: a hunt wants them all.
 */
import { present } from '@tangle/core/assert';
import type { SeedOutcome } from './seed-runner.js';
import type { SeedWorker } from './worker.js';

export interface RunSeedsOptions {
  readonly firstSeed: number;
  /** Asked before each further seed, with the outcomes so far. */
  readonly wantsMore: (handedOut: number) => boolean;
  /** Workers at most, from 1. */
  readonly jobs: number;
  readonly createWorker: () => SeedWorker;
  /** What to make of a seed whose worker broke. */
  readonly broken: (seed: number, error: unknown) => SeedOutcome;
  /** Called with each outcome, ascending by seed. */
  readonly onOutcome: (outcome: SeedOutcome) => void;
}

export async function runSeeds(options: RunSeedsOptions): Promise<void> {
  const { firstSeed, wantsMore, jobs, createWorker, broken, onOutcome } = options;
  const waiting = new Map<number, SeedOutcome>();
  let handedOut = 0;
  let told = 0;

  const tell = (offset: number, outcome: SeedOutcome): void => {
    waiting.set(offset, outcome);
    for (; waiting.has(told); told++) {
      onOutcome(present(waiting.get(told), 'just seen'));
      waiting.delete(told);
    }
  };

  const work = async (): Promise<void> => {
    let worker: SeedWorker | null = null;
    while (wantsMore(handedOut)) {
      const offset = handedOut++;
      worker ??= createWorker();
      try {
        tell(offset, await worker.run(firstSeed + offset));
      } catch (error) {
        tell(offset, broken(firstSeed + offset, error));
        await worker.stop();
        worker = null;
      }
    }
    await worker?.stop();
  };

  await Promise.all(Array.from({ length: jobs }, work));
}
