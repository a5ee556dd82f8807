/** `npm run bench -- WHAT`: one JSON object on stdout, with the machine and the versions beside the numbers. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { benchCertification } from './macro/certification.js';
import { benchIdle } from './macro/idle.js';
import { benchLatency } from './macro/latency.js';
import { comparePoint, measurePoint, type PointResult } from './macro/points.js';
import { benchReality, type RealityOptions } from './macro/reality.js';
import { benchSimulator } from './macro/simulator.js';
import { benchLog } from './micro/log.js';
import { benchMicro } from './micro/micro.js';
import { benchTips } from './micro/tips.js';

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
  .command('tips')
  .description('a draw of two parents and the update after it, at pools of 10, 1,000 and 20,000 tips, in CPU time')
  .action(() => print(benchTips()));
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
program
  .command('cluster')
  .description('throughput, latency and CPU time of real node processes, one JSON line for each point')
  .option('--nodes <list>', 'sizes of the cluster', positives, [4])
  .option('--rates <list>', 'transactions per second', positives, [100])
  .option('--seconds <n>', 'measured time of a point', positive, 60)
  .option('--compare <file>', 'lines of an earlier run: what changed follows each point, as new over old')
  .action(benchCluster);
program
  .command('reality')
  .description(
    'latency that the simulator predicts beside that of real processes, on loopback and behind a delay relay',
  )
  .option('--seconds <n>', 'measured time of a run', positive, 30)
  .option('--rate <n>', 'transactions per second', positive, 50)
  .option('--runs <n>', 'runs of which the medians count', positive, 3)
  .option('--delay-ms <n>', 'that the relay adds, one way', positive, 25)
  .action(async (options: RealityOptions) => {
    const result = await benchReality(options);
    print(result);
    if (!result.isWithin) process.exitCode = 1;
  });

await program.parseAsync();

interface ClusterFlags {
  readonly nodes: readonly number[];
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly compare?: string;
}

async function benchCluster({ nodes, rates, seconds, compare }: ClusterFlags): Promise<void> {
  const before = compare === undefined ? [] : await readPoints(compare);
  for (const size of nodes) {
    for (const rate of rates) {
      const point = await measurePoint({ nodes: size, rate, seconds });
      process.stdout.write(`${JSON.stringify({ ...point, ...about() })}\n`);
      const change = comparePoint(point, before);
      if (change !== null) process.stdout.write(`${JSON.stringify(change)}\n`);
    }
  }
}

async function readPoints(file: string): Promise<PointResult[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  const results = lines.map((line) => JSON.parse(line) as { readonly benchmark: string });
  return results.filter((result): result is PointResult => result.benchmark === 'cluster');
}

function positives(text: string): number[] {
  return text.split(',').map(positive);
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('an integer from 1 is allowed.');
  return value;
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify({ ...result, ...about() }, null, 2)}\n`);
}

/** What numbers cannot be read without. */
function about(): object {
  const machine = { cpu: cpus()[0]?.model, cpus: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  return {
    machine,
    node: process.version,
    platform: process.platform,
    commit: commit(),
    date: new Date().toISOString(),
  };
}

function commit(): string | null {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    // Not a checkout: the numbers stand for the package versions alone.
    return null;
  }
}
