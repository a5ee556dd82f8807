// `npm run test:lts [-- PATHS]`: the tests of what must be read for years, on each later line of Node that is tested.
// The binaries come as npm packages, one for each platform, and stay in npm's cache.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The newest line with long-term support, and the one that is next to have it. */
const VERSIONS = ['24.21.0', '26.10.0'];
const PATHS = [
  'apps/cli/test/golden.test.ts',
  'packages/audit',
  ...['crypto', 'log', 'proof'].map((folder) => `packages/tangle-core/test/${folder}`),
];

const root = fileURLToPath(new URL('..', import.meta.url));
const paths = process.argv.length > 2 ? process.argv.slice(2) : PATHS;
const platform = process.platform === 'win32' ? 'win' : process.platform;
const failed = VERSIONS.filter((version) => {
  console.log(`\nNode ${version}: ${paths.join(' ')}`);
  const runtime = `--package=node-${platform}-${process.arch}@${version}`;
  const command = ['node', 'node_modules/vitest/vitest.mjs', 'run', ...paths];
  const { status, error } = spawnSync('npm', ['exec', '--yes', runtime, '--', ...command], {
    cwd: root,
    stdio: 'inherit',
    shell: platform === 'win',
  });
  if (error !== undefined) console.error(error.message);
  return status !== 0;
});
if (failed.length > 0) console.error(`failed on Node ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
