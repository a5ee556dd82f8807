/** Every seed that ever failed, again: the lines of seeds/regressions.txt. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { present } from '@tangle/core/assert';
import { DagFuzzer, nullCrypto } from '@tangle/core/testing';
import { describeVerdict, openScenario, runSeed } from '../src/index.js';
import { sha256 } from '../src/sha256.js';

const lines = readFileSync(new URL('../seeds/regressions.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

test.each(lines)('%s', async (line) => {
  const [, name, seedText] = present(/^([\w-]+) +(\d+) +\S/.exec(line), 'a name, a seed and what it found');
  const seed = Number(seedText);
  if (name === 'fuzz') {
    new DagFuzzer(nullCrypto(sha256)).fuzz(seed);
    return;
  }
  const { verdict } = await runSeed({ run: openScenario(present(name, 'a name'))(seed), seed });
  expect(describeVerdict(verdict)).toBe('Pass');
});
