/** The command `tangle-sim run` between its flags and its exit code. */
import { mergeMarks, markCounts, resetMarks, type MarkCounts } from '@tangle/core/marks';
import { describeFailed, describeResult, describeSummary } from '../report.js';
import type { RunResult } from '../run.js';
import { openScenario } from '../scenarios.js';
import { runSeeds } from './run-seeds.js';
import { Summary } from './summary.js';
import type { SeedOutcome } from './seed-runner.js';
import { localSeedWorker, seedThread } from './worker.js';

export interface RunFlags {
  readonly seed: number;
  readonly seeds: number;
  /** Simulated hours to fill with seeds, in place of a number of seeds; null where that is given. */
  readonly hours: number | null;
  readonly jobs: number;
  readonly json: boolean;
  readonly trace: boolean;
}

export interface RunSurroundings {
  readonly stdout: { write(text: string): unknown };
  /** The progress line is for terminals only. */
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Any clock that does not run back. */
  readonly nowMs: () => number;
}

/** Back to the first column, and the line is empty. */
const LINE_START = '\r\u001b[K';

/** Resolves with the exit code: 0 where all seeds pass, 1 where one fails. Throws a ScenarioError as `openScenario` does. */
export async function runCommand(scenario: string, flags: RunFlags, surroundings: RunSurroundings): Promise<0 | 1> {
  const { seed: firstSeed, seeds, hours, json, trace } = flags;
  const { stdout, stderr, nowMs } = surroundings;
  const expand = openScenario(scenario);
  const startedMs = nowMs();
  const summary = new Summary();
  const failed: RunResult[] = [];
  let marks: MarkCounts = noMarks();
  const isWatched = stderr.isTTY === true && !trace;

  // Only with one worker do lines of the trace come in an order that means something.
  const jobs = trace ? 1 : Math.min(flags.jobs, hours === null ? seeds : flags.jobs);
  await runSeeds({
    firstSeed,
    wantsMore: (handedOut) => (hours === null ? handedOut < seeds : summary.simulatedMs < hours * 3_600_000),
    jobs,
    createWorker: () =>
      jobs === 1
        ? localSeedWorker(scenario, trace ? (line) => stderr.write(`${line}\n`) : undefined)
        : seedThread(scenario),
    broken: (seed, error) => brokenOutcome(expand(seed), seed, error),
    onOutcome: ({ result, marks: reached }) => {
      summary.add(result);
      marks = mergeMarks([marks, reached]);
      if (result.verdict.kind !== 'Pass') failed.push(result);
      if (isWatched) stderr.write(LINE_START);
      stdout.write(json ? `${JSON.stringify(result)}\n` : describeResult(result));
      if (isWatched) stderr.write(`${LINE_START}${summary.seeds} seeds, ${failed.length} failed`);
    },
  });
  if (isWatched) stderr.write(LINE_START);
  const totals = summary.totals(nowMs() - startedMs);
  if (summary.seeds > 1) {
    stdout.write(json ? `${JSON.stringify({ ...totals, marks })}\n` : describeSummary(totals, marks));
  }
  stderr.write(describeFailed(scenario, failed, summary.seeds));
  return failed.length === 0 ? 0 : 1;
}

/** A promise that nobody listens to, or an error outside every turn: a bug in the code under test as well. */
function brokenOutcome(options: RunResult['options'], seed: number, error: unknown): SeedOutcome {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const result: RunResult = {
    seed,
    options,
    verdict: { kind: 'Violated', checker: 'honesty', detail: `threw: ${detail}` },
    commits: 0,
    transactions: 0,
    statements: 0,
    messages: 0,
    jumps: 0,
    finalMs: null,
    settledMs: null,
    simulatedMs: 0,
    events: 0,
    traceHash: '',
  };
  return { result, marks: noMarks() };
}

function noMarks(): MarkCounts {
  resetMarks();
  return markCounts();
}
