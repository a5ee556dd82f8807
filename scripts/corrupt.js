/** `npm run corrupt -- --images 500 --seed 7`: the test of damaged data directories with more images than `npm test` tries. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const vitest = spawn('npx', ['vitest', 'run', 'packages/node/test/faults/corruption-images.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, CORRUPT_IMAGES: values.images, CORRUPT_SEED: values.seed },
});
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
