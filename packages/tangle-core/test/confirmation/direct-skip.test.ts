import { describe, expect, test } from 'vitest';
import { four, play } from './networks.js';

describe('a slot is skipped directly', () => {
  test('by a quorum that cites no statement of a silent leader, one round up', () => {
    // (A1)     A2
    //  B1 <--- B2      nothing of A at round 1: all of round 2 are blames
    //  C1 <--- C2
    //  D1 <--- D2
    expect(play(four, 'Round 1 : { BCD }\nRound 2 : { BCD }').verdicts).toEqual(['skip direct']);
  });

  test('when the leader is late by one round', () => {
    // A1 <--- A2       A1 comes after B, C and D have signed round 2
    // B1 <--- B2
    // C1 <--- C2
    // D1 <--- D2
    const { verdicts } = play(four, 'Round 1 : { * }\nRound 2 : { A -> [*], BCD -> [-A] }\nRound 3 : { * }');
    expect(verdicts).toEqual(['skip direct']);
  });

  test('and its statement is ordered with the next leader all the same', () => {
    const { verdicts, follower, dag } = play(
      four,
      `tx t1
       Round 1 : { A {t1}, BCD }
       Round 2 : { A -> [*], BCD -> [-A] }
       Round 3 : { * }
       Round 4 : { * }
       Round 5 : { * }`,
    );
    expect(verdicts).toEqual(['skip direct', 'B2 direct', 'C3 direct']);
    expect(follower.commits.map(({ index, entries }) => [index, entries.map(({ id }) => dag.nameOf(id))])).toEqual([
      [1, []],
      [2, ['t1']],
    ]);
  });

  test('two versions of one blaming author count once', () => {
    // B2 and B2' both blame: with C2 that is weight 2, no quorum.
    const { verdicts } = play(
      four,
      `Round 1 : { * }
       Round 2 : { AD -> [*], BC -> [-A], B' -> [-A] {} @ 7 }`,
    );
    expect(verdicts).toEqual([]);
  });
});
