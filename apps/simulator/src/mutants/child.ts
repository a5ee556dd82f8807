/**
 * The child process of one hunt: plants the bug, then loads the code under test, hunts, and says what it found. It
 * imports nothing of that code before.
 */
import { register } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Planted } from './loader.js';
import type { Mutant } from './mutant.js';

/** One hunt over ascending seeds, until something is caught. */
export interface Order {
  /** Null for the code as it is. */
  readonly mutant: Mutant | null;
  readonly hunt: string;
  readonly seeds: readonly number[];
}

/** What the child says: that it lives, then how it ended. */
export type Report =
  | { readonly kind: 'running'; readonly seed: number }
  | { readonly kind: 'caught'; readonly seed: number; readonly detail: string }
  | { readonly kind: 'passed' };

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');

process.on('message', (order: Order) => {
  hunt(order).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  });
});

async function hunt({ mutant, hunt: name, seeds }: Order): Promise<void> {
  if (mutant !== null) {
    const url = pathToFileURL(join(ROOT, mutant.file)).href;
    register('./loader.js', { parentURL: import.meta.url, data: { mutant, url } satisfies Planted });
  }
  const { huntOf } = await import('./hunts/index.js');
  const run = await huntOf(name);
  let running: number | undefined;
  // A promise that nobody listens to is one of the ways in which a planted bug shows.
  process.on('unhandledRejection', (error) => {
    report({ kind: 'caught', seed: running ?? 0, detail: `unhandled rejection: ${String(error)}` });
    process.disconnect();
    process.exit(0);
  });
  for (const seed of seeds) {
    running = seed;
    report({ kind: 'running', seed });
    const detail = await run(seed);
    if (detail === null) continue;
    report({ kind: 'caught', seed, detail });
    process.disconnect();
    return;
  }
  report({ kind: 'passed' });
  process.disconnect();
}

function report(message: Report): void {
  process.send?.(message);
}
