import { describe, expect, test } from 'vitest';
import { four, one, play, seven, verdictsOf } from './networks.js';
import { drawDag, Follower, testNetwork } from '../../src/testing/index.js';

describe('a slot is committed directly', () => {
  test('by a quorum of certificates two rounds up', () => {
    // A1 <-- A2 <-- A3
    // B1 <-- B2 <-- B3     everybody cites everybody: each statement of round 3 holds four votes for A1
    // C1 <-- C2 <-- C3
    // D1 <-- D2 <-- D3
    expect(play(four, 'Round 1 : { * }\nRound 2 : { * }\nRound 3 : { * }').verdicts).toEqual(['A1 direct']);
  });

  test('with the quorum that remains when f are silent, and only then', () => {
    const dag = drawDag(four, 'Round 1 : { ABC }\nRound 2 : { ABC }\nRound 3 : { ABC }');
    const follower = new Follower(four);
    for (const vertex of dag.vertices) {
      expect(verdictsOf(follower, dag)).toEqual([]);
      follower.accept(vertex);
    }
    expect(verdictsOf(follower, dag)).toEqual(['A1 direct']);
  });

  test('in every slot of a calm DAG, by a committee of one as well', () => {
    const rounds = [1, 2, 3, 4, 5].map((round) => `Round ${round} : { * }`).join('\n');
    expect(play(four, rounds).verdicts).toEqual(['A1 direct', 'B2 direct', 'C3 direct']);
    expect(play(one, rounds).verdicts).toEqual(['A1 direct', 'A2 direct', 'A3 direct']);
    expect(play(seven, rounds).verdicts).toEqual(['A1 direct', 'B2 direct', 'C3 direct']);
  });

  test('by weight, not by heads', () => {
    // Weights 5,1,1: f = 2, Q = 5. A alone is a quorum; B and C together are not.
    const network = testNetwork({ weights: [5, 1, 1], name: 'heavy' });
    expect(play(network, 'Round 1 : { * }\nRound 2 : { A }\nRound 3 : { A }').verdicts).toEqual(['A1 direct']);
  });

  test('for the version of an equivocating leader that a quorum votes for', () => {
    // A1  <-- A2 B2 C2 <-- everybody
    // A1' <-- D2
    const { verdicts } = play(
      four,
      `Round 1 : { *, A' }
       Round 2 : { ABC -> [*], D -> [A1' B1 C1 D1] }
       Round 3 : { * }`,
    );
    expect(verdicts).toEqual(['A1 direct']);
  });

  test('with the transactions of the whole cone, which a hidden chain enters when it is revealed', () => {
    // D signs rounds 2 to 4 in the dark; D5 is public and brings the chain, and its transaction, along.
    const { verdicts, follower, dag } = play(
      four,
      `tx t1
       tx t2
       Round 1 : { * }
       Round 2 : { D -> [*] {t1}, * }
       Round 3 : { D -> [*], ABC -> [-D] }
       Round 4 : { D -> [*], ABC -> [-D] }
       Round 5 : { D -> [*] {t2}, ABC -> [-D] }
       Round 6 : { * }
       Round 7 : { * }
       Round 8 : { * }`,
    );
    expect(verdicts).toEqual(['A1 direct', 'B2 direct', 'C3 direct', 'skip direct', 'A5 direct', 'B6 direct']);
    const finals = follower.commits.map(({ entries }) => entries.map(({ id }) => dag.nameOf(id)).sort());
    expect(finals).toEqual([[], [], [], [], ['t1', 't2']]);
  });

  test('the same, whether an ancestor that few cite comes early or late', () => {
    const dag = drawDag(
      four,
      `Round 1 : { * }
       Round 2 : { C -> [*], ABD -> [-D D1] }
       Round 3 : { ABC -> [-D], D }
       Round 4 : { ABC -> [-D], D }
       Round 5 : { * }`,
    );
    const late = new Set(['D2', 'D3', 'D4', 'D5'].map((name) => dag.statement(name).id as string));
    const withheld = dag.vertices.filter(({ id }) => !late.has(id));
    const early = new Follower(four).acceptAll(dag.vertices);
    const follower = new Follower(four);
    follower.acceptAll(withheld.filter((vertex) => !('prev' in vertex) || !vertex.prev.some((id) => late.has(id))));
    const before = verdictsOf(follower, dag);
    expect(before).toEqual(['A1 direct', 'B2 direct']);
    follower.acceptAll(dag.vertices.filter(({ id }) => !follower.tangle.has(id)));
    expect(verdictsOf(follower, dag)).toEqual(verdictsOf(early, dag));
    expect(follower.commits).toEqual(early.commits);
  });
});
