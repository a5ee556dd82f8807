/** `npm run bench -- WHAT`: one JSON object on stdout, with the machine and the versions beside the numbers. */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { benchCertification } from './macro/certification.js';
import { benchIdle } from './macro/idle.js';
import { benchLatency } from './macro/latency.js';
import { benchSimulator } from './macro/simulator.js';
import { benchLog } from './micro/log.js';
import { benchMicro } from './micro/micro.js';

const program = new Command('bench').description('Benchmarks of the ledger; one at a time, on a quiet machine.');

program
  .command('micro')
  .description('costs a transaction is made of, as ratios to one signature check')
  .action(async () => print(await benchMicro()));
program
  .command('log')
  .description('leaves appended, and certification a transaction at 1,000 a second, in CPU time')
  .action(() => print(benchLog()));
program
  .command('latency')
  .description('submit-to-final latency of a 4-node cluster of real processes at a steady rate')
  .option('--seconds <n>', 'measured time', positive, 60)
  .option('--rate <n>', 'transactions per second', positive, 100)
  .action(async ({ seconds, rate }: { seconds: number; rate: number }) => print(await benchLatency(seconds, rate)));
program
  .command('certification')
  .description('the share of certification in the CPU time of a loaded 4-node cluster, from sampled stacks')
  .option('--seconds <n>', 'measured time', positive, 30)
  .option('--rate <n>', 'transactions per second', positive, 100)
  .action(async ({ seconds, rate }: { seconds: number; rate: number }) =>
    print(await benchCertification(seconds, rate)),
  );
program
  .command('idle')
  .description('what a 4-node cluster costs while nothing happens, and how fast it wakes')
  .option('--seconds <n>', 'measured time', positive, 30)
  .action(async ({ seconds }: { seconds: number }) => print(await benchIdle(seconds)));
program
  .command('simulator')
  .description('simulated seconds a CPU second with seven nodes at 20 transactions/s, and fuzzed DAGs a CPU second')
  .option('--runs <n>', 'runs of which the median counts', positive, 5)
  .action(async ({ runs }: { runs: number }) => print(await benchSimulator(runs)));

await program.parseAsync();

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('an integer from 1 is allowed.');
  return value;
}

function print(result: object): void {
  const machine = { cpu: cpus()[0]?.model, cpus: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const about = { node: process.version, platform: process.platform, commit: commit(), date: new Date().toISOString() };
  process.stdout.write(`${JSON.stringify({ ...result, machine, ...about }, null, 2)}\n`);
}

function commit(): string | null {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    // Not a checkout: the numbers stand for the package versions alone.
    return null;
  }
}
