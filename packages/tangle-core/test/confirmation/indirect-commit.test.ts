import { describe, expect, test } from 'vitest';
import { Follower } from '../../src/testing/index.js';
import { four, play, verdictsOf } from './networks.js';

/**
 * Slot 1 has three votes (A2 B2 C2) but one certificate only:
 *
 *   A1 <-- A2 ---- A3
 *      <-- B2 ---- B3       C3 alone cites all three voters; A3, B3 and D3 leave C2 out
 *      <-- C2 ---- C3 *
 *          D2 ---- D3
 */
const ONE_CERTIFICATE = `
  tx t1
  Round 1 : { A {t1}, BCD }
  Round 2 : { ABC -> [*], D -> [-A] }
  Round 3 : { C -> [-D], ABD -> [-C] }`;

describe('a slot is committed indirectly', () => {
  test('when the anchor three rounds up reaches a certificate', () => {
    const { verdicts, follower, dag } = play(
      four,
      `${ONE_CERTIFICATE}
       Round 4 : { * }
       Round 5 : { * }
       Round 6 : { * }`,
    );
    expect(verdicts).toEqual(['A1 indirect', 'B2 direct', 'C3 direct', 'D4 direct']);
    expect(follower.commits[0]?.entries.map(({ id }) => dag.nameOf(id))).toEqual(['t1']);
  });

  test('through a chain of single paths to an anchor further up, over slots that are skipped', () => {
    // D (slot 4) is silent in round 4, so slot 5 anchors slot 1; A5 reaches C3 through C4 alone.
    const { verdicts } = play(
      four,
      `${ONE_CERTIFICATE}
       Round 4 : { C -> [*], AB -> [-C] }
       Round 5 : { ABC }
       Round 6 : { ABC }
       Round 7 : { ABC }
       Round 8 : { ABC }`,
    );
    expect(verdicts).toEqual(['A1 indirect', 'B2 direct', 'skip indirect', 'skip direct', 'A5 direct', 'B6 direct']);
  });

  test('with the same commits as a node that saw a quorum of certificates', () => {
    const text = `
      tx t1
      Round 1 : { A {t1}, BCD }
      Round 2 : { ABC -> [*], D -> [-A] }
      Round 3 : { ABC -> [-D], D -> [-A] }
      Round 4 : { BCD -> [-A] }
      Round 5 : { BCD }
      Round 6 : { BCD }`;
    const all = play(four, text);
    expect(all.verdicts[0]).toBe('A1 direct');
    const withoutOne = all.dag.vertices.filter(({ id }) => id !== all.dag.statement('A3').id);
    const other = new Follower(four).acceptAll(withoutOne);
    expect(verdictsOf(other, all.dag)[0]).toBe('A1 indirect');
    expect(other.commits).toEqual(all.follower.commits);
  });
});
