import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  MARK,
  MARK_NAMES,
  MARK_SENTENCES,
  markCounts,
  mergeMarks,
  reached,
  reportMarks,
  resetMarks,
} from '../../src/marks/index.js';

beforeEach(resetMarks);

describe('marks', () => {
  test('count what was reached, and start again from zero', () => {
    reached(MARK.roundJumped);
    reached(MARK.roundJumped);
    expect(markCounts().roundJumped).toBe(2);
    resetMarks();
    expect(markCounts().roundJumped).toBe(0);
  });

  test('add up over threads', () => {
    reached(MARK.roundJumped);
    const first = structuredClone(markCounts());
    reached(MARK.leaderLate);
    const sum = mergeMarks([first, structuredClone(markCounts())]);
    expect([sum.roundJumped, sum.leaderLate, sum.directSkip]).toEqual([2, 1, 0]);
  });

  test('report what was never reached, with its sentence', () => {
    for (const name of MARK_NAMES) if (name !== 'ruleHalted') reached(MARK[name]);
    const { reached: names, missing, share } = reportMarks(markCounts());
    expect(names).toHaveLength(MARK_NAMES.length - 1);
    expect(missing).toEqual([{ name: 'ruleHalted', sentence: MARK_SENTENCES.ruleHalted }]);
    expect(share).toBeLessThan(1);
  });
});

/** Sources of what runs in a node, without the marks themselves and the means of tests. */
function sources(): { readonly path: string; readonly text: string }[] {
  const packages = fileURLToPath(new URL('../../..', import.meta.url));
  return ['tangle-core/src', 'node/src/replica'].flatMap((folder) =>
    readdirSync(join(packages, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.startsWith('marks') && !path.startsWith('testing'))
      .map((path) => ({ path, text: readFileSync(join(packages, folder, path), 'utf8') })),
  );
}

describe('core and replica', () => {
  const texts = sources();

  test('only write the marks', () => {
    const reading = texts.filter(({ text }) => /\b(?:markCounts|resetMarks|mergeMarks|reportMarks)\b/.test(text));
    const imports = texts.flatMap(({ text }) => [
      ...text.matchAll(/import \{([^}]*)\} from '[^']*\/marks(?:\/\w+\.js)?'/g),
    ]);
    const names = new Set(imports.flatMap(([, list = '']) => list.split(',').map((name) => name.trim())));
    expect(reading).toEqual([]);
    expect([...names].sort()).toEqual(['MARK', 'reached', 'type Mark']);
  });

  test('reach every mark from somewhere', () => {
    const all = texts.map(({ text }) => text).join('\n');
    expect(MARK_NAMES.filter((name) => !new RegExp(String.raw`\bMARK\.${name}\b`).test(all))).toEqual([]);
  });
});
