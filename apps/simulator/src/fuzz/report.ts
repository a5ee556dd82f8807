/** Fuzzing in words: how far it is, what it came to, and how a failure is seen again and kept. */
import type { FuzzResult } from './run-fuzz.js';

/** What a run took. */
export interface FuzzSpeed {
  readonly seconds: number;
  readonly dagsPerSecond: number;
}

/** Characters of what broke that a line of `seeds/regressions.txt` keeps. */
const SUMMARY_CHARACTERS = 120;

/** @param elapsedMs of the wall clock, for `dags` DAGs. */
export function speedOf(dags: number, elapsedMs: number): FuzzSpeed {
  const seconds = elapsedMs / 1_000;
  return { seconds: round(seconds), dagsPerSecond: round(dags / seconds) };
}

export function describeProgress(done: number, dags: number, { dagsPerSecond }: FuzzSpeed): string {
  return `${done} of ${dags} DAGs, ${dagsPerSecond} per second`;
}

export function describeFuzz(result: FuzzResult, speed: FuzzSpeed): string {
  const { firstSeed, dags, counts, digest, failure } = result;
  const verdict = failure === null ? 'Pass' : `seed ${failure.seed} failed`;
  const lines = [
    `fuzz seeds ${firstSeed} to ${failure?.seed ?? firstSeed + dags - 1}: ${verdict}`,
    `  ${dags} DAGs, ${counts.views} views: ${counts.statements} statements, ${counts.transactions} transactions`,
    `  ${counts.equivocations} equivocations`,
    `  slots: ${counts.directCommits} direct commit, ${counts.indirectCommits} indirect commit, ` +
      `${counts.directSkips} direct skip, ${counts.indirectSkips} indirect skip, ${counts.undecided} undecided`,
    `  ${counts.accepts} accepts, compared with the reference rule after ${counts.comparisons}`,
    `  ${speed.seconds} s, ${speed.dagsPerSecond} DAGs per second`,
    `  digest ${digest}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** What broke, the one command that shows it again, and the line that keeps it. Empty where nothing failed. */
export function describeFailure({ failure }: FuzzResult): string {
  if (failure === null) return '';
  const { seed, message, stack } = failure;
  const summary = (message.split('\n')[0] ?? '').slice(0, SUMMARY_CHARACTERS);
  return [
    `seed ${seed}: ${stack}`,
    `to see it again:\n  ${replayFuzzCommand(seed)}`,
    `to keep it, add to apps/simulator/seeds/regressions.txt:\n${`fuzz ${seed}`.padEnd(12)} ${summary}\n`,
  ].join('\n');
}

/** One command that runs exactly this DAG again. */
export function replayFuzzCommand(seed: number): string {
  return `npx tangle-sim fuzz --dags 1 --seed ${seed}`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
