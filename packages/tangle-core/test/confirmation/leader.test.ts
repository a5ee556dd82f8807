import { describe, expect, test } from 'vitest';
import { LeaderSchedule } from '../../src/confirmation/index.js';
import { Committee } from '../../src/model/index.js';

function leaders(weights: readonly number[], rounds: number): string {
  const key = new Uint8Array(32);
  const schedule = new LeaderSchedule(
    new Committee(
      weights.map((weight, index) => ({
        index,
        name: `v${index}`,
        weight,
        statementKey: key,
        cosignerKey: key,
        logKey: key,
      })),
    ),
  );
  return Array.from({ length: rounds }, (_, index) => String.fromCharCode(65 + schedule.leaderOf(index + 1))).join(' ');
}

describe('the leader schedule', () => {
  test('rotates by weight, of equals the first in genesis order, and repeats', () => {
    expect(leaders([1], 3)).toBe('A A A');
    expect(leaders([1, 1, 1, 1], 9)).toBe('A B C D A B C D A');
    expect(leaders([3, 1], 8)).toBe('A A B A A A B A');
    expect(leaders([5, 1, 1], 14)).toBe('A A B A C A A A A B A C A A');
  });

  test('gives each validator its weight of leaders in every W rounds', () => {
    const counts = new Map<string, number>();
    for (const leader of leaders([4, 3, 3, 2, 1], 13).split(' ')) counts.set(leader, (counts.get(leader) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ A: 4, B: 3, C: 3, D: 2, E: 1 });
  });
});
