/** Runs the command in this process: for whatever needs no process of its own, and does not wait for signals. */
import { vi } from 'vitest';
import { run } from '../../src/run.js';
import { parseLines, type Finished, type Json } from './tangle.js';

/** As `tangle` of tangle.ts, one at a time. */
export async function tangleHere(...args: readonly string[]): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout += String(text);
      return true;
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += String(text);
      return true;
    }),
  ];
  try {
    const code = await run(args);
    return { code, stdout, stderr, json: args.includes('--json') ? parseLines(stdout) : [] };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** With `--json`, expected to succeed. */
export async function jsonHere(...args: readonly string[]): Promise<Json[]> {
  const { code, stderr, json } = await tangleHere(...args, '--json');
  if (code !== 0) throw new Error(`tangle ${args.join(' ')} ended with ${code}: ${stderr}`);
  return json;
}
