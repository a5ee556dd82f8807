/** A checker that cannot fail checks nothing: each is shown a trace that breaks its invariant. */
import { expect, test } from 'vitest';
import type { StatementId, TransactionId } from '@tangle/core/ids';
import type { Commit, CommitEntry } from '@tangle/core/model';
import type { Digest } from '@tangle/core/ids';
import {
  AgreementChecker,
  DurabilityChecker,
  EquivocationChecker,
  FinalityChecker,
  LivenessChecker,
  OrderChecker,
  QuiescenceChecker,
} from '../src/checkers/index.js';

const idOf = <Id extends string>(name: string): Id => name.padStart(64, '0') as Id;
const tx = (name: string): TransactionId => idOf(name);
const statement = (name: string): StatementId => idOf(name);
const GENESIS = tx('e');

function entry(id: TransactionId, position: number, issuerIndex = 1, issuer = `01${id}`): CommitEntry {
  return { id, position, issuer, issuerIndex, outcome: { status: 'accepted' }, evidence: false };
}

function commit(index: number, fields: Partial<Commit> = {}): Commit {
  return {
    index,
    epoch: 0,
    round: index,
    leader: statement(`${index}`),
    timeMs: 1_000 + index,
    digest: idOf<Digest>(`${index}`),
    stateDigest: null,
    recordPosition: null,
    entries: [],
    statements: [],
    ...fields,
  };
}

test('agreement: another digest, another time, another outcome, a gap', () => {
  const reports: string[] = [];
  const checker = new AgreementChecker((detail) => reports.push(detail));
  expect(checker.committed(0, commit(1))).toBe(true);
  expect(checker.committed(1, commit(1))).toBe(false);
  expect(reports).toEqual([]);
  checker.committed(2, commit(1, { digest: idOf<Digest>('f') }));
  checker.committed(3, commit(1, { timeMs: 5 }));
  checker.committed(4, commit(1, { entries: [entry(tx('a'), 1)] }));
  checker.committed(0, commit(3));
  checker.committed(1, commit(1));
  expect(reports.map((report) => report.slice(0, 20))).toEqual([
    'node 2 has commit 1 ',
    'node 3 has commit 1 ',
    'node 4 has commit 1 ',
    'node 0 has commit 3 ',
    'node 1 has commit 1 ',
  ]);
});

test('equivocation: two statements of one author, epoch and round; not the same one again', () => {
  const reports: string[] = [];
  const checker = new EquivocationChecker((detail) => reports.push(detail));
  checker.sent({ author: 1, epoch: 0, round: 3, id: statement('a') });
  checker.sent({ author: 1, epoch: 0, round: 3, id: statement('a') });
  checker.sent({ author: 2, epoch: 0, round: 3, id: statement('b') });
  checker.sent({ author: 1, epoch: 1, round: 3, id: statement('c') });
  expect(reports).toEqual([]);
  checker.sent({ author: 1, epoch: 0, round: 3, id: statement('d') });
  expect(reports.length).toBe(1);
});

test('durability: the statement itself, an old ancestor, or a parent of a tip is not on the disk', () => {
  const citing = { self: null, prev: [statement('1')], tips: [tx('a')] };
  const statements = new Map([
    [statement('2'), citing],
    [statement('1'), { self: null, prev: [], tips: [] }],
  ]);
  const transactions = new Map([
    [tx('a'), { parents: [tx('b'), GENESIS] as const }],
    [tx('b'), { parents: [GENESIS, GENESIS] as const }],
  ]);
  const verdict = (missing: string | null): string[] => {
    const reports: string[] = [];
    const checker = new DurabilityChecker(GENESIS, (detail) => reports.push(detail));
    checker.sent(
      { author: 0, id: statement('2') },
      {
        statement: (id) => (id === missing ? undefined : statements.get(id)),
        transaction: (id) => (id === missing ? undefined : transactions.get(id)),
      },
    );
    return reports;
  };
  expect(verdict(null)).toEqual([]);
  for (const missing of [statement('2'), statement('1'), tx('a'), tx('b')]) expect(verdict(missing).length).toBe(1);
});

test('durability: a frontier names what is not on the disk', () => {
  const reports: string[] = [];
  const checker = new DurabilityChecker(GENESIS, (detail) => reports.push(detail));
  const disk = {
    statement: (id: StatementId) => (id === statement('1') ? { self: null, prev: [], tips: [] } : undefined),
    transaction: () => undefined,
  };
  checker.named(0, [statement('1')], disk);
  expect(reports).toEqual([]);
  checker.named(0, [tx('a')], disk);
  expect(reports.length).toBe(1);
});

test('order: a child before its parent, a transaction twice, a gap in the log, an issuer that skips, time going back', () => {
  const verdict = (...commits: readonly Commit[]): string[] => {
    const reports: string[] = [];
    const checker = new OrderChecker(GENESIS, (detail) => reports.push(detail));
    const parents = new Map([[tx('b'), [tx('a'), GENESIS]]]);
    for (const made of commits) checker.committed(made, (id) => parents.get(id) ?? [GENESIS]);
    return reports;
  };
  const [a, b] = [entry(tx('a'), 1), entry(tx('b'), 2)];
  expect(verdict(commit(1, { recordPosition: 0, entries: [a, b] }), commit(2))).toEqual([]);
  const swapped = [entry(tx('b'), 1), entry(tx('a'), 2)];
  expect(verdict(commit(1, { recordPosition: 0, entries: swapped }))).toEqual([
    expect.stringContaining('before its parent'),
  ]);
  const twice = commit(2, { recordPosition: 2, entries: [entry(tx('a'), 3, 2)] });
  expect(verdict(commit(1, { recordPosition: 0, entries: [a] }), twice)).toEqual([
    expect.stringContaining('final again'),
  ]);
  expect(verdict(commit(1, { recordPosition: 1, entries: [a] })).length).toBe(1);
  expect(verdict(commit(1, { recordPosition: 0, entries: [entry(tx('a'), 2)] })).length).toBe(1);
  expect(verdict(commit(1, { recordPosition: 0, entries: [entry(tx('a'), 1, 2)] })).length).toBe(1);
  expect(verdict(commit(1), commit(2, { timeMs: 5 })).length).toBe(1);
});

test('finality: what was told is moved, or gone after a restart', () => {
  const reports: string[] = [];
  const checker = new FinalityChecker((detail) => reports.push(detail));
  const final = { ...entry(tx('a'), 1), commitIndex: 1, commitTimeMs: 1_001 };
  checker.told(0, tx('a'), final);
  checker.told(1, tx('a'), { ...final });
  checker.stands(0, { final: () => final });
  expect(reports).toEqual([]);
  checker.told(2, tx('a'), { ...final, position: 7 });
  checker.stands(0, { final: () => undefined });
  expect(reports.length).toBe(2);
});

test('liveness: what is accepted and not final at every node is open', () => {
  const checker = new LivenessChecker(2);
  checker.accepted(tx('a'));
  checker.final(tx('a'), 0);
  expect(checker.describeOpen()).toContain(tx('a'));
  checker.final(tx('a'), 1);
  expect(checker.describeOpen()).toBe(null);
  checker.accepted(tx('a'));
  expect(checker.openCount).toBe(0);
});

test('quiescence: a statement or a timer while everything is final', () => {
  const reports: string[] = [];
  const checker = new QuiescenceChecker((detail) => reports.push(detail));
  checker.signed(0, statement('1'));
  expect(reports).toEqual([]);
  checker.idle = true;
  checker.signed(0, statement('2'));
  checker.rests(1, null);
  checker.rests(1, 500);
  expect(reports.length).toBe(2);
});
