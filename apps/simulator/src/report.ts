/** A run in words: the options it expanded to, what it came to, and the command that shows it again. */
import type { RunResult } from './run.js';
import { describeVerdict } from './verdict.js';

/** @param speed simulated seconds for each second of the machine. */
export function describeResult(result: RunResult, speed: number): string {
  const { seed, options, verdict, commits, transactions, statements, messages, finalMs, simulatedMs } = result;
  const final =
    finalMs === null ? 'nothing final' : `final p50 ${finalMs.p50.toFixed(0)} ms p99 ${finalMs.p99.toFixed(0)} ms`;
  const { name, faults, ...rest } = options;
  const lines = [
    `${name} seed ${seed}: ${describeVerdict(verdict)}`,
    `  options ${JSON.stringify(rest)}`,
    ...faults.map((fault) => `  fault ${JSON.stringify(fault)}`),
    `  ${commits} commits, ${transactions} transactions, ${statements} statements, ${messages} messages, ${final}`,
    `  ${(simulatedMs / 1_000).toFixed(0)} s simulated at ${speed.toFixed(0)} times real time`,
    `  trace ${result.traceHash} over ${result.events} events`,
  ];
  return `${lines.join('\n')}\n`;
}

/** One command that runs exactly this again. */
export function replayCommand(scenario: string, seed: number): string {
  return `npx tangle-sim run ${/^[\w./-]+$/.test(scenario) ? scenario : JSON.stringify(scenario)} --seed ${seed}`;
}
