/** `npm run faults:disk -- --points 500 --seed 7`: every file-system call of a node fails or is its last; all without `--points`. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: 'all' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const vitest = spawn('npx', ['vitest', 'run', 'packages/node/test/faults/disk-faults.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, FAULT_POINTS: values.points, FAULT_SEED: values.seed },
});
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
