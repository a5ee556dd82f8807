import { describe, expect, test } from 'vitest';
import type { CheckedStatement } from '../../src/model/index.js';
import { drawDag, Follower } from '../../src/testing/index.js';
import { Doubt } from '../../src/validator/index.js';
import { four, one } from '../confirmation/networks.js';

const dag = drawDag(four, 'Round 1 : { * }\nRound 2 : { * }\nRound 3 : { * }');
const { tangle } = new Follower(four).acceptAll(dag.vertices.slice(0, -1));
const own = (name: string): { own: CheckedStatement; yours: null } => ({ own: dag.statement(name), yours: null });

describe('doubt about the own past', () => {
  test('ends with answers of weight 2f + 1 from others, at the highest round among them', () => {
    const doubt = new Doubt(four.genesis.committee, 0);
    doubt.answer(1, own('B2'));
    doubt.answer(2, own('C1'));
    expect(doubt.resolvedRound(tangle)).toBe(null);
    doubt.answer(0, own('A3'));
    expect(doubt.resolvedRound(tangle)).toBe(null);
    doubt.answer(3, { own: null, yours: dag.statement('A3') });
    expect(doubt.resolvedRound(tangle)).toBe(3);
  });

  test('an answer counts once what it names is accepted here, and the newest of each peer counts', () => {
    const doubt = new Doubt(four.genesis.committee, 0);
    doubt.answer(1, own('B1'));
    doubt.answer(2, own('C1'));
    doubt.answer(3, own('D3'));
    expect(tangle.hasStatement(dag.statement('D3').id)).toBe(false);
    expect(doubt.resolvedRound(tangle)).toBe(null);
    doubt.answer(3, own('D2'));
    expect(doubt.resolvedRound(tangle)).toBe(2);
  });

  test('a fresh network answers with nothing, and that is an answer', () => {
    const doubt = new Doubt(four.genesis.committee, 0);
    for (const peer of [1, 2, 3]) doubt.answer(peer, { own: null, yours: null });
    expect(doubt.resolvedRound(tangle)).toBe(0);
  });

  test('never ends for a committee of one', () => {
    const doubt = new Doubt(one.genesis.committee, 0);
    doubt.answer(0, { own: null, yours: null });
    expect(doubt.resolvedRound(tangle)).toBe(null);
  });
});
