/** The command `tangle-sim theory`: all checks of a range, each on its line, and an exit code. */
import { runSweep } from '../sweeps/run-sweep.js';
import type { TipsSurroundings } from './command.js';
import { completeOptions } from './options.js';
import { judge, theoryRuns, type Verdict } from './theory-checks.js';
import type { TipsRun } from './result.js';

const SEED = 1;

export interface TheoryFlags {
  readonly full: boolean;
  readonly jobs: number;
}

/** Resolves with the exit code: 0 where all are within their tolerance, 1 where one is not. */
export async function theoryCommand({ full, jobs }: TheoryFlags, surroundings: TipsSurroundings): Promise<0 | 1> {
  const { version, createWorker, stdout, stderr } = surroundings;
  const checked = theoryRuns(full ? 'full' : 'quick');
  const runs = checked.map(({ given }): TipsRun => ({ options: completeOptions(given), seed: SEED, version }));
  let checks = 0;
  let failed = 0;
  stdout.write(describeVerdictHeader());
  await runSweep({
    runs,
    jobs,
    createWorker,
    onOutcome: async ({ result }, index) => {
      const run = checked[index];
      for (const verdict of run === undefined ? [] : judge(run, result)) {
        checks += 1;
        failed += verdict.isWithin ? 0 : 1;
        stdout.write(describeVerdict(verdict));
      }
      return Promise.resolve();
    },
  });
  stdout.write(`${checks} checks, ${failed} off\n`);
  if (failed > 0) stderr.write('run one again with npx tangle-sim tips and the options of its line\n');
  return failed === 0 ? 0 : 1;
}

function describeVerdictHeader(): string {
  return `${'check'.padEnd(30)}${'measured'.padStart(12)}${'theory'.padStart(12)}${'off by'.padStart(10)}${'within'.padStart(8)}  options\n`;
}

function describeVerdict({ about, given, measured, expected, tolerance, isWithin }: Verdict): string {
  const off = measured === null ? Number.NaN : expected === 0 ? measured : measured / expected - 1;
  const options = Object.entries(given).map(([name, value]) => `${name} ${String(value)}`);
  const cells = [
    about.padEnd(30),
    (measured === null ? '-' : measured.toPrecision(5)).padStart(12),
    expected.toPrecision(5).padStart(12),
    (expected === 0 ? off.toFixed(4) : `${(off * 100).toFixed(2)} %`).padStart(10),
    (expected === 0 ? String(tolerance) : `${Number((tolerance * 100).toFixed(1))} %`).padStart(8),
  ];
  return `${cells.join('')}  ${options.join(', ')}${isWithin ? '' : '   OFF'}\n`;
}
