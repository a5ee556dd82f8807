/** More than f of the weight is faulty: the rule stops with the evidence, and never picks a side. */
import { describe, expect, test } from 'vitest';
import { drawDag, evaluateExport, Follower } from '../../src/testing/index.js';
import { four } from './networks.js';

/** All of it comes in one burst: a node that had decided before it saw the second half would not look again. */
function haltOf(text: string, evidence: RegExp): string {
  const follower = new Follower(four).acceptAtOnce(drawDag(four, text).vertices);
  expect(follower.halted).toMatch(evidence);
  expect(follower.slots).toEqual([]);
  const reference = evaluateExport(follower.lines, follower.network.crypto);
  expect(reference.verdicts[1]?.kind).toBe('halt');
  expect(reference.commits).toEqual([]);
  return follower.halted ?? '';
}

describe('the rule halts', () => {
  test('when two statements of one leader have a quorum of certificates each', () => {
    // A1  <-- A2  B2  C2  <-- A3  B3  C3       A, B and C sign everything twice
    // A1' <-- A2' B2' C2' <-- A3' B3' C3'
    const text = `
      Round 1 : { ABC, A' }
      Round 2 : { ABC -> [A1 B1 C1], ABC' -> [A1' B1 C1] }
      Round 3 : { ABC -> [A2 B2 C2], ABC' -> [A2' B2' C2'] }`;
    const evidence = haltOf(text, /^slot 1: two leader statements with a quorum of certificates/);
    for (const name of ['A1', "A1'"]) expect(evidence).toContain(drawDag(four, text).statement(name).id);
  });

  test('when a quorum certifies the leader and a quorum has no leader statement', () => {
    const evidence = haltOf(
      `Round 1 : { * }
       Round 2 : { ABC -> [*], BCD' -> [-A] }
       Round 3 : { ABC -> [A2 B2 C2] }`,
      /^slot 1: a quorum certifies .* and a quorum has no leader statement/,
    );
    expect(evidence).toContain('more than f of the weight is faulty');
  });

  test('when an anchor reaches certificates for two statements of one leader', () => {
    const evidence = haltOf(
      `Round 1 : { ABCD, A' }
       Round 2 : { ABC -> [*], BCD' -> [-A A1'] }
       Round 3 : { A -> [A2 B2 C2], B -> [B2' C2' D2'], C -> [A2 C2 D2'], D -> [A2 B2 D2'] }
       Round 4 : { * }
       Round 5 : { * }
       Round 6 : { * }`,
      /^slot 1: anchor .* reaches certificates for both/,
    );
    expect(evidence).toContain('more than f of the weight is faulty');
  });
});
