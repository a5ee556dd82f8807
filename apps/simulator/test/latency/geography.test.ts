/** The bound that physics sets, where it can be reckoned by hand. */
import { describe, expect, test } from 'vitest';
import { Geography } from '../../src/latency/geography.js';
import { Random } from '../../src/prng.js';

const live = (nodes: number): number[] => Array.from({ length: nodes }, (_, node) => node);

describe('the least time to final', () => {
  test('is three delays where all are equally far: leader to voters, to certifiers, to the node', () => {
    const lan = new Geography('lan', 4, 0, new Random('test'));
    expect(lan.finalLeastMs(live(4), 3)).toEqual([1.5, 1.5, 1.5, 1.5]);
  });

  test('is nothing for a node alone, and does not sink where nodes are missing', () => {
    expect(new Geography('wan10', 1, 0, new Random('test')).finalLeastMs([0], 1)).toEqual([0]);
    const wide = new Geography('wan10', 10, 0, new Random('test'));
    const all = wide.finalLeastMs(live(10), 7);
    const fewer = wide.finalLeastMs(live(7), 7);
    fewer.forEach((leastMs, node) => expect(leastMs).toBeGreaterThanOrEqual(all[node] ?? Number.NaN));
  });
});

test('a message takes at least what the table says, the same both ways', () => {
  const wide = new Geography('wan10', 20, 0.5, new Random('test'));
  expect(wide.leastMs(0, 9)).toBe(227 / 2);
  expect(wide.leastMs(9, 0)).toBe(227 / 2);
  // The eleventh node stands in the first region again.
  expect(wide.leastMs(0, 10)).toBe(5 / 2);
  for (let draw = 0; draw < 1_000; draw += 1) expect(wide.drawMs(0, 9)).toBeGreaterThanOrEqual(227 / 2);
});
