/** Runs in words: the options that a seed expanded to, what it came to, and how a failure is seen again and kept. */
import { reportMarks, type MarkCounts } from '@tangle/core/marks';
import type { RunResult } from './run.js';
import type { Totals } from './runs/summary.js';
import { describeVerdict } from './verdict.js';

/** Characters of what broke that a line of `seeds/regressions.txt` keeps. */
const SUMMARY_CHARACTERS = 120;
/** Failed seeds that are listed. */
const LISTED_MAX = 20;

export function describeResult(result: RunResult): string {
  const { seed, options, verdict, commits, transactions, statements, messages, finalMs, settledMs, simulatedMs } =
    result;
  const final =
    finalMs === null ? 'nothing final' : `final p50 ${finalMs.p50.toFixed(0)} ms p99 ${finalMs.p99.toFixed(0)} ms`;
  const settled = settledMs === null ? '' : `, all final ${seconds(settledMs)} after the faults`;
  const { name, faults, limits, byzantine, load, wakes, ...rest } = options;
  const lines = [
    `${name} seed ${seed}: ${describeVerdict(verdict)}`,
    `  options ${JSON.stringify(rest)}`,
    ...listed('byzantine', byzantine),
    ...listed('limits', limits),
    ...listed('load', load),
    ...listed('fault', faults),
    ...listed('wake', wakes),
    `  ${commits} commits, ${transactions} transactions, ${statements} statements, ${messages} messages, ${final}`,
    `  ${seconds(simulatedMs)} simulated${settled}`,
    `  trace ${result.traceHash} over ${result.events} events`,
  ];
  return `${lines.join('\n')}\n`;
}

export function describeSummary(totals: Totals, marks: MarkCounts): string {
  const { seeds, failed, simulatedHours, speed, transactions, commits, settledMs } = totals;
  const { reached, missing, share } = reportMarks(marks);
  const lines = [
    `${seeds} seeds, ${failed} failed: ${simulatedHours.toFixed(2)} h simulated at ${speed.toFixed(0)} times real time`,
    `  ${commits} commits, ${transactions} transactions`,
    ...(settledMs === null
      ? []
      : [
          `  all final after the faults: p50 ${seconds(settledMs.p50)}, p99 ${seconds(settledMs.p99)}, at most ${seconds(settledMs.max)}`,
        ]),
    `  ${reached.length} of ${reached.length + missing.length} marks reached (${(share * 100).toFixed(0)} %)`,
    ...missing.map(({ name, sentence }) => `  never ${name}: ${sentence}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Which seeds failed, the one command that shows the first again, and the line that keeps it. Empty where none did. */
export function describeFailed(scenario: string, failed: readonly RunResult[], seeds: number): string {
  const [first] = failed;
  if (first === undefined) return '';
  const summary = (describeVerdict(first.verdict).split('\n')[0] ?? '').slice(0, SUMMARY_CHARACTERS);
  const list = failed.slice(0, LISTED_MAX).map(({ seed }) => seed);
  return [
    `${failed.length} of ${seeds} seeds failed: ${list.join(', ')}${failed.length > LISTED_MAX ? ', ...' : ''}`,
    `to see the first again:\n  ${replayCommand(scenario, first.seed)}`,
    `to keep it, add to apps/simulator/seeds/regressions.txt:\n${`${scenario} ${first.seed}`.padEnd(12)} ${summary}\n`,
  ].join('\n');
}

/** One command that runs exactly this again. */
export function replayCommand(scenario: string, seed: number): string {
  return `npx tangle-sim run ${/^[\w./-]+$/.test(scenario) ? scenario : JSON.stringify(scenario)} --seed ${seed}`;
}

function listed(what: string, items: readonly object[]): string[] {
  return items.map((item) => `  ${what} ${JSON.stringify(item)}`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
