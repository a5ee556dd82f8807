/** Figures of a sweep: all there, self-contained, the same for the same results. */
import { describe, expect, test } from 'vitest';
import { plotResults, readResults, reportPage } from '../../src/tips/report.js';
import { runTips, type TipsResult } from '../../src/tips/result.js';
import { expandGrid, readSweep } from '../../src/tips/sweep.js';

function sweep(given: Readonly<Record<string, unknown>>, ...sweeps: readonly string[]): TipsResult[] {
  const runs = expandGrid({ given, seed: 1, version: '<test>', sweeps: sweeps.map(readSweep) });
  return runs.map((run) => runTips(run, () => 0).result);
}

const RESULTS = sweep({ strategy: 'uniform', transactions: 5_000 }, 'parents=2,3', 'lambda=1,10,50', 'seed=1,2');

describe('a report', () => {
  const figures = plotResults(RESULTS);
  const page = reportPage(RESULTS, figures);

  test('has a figure for each quantity that was measured, over the option with most values', () => {
    const names = figures.map(({ name }) => name);
    expect(names).toContain('pool');
    expect(names).toContain('first-approval-p99');
    expect(names).toContain('direct-approvals');
    expect(names).not.toContain('growth-rate');
    const pool = figures.find(({ name }) => name === 'pool')?.svg ?? '';
    expect(pool).toMatch(/^<svg [^]*<\/svg>$/);
    for (const text of ['lambda', 'parents 2', 'parents 3', 'parents 3, theory', 'pool (lambda h)']) {
      expect(pool).toContain(`>${text}</text>`);
    }
  });

  test('is one page that loads nothing, with every run in it', () => {
    expect(page.match(/<svg /g)).toHaveLength(figures.length);
    expect(page).not.toMatch(/<(?:script|link|img|iframe)|(?:src|href)=/);
    expect(page.match(/<tr>/g)).toHaveLength(RESULTS.length + 1);
    expect(page).toContain('&lt;test&gt;');
    expect(page).not.toContain('<test>');
  });

  test('reads what tips wrote, and names the line that it cannot read', () => {
    const lines = RESULTS.map((result) => JSON.stringify(result));
    expect(readResults(`${lines.join('\n')}\n`)).toEqual(RESULTS);
    expect(() => readResults('')).toThrow('no results');
    expect(() => readResults(`${lines[0]}\n{"seed":1}\n`)).toThrow('line 2: a result that tips --out or --json wrote');
    expect(() => readResults('seed,pool\n')).toThrow('line 1');
  });

  test('of a single run shows its approvals', () => {
    expect(plotResults(RESULTS.slice(0, 1)).map(({ name }) => name)).toEqual(['direct-approvals']);
  });
});
