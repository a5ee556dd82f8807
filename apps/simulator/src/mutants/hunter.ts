/** One child process that hunts, as a promise: starts it, hears its reports, and ends it when it hangs. */
import { type ChildProcess, fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './child.js';

/** How a hunt ended. `seed`: the one that caught it. */
export type HuntResult =
  | { readonly kind: 'passed' }
  | { readonly kind: 'caught'; readonly seed: number; readonly detail: string }
  /** The child broke before or beside the hunt: the mutant's text is no code, or the tool has a bug. */
  | { readonly kind: 'broken'; readonly detail: string };

/** A seed that takes so long hangs: a planted bug can make a loop endless. Far above the slowest seed of any hunt. */
const SEED_MS_MAX = 180_000;
/** Of what a child that broke says last, characters. */
const STDERR_MAX = 2_000;

/** Runs an order in a child process of its own. Never rejects. */
export async function runHunt(order: Order): Promise<HuntResult> {
  // No flags of this process: a test runner's would make the child read the sources.
  const child = fork(childFile(), { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  try {
    return await listen(child, order);
  } finally {
    child.kill('SIGKILL');
  }
}

function listen(child: ChildProcess, order: Order): Promise<HuntResult> {
  return new Promise((resolve) => {
    let stderr = '';
    let seed = order.seeds[0] ?? 0;
    const isHung = (): void => resolve({ kind: 'caught', seed, detail: `seed ${seed} does not end` });
    let watchdog = setTimeout(isHung, SEED_MS_MAX);
    const end = (result: HuntResult): void => {
      clearTimeout(watchdog);
      resolve(result);
    };
    child.stderr?.on('data', (text: Buffer) => {
      stderr = `${stderr}${text.toString()}`.slice(-STDERR_MAX);
    });
    child.on('message', (report: Report) => {
      if (report.kind !== 'running') {
        end(report);
        return;
      }
      ({ seed } = report);
      clearTimeout(watchdog);
      watchdog = setTimeout(isHung, SEED_MS_MAX);
    });
    child.on('error', (error) => end({ kind: 'broken', detail: error.message }));
    child.on('close', (code) => end({ kind: 'broken', detail: `the child ended with code ${code}: ${stderr}` }));
    child.send(order);
  });
}

/** Built, also where this module is read from its source. */
function childFile(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'mutants', 'child.js');
}
