import { describe, expect, test } from 'vitest';
import { decideDirectly, decideIndirectly, type Decision } from '../../src/confirmation/index.js';
import type { Follower } from '../../src/testing/index.js';
import { four, play } from './networks.js';

/** The rule once over all slots, from the highest down, in words. */
function decisionsOf({ tangle, committer }: Follower): string[] {
  const decisions: Decision[] = [];
  for (let round = tangle.highestRound; round >= 1; round--) {
    decisions[round] =
      decideDirectly(tangle, committer.schedule, round) ??
      decideIndirectly(tangle, round, (above) => decisions[above] ?? { kind: 'undecided', why: 'no-anchor-yet' });
  }
  return decisions.slice(1).map((decision) => {
    if (decision.kind === 'undecided') return decision.why;
    return decision.kind === 'halt' ? 'halt' : `${decision.kind} ${decision.how}`;
  });
}

describe('a slot stays undecided', () => {
  test('while neither votes nor blames are a quorum and no slot three rounds up is there', () => {
    const { follower, verdicts } = play(four, 'Round 1 : { * }\nRound 2 : { AB -> [*], CD -> [-A] }\nRound 3 : { * }');
    expect(verdicts).toEqual([]);
    expect(decisionsOf(follower)).toEqual(['no-anchor-yet', 'no-anchor-yet', 'no-anchor-yet']);
  });

  test('while its anchor is undecided, even where a slot further up is committed already', () => {
    // Slots 1 and 4 are split. Slot 5 is committed, but slot 4 comes first: what it will be is open, so slot 1 waits.
    const { follower, verdicts } = play(
      four,
      `Round 1 : { * }
       Round 2 : { AB -> [*], CD -> [-A] }
       Round 3 : { * }
       Round 4 : { * }
       Round 5 : { AD -> [*], BC -> [-D] }
       Round 6 : { * }
       Round 7 : { * }`,
    );
    expect(verdicts).toEqual([]);
    expect(decisionsOf(follower)).toEqual([
      'anchor-undecided',
      'commit direct',
      'commit direct',
      'anchor-undecided',
      'commit direct',
      'no-anchor-yet',
      'no-anchor-yet',
    ]);
    expect(follower.committer.isDecided(5)).toBe(true);
    expect(follower.committer.nextRound).toBe(1);
  });

  test('and nothing above it is committed before it is', () => {
    const text = `tx t1
      Round 1 : { * }
      Round 2 : { AB -> [*], CD -> [-A] {t1} }
      Round 3 : { * }
      Round 4 : { * }
      Round 5 : { * }`;
    expect(play(four, text).follower.commits).toEqual([]);
    expect(play(four, `${text}\nRound 6 : { * }`).follower.commits.map(({ round }) => round)).toEqual([2, 3, 4]);
  });

  test('a slot above the highest round has no decision, slots below 1 are decided', () => {
    const { follower } = play(four, 'Round 1 : { * }');
    expect([-1, 0, 1, 2].map((round) => follower.committer.isDecided(round))).toEqual([true, true, false, false]);
  });
});
