import { describe, expect, test } from 'vitest';
import { drawDag, Follower } from '../../src/testing/index.js';
import { propose, type Proposal } from '../../src/validator/index.js';
import { four } from '../confirmation/networks.js';

const { time } = four.genesis.parameters;

/** What A proposes over a drawn DAG, in names. */
function proposed(text: string, fields: Partial<Proposal> = {}) {
  const dag = drawDag(four, text);
  const { tangle } = new Follower(four).acceptAll(dag.vertices);
  const uncovered = [...tangle.openTransactions()].filter(({ approvers }) => (approvers[0] ?? 0) % 2 === 0);
  const statement = propose(tangle, uncovered, {
    network: four.genesis.network,
    author: 0,
    round: 1,
    self: null,
    wallMs: time + 300,
    maxTips: 10,
    leads: false,
    lastCommitMs: time,
    commitLagMsMax: 1_000,
    ...fields,
  });
  const names = (ids: readonly string[]): string[] => ids.map((id) => dag.nameOf(id)).sort();
  expect([...statement.prev].sort()).toEqual(statement.prev);
  expect([...statement.tips].sort()).toEqual(statement.tips);
  return { prev: names(statement.prev), tips: names(statement.tips) };
}

describe('prev', () => {
  test('is the first accepted statement of each author of the round below', () => {
    expect(proposed("Round 1 : { ABC, D', D }", { round: 2 }).prev).toEqual(['A1', 'B1', 'C1', "D1'"]);
    expect(proposed('Round 1 : { * }', { round: 1 }).prev).toEqual([]);
  });
});

describe('tips', () => {
  test('are the sinks of what neither the own past nor prev covers', () => {
    const text = `tx t1
      tx t2
      tx t3 <- t1 t2
      tx t4
      tx t5
      Round 1 : { A {t1}, B {t4}, CD }`;
    expect(proposed(text, { round: 2 }).tips).toEqual(['t3', 't5']);
  });

  test('take the longest prefix in order of acceptance that has no more than maxTips sinks', () => {
    const text = 'tx t1\ntx t2\ntx t3 <- t1 t2\ntx t4\ntx t5 <- t3 t4';
    expect(proposed(`${text}\ntx t6`, { maxTips: 1 }).tips).toEqual(['t5']);
    expect(proposed(`${text}\ntx t6`, { maxTips: 2 }).tips).toEqual(['t5', 't6']);
    expect(proposed('tx t1\ntx t2\ntx t3 <- t1 t2\ntx t4', { maxTips: 1 }).tips).toEqual(['t3']);
    expect(proposed('tx t1\ntx t2\ntx t3\ntx t4', { maxTips: 2 }).tips).toEqual(['t1', 't2']);
  });

  test('nobody is pushed back by being approved: an old transaction stays in the prefix that its age gives it', () => {
    // x approves the victim t1 after t2 and t3 came. By the age of the sinks, t2 and t3 would go before t1 now.
    const text = 'tx t1\ntx t2\ntx t3\ntx x <- t1 t2';
    expect(proposed(text, { maxTips: 2 }).tips).toEqual(['t3', 'x']);
    expect(proposed(text, { maxTips: 1 }).tips).toEqual(['t1']);
  });
});

describe('a leader', () => {
  const text = 'tx t1\nRound 1 : { * @ 100 }';

  test('whose commit would lag more than a second behind its clock cites no transactions', () => {
    const lagging = { round: 2, wallMs: time + 1_101 };
    expect(proposed(text, { ...lagging, leads: true }).tips).toEqual([]);
    expect(proposed(text, { ...lagging, leads: false }).tips).toEqual(['t1']);
    expect(proposed(text, { ...lagging, leads: true, commitLagMsMax: 1_001 }).tips).toEqual(['t1']);
    expect(proposed(text, { round: 2, wallMs: time + 1_100, leads: true }).tips).toEqual(['t1']);
  });

  test('of round 1 has the time of the last commit', () => {
    const wallMs = time + 5_000;
    expect(proposed('tx t1', { leads: true, wallMs }).tips).toEqual([]);
    expect(proposed('tx t1', { leads: true, wallMs, lastCommitMs: wallMs }).tips).toEqual(['t1']);
  });
});
