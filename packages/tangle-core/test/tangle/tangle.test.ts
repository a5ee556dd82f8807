import { describe, expect, test } from 'vitest';
import type { TransactionId } from '../../src/ids.js';
import { addAuthor, emptyAuthorSet, hasAuthor, Tangle } from '../../src/tangle/index.js';
import { drawDag, Follower, MemoryStore, testDevice, testTransaction } from '../../src/testing/index.js';
import { four } from '../confirmation/networks.js';

const device = testDevice('pump');

describe('acceptance', () => {
  test('takes the genesis twice as parents, an open one and a final one, and what nobody knows is missing', () => {
    const store = new MemoryStore();
    const tangle = new Tangle({
      genesisTransaction: four.genesis.transactionId,
      committee: four.genesis.committee,
      epoch: 0,
      history: { isFinal: (id) => id === FINAL, statement: (id) => store.statement(id) },
    });
    const onGenesis = testTransaction(four, device, { sequence: 1 });
    const onFinal = testTransaction(four, device, { sequence: 2, parents: [FINAL, onGenesis.id] });
    const onNothing = testTransaction(four, device, { sequence: 3, parents: [UNKNOWN, onGenesis.id] });
    expect(tangle.acceptTransaction(onGenesis).ok).toBe(true);
    expect(tangle.acceptTransaction(onFinal).ok).toBe(true);
    expect(tangle.acceptTransaction(onNothing)).toEqual({ ok: false, reason: { code: 'missing', ids: [UNKNOWN] } });
    expect([...tangle.openTransactions()].map(({ id }) => id)).toEqual([onGenesis.id, onFinal.id]);
  });

  test('lets a late statement cite what is final and finished already', () => {
    const dag = drawDag(
      four,
      `tx t1
       Round 1 : { A {t1}, BCD }
       Round 2 : { ABC -> [*] }
       Round 3 : { ABC }
       Round 4 : { ABC }
       Round 2 : { D -> [*] {t1} @ 950 }`,
    );
    const follower = new Follower(four).acceptAll(dag.vertices);
    expect(follower.tangle.isFinal(dag.transaction('t1').id)).toBe(true);
    expect(follower.tangle.statement(dag.statement('A1').id)).toBe(undefined);
    expect(follower.tangle.statement(dag.statement('D2').id)?.prev.map(({ id }) => dag.nameOf(id))).toEqual([]);
    // C1, D1 and A1 are finished; the median over all of prev stays what it is.
    expect(follower.tangle.statement(dag.statement('D2').id)?.prevMedianMs).toBe(four.genesis.parameters.time + 100);
  });
});

describe('memory', () => {
  test('a late statement that nobody cites holds on to nothing that is final or finished', () => {
    const dag = drawDag(
      four,
      `tx t1
       Round 1 : { A {t1}, BCD }
       Round 2 : { ABCD -> [*] }
       Round 3 : { ABCD -> [*] }
       Round 4 : { ABCD -> [*] }`,
    );
    const late = drawDag(four, 'tx t1\nRound 1 : { A {t1}, B {t1}, CD }');
    const follower = new Follower(four);
    follower.acceptAll([...dag.vertices.slice(0, 1), late.statement('B1'), ...dag.vertices.slice(1)]);
    expect(follower.commits.flatMap(({ entries }) => entries)).toHaveLength(1);
    expect(follower.tangle.statement(late.statement('B1').id)?.tips).toEqual([]);
  });
});

describe('approval weight', () => {
  test('counts an author once, through self, prev, tips and parents, whoever is looked at first', () => {
    const dag = drawDag(
      four,
      `tx t0
       tx t1
       tx t2 <- t0 t1
       Round 1 : { A {t2}, BCD }
       Round 1 : { B' {t1} @ 3 }
       Round 2 : { AB -> [*], CD -> [-A] {t1} }`,
    );
    const follower = new Follower(four);
    const seen: number[] = [];
    for (const vertex of dag.vertices) {
      follower.accept(vertex);
      seen.push(follower.tangle.transaction(dag.transaction('t0').id)?.approvalWeight ?? 0);
    }
    expect([...seen].sort((left, right) => left - right)).toEqual(seen);
    const weight = (name: string) => follower.tangle.transaction(dag.transaction(name).id)?.approvalWeight;
    expect([weight('t0'), weight('t1'), weight('t2')]).toEqual([2, 4, 2]);
  });

  test('is at least Q for everything that becomes final', () => {
    const text = ['tx t1', 'Round 1 : { A {t1}, BC }', ...[2, 3].map((round) => `Round ${round} : { ABC }`)].join('\n');
    const dag = drawDag(four, text);
    const follower = new Follower(four).acceptAll(dag.vertices.slice(0, -1));
    const vertex = follower.tangle.transaction(dag.transaction('t1').id);
    follower.accept(dag.vertices.at(-1)!);
    expect(vertex?.final).toBe(true);
    expect(vertex?.approvalWeight).toBeGreaterThanOrEqual(four.genesis.committee.quorum);
  });

  test('author sets hold more validators than a word has bits', () => {
    const set = emptyAuthorSet(100);
    for (const author of [0, 29, 30, 31, 59, 60, 99]) {
      expect(hasAuthor(set, author)).toBe(false);
      expect(addAuthor(set, author)).toBe(true);
      expect(addAuthor(set, author)).toBe(false);
      expect(hasAuthor(set, author)).toBe(true);
    }
    expect([1, 28, 32, 61, 98].some((author) => hasAuthor(set, author))).toBe(false);
  });
});

const FINAL = 'aa'.repeat(32) as TransactionId;
const UNKNOWN = 'bb'.repeat(32) as TransactionId;
