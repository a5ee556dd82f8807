import { describe, expect, test } from 'vitest';
import { four, play, seven } from './networks.js';

const CALM = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `Round ${from + index} : { * }`).join('\n');

describe('a slot is skipped indirectly', () => {
  test('when the anchor reaches no certificate: votes suppressed just below the quorum', () => {
    // A1 <-- A2 B2        two votes
    //        C2 D2        two blames: neither side is a quorum
    const { verdicts } = play(
      four,
      `Round 1 : { * }
       Round 2 : { AB -> [*], CD -> [-A] }
       ${CALM(3, 6)}`,
    );
    expect(verdicts).toEqual(['skip indirect', 'B2 direct', 'C3 direct', 'D4 direct']);
  });

  test('when the leader equivocates and splits the votes both ways', () => {
    // A1  <-- A2 B2
    // A1' <-- C2 D2
    const { verdicts, follower } = play(
      four,
      `Round 1 : { *, A' }
       Round 2 : { AB -> [*], CD -> [A1' B1 C1 D1] }
       ${CALM(3, 6)}`,
    );
    expect(verdicts).toEqual(['skip indirect', 'B2 direct', 'C3 direct', 'D4 direct']);
    expect(follower.halted).toBe(null);
  });

  test('when the leader equivocates and splits the votes of seven k ways', () => {
    const { verdicts } = play(
      seven,
      `Round 1 : { *, A', A'', A''' }
       Round 2 : { AB -> [*], CD -> [-A A1'], EF -> [-A A1''], G -> [-A A1'''] }
       ${CALM(3, 6)}`,
    );
    expect(verdicts).toEqual(['skip indirect', 'B2 direct', 'C3 direct', 'D4 direct']);
  });

  test('when the only certificate stays outside the cone of the anchor', () => {
    // C3 certifies A1, but D4, the anchor, cites A3 B3 D3 only.
    const { verdicts } = play(
      four,
      `Round 1 : { * }
       Round 2 : { ABC -> [*], D -> [-A] }
       Round 3 : { C -> [-D], ABD -> [-C] }
       Round 4 : { D -> [-C], ABC }
       Round 5 : { * }
       Round 6 : { * }`,
    );
    expect(verdicts).toEqual(['skip indirect', 'B2 direct', 'C3 direct', 'D4 direct']);
  });

  test('a certificate that the anchor reaches by a self edge only does not count', () => {
    // C3 certifies A1 and is nobody's prev. C5 cites it as self, so C5 and the anchor above have it in their cones.
    const { verdicts } = play(
      four,
      `Round 1 : { * }
       Round 2 : { ABC -> [*], D -> [-A] }
       Round 3 : { C -> [-D], ABD -> [-C] }
       Round 4 : { AB -> [-C] }
       Round 4 : { D -> [-C] @ 1 }
       Round 5 : { ABCD -> [-C] }
       Round 6 : { * }
       Round 7 : { * }
       Round 8 : { * }`,
    );
    expect(verdicts.slice(0, 4)).toEqual(['skip indirect', 'B2 direct', 'skip direct', 'D4 direct']);
  });
});
