/** Runs single seeds of one scenario, and says which rare branches each one took. */
import { markCounts, resetMarks, type MarkCounts } from '@tangle/core/marks';
import { runSeed, type RunResult } from '../run.js';
import { openScenario } from '../scenarios.js';
import type { TraceListener } from '../trace.js';

/** What a seed came to, and which rare branches it took. */
export interface SeedOutcome {
  readonly result: RunResult;
  readonly marks: MarkCounts;
}

/** What a thread is told. */
export interface SeedTask {
  readonly scenario: string;
  readonly seed: number;
}

export function seedRunner(scenario: string, onTrace?: TraceListener): (seed: number) => Promise<SeedOutcome> {
  const expand = openScenario(scenario);
  return async (seed) => {
    resetMarks();
    const result = await runSeed({ run: expand(seed), seed, ...(onTrace === undefined ? {} : { onTrace }) });
    return { result, marks: markCounts() };
  };
}
