/** A checker that cannot fail checks nothing: each is shown a trace that breaks its invariant. */
import { describe, expect, test } from 'vitest';
import type { Digest, StatementId, TransactionId } from '@tangle/core/ids';
import type { Commit, CommitEntry, CommitHead, Statement } from '@tangle/core/model';
import { drawDag, evaluateExport, Follower, genesisLine, testNetwork, vertexLine } from '@tangle/core/testing';
import type { StoreRecord } from '@tangle/node/replica';
import {
  AgreementChecker,
  ApprovalChecker,
  BoundsChecker,
  CertificateChecker,
  CertificationChecker,
  CommitTimeChecker,
  DurabilityChecker,
  EquivocationChecker,
  FinalityChecker,
  GuardChecker,
  JumpChecker,
  LivenessChecker,
  MonotoneChecker,
  OrderChecker,
  QuiescenceChecker,
  RecoveryChecker,
  ReferenceChecker,
  VerdictChecker,
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

test('certification: a certificate needs a quorum of distinct validators behind the very head', () => {
  const reports: string[] = [];
  const checker = new CertificateChecker({ quorum: 3, weightOf: () => 1 }, (detail) => reports.push(detail));
  const head = { size: 2, root: idOf<Digest>('a') };
  const by = (...validators: number[]) => validators.map((validator) => ({ ...head, validator }));
  checker.certified(0, { ...head, cosignatures: by(0, 1, 2) });
  expect(reports).toEqual([]);
  checker.certified(0, { ...head, cosignatures: by(0, 1, 1) });
  checker.certified(0, { ...head, cosignatures: [...by(0, 1), { validator: 2, size: 2, root: idOf<Digest>('b') }] });
  expect(reports.length).toBe(2);
});

test('guard: a statement is sent before the guard of its round is on the disk', () => {
  const reports: string[] = [];
  const checker = new GuardChecker((detail) => reports.push(detail));
  const sent = { author: 0, round: 5, id: statement('1') };
  checker.sent(sent, { round: 5 });
  checker.sent(sent, { round: 9 });
  expect(reports).toEqual([]);
  checker.sent(sent, { round: 4 });
  checker.sent(sent, null);
  expect(reports.length).toBe(2);
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
  checker.accepted(tx('a'), 7);
  checker.final(tx('a'), 0, 8);
  expect(checker.describeOpen()).toContain(tx('a'));
  expect(checker.openSinceUs).toBe(7);
  checker.final(tx('a'), 1, 9);
  expect(checker.describeOpen()).toBe(null);
  checker.accepted(tx('a'), 10);
  expect(checker.openCount).toBe(0);
});

test('liveness: a node that goes on from another disk has to make final again what is not final there', () => {
  const checker = new LivenessChecker(2);
  for (const id of [tx('a'), tx('b'), tx('c')]) checker.final(id, 0, 1);
  checker.forgot(
    0,
    (id) => id !== tx('c'),
    (id) => id === tx('a'),
  );
  for (const id of [tx('a'), tx('b')]) checker.final(id, 1, 2);
  expect(checker.describeOpen()).toContain(tx('b'));
  expect(checker.openCount).toBe(1);
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

test('verdicts: a slot that another node skipped, another version, and an order of slots that runs back', () => {
  const reports: string[] = [];
  const checker = new VerdictChecker((detail) => reports.push(detail));
  checker.committed(0, { round: 1, leader: statement('a') });
  checker.committed(0, { round: 4, leader: statement('d') });
  checker.committed(1, { round: 1, leader: statement('a') });
  expect(reports).toEqual([]);
  checker.committed(1, { round: 3, leader: statement('c') });
  checker.committed(2, { round: 1, leader: statement('b') });
  checker.committed(0, { round: 4, leader: statement('d') });
  expect(reports.length).toBe(3);
});

test('approval: a transaction is final below the quorum, or a node counts more than has signed', () => {
  const reports: string[] = [];
  const committee = { quorum: 2, weightOf: () => 1 };
  const checker = new ApprovalChecker(committee, GENESIS, (detail) => reports.push(detail));
  checker.transaction({ id: tx('a'), parents: [GENESIS, GENESIS] });
  checker.transaction({ id: tx('b'), parents: [tx('a'), GENESIS] });
  checker.statement({ id: statement('1'), author: 0, self: null, prev: [], tips: [tx('b')] });
  checker.statement({ id: statement('2'), author: 1, self: null, prev: [], tips: [tx('a')] });
  checker.committed(0, commit(1, { entries: [entry(tx('a'), 1)] }));
  checker.counts(0, tx('b'), 1);
  expect(reports).toEqual([]);
  checker.committed(0, commit(2, { entries: [entry(tx('b'), 2)] }));
  checker.counts(0, tx('b'), 2);
  expect(reports.length).toBe(2);
});

test('approval: a process shows less than it has shown before', () => {
  const reports: string[] = [];
  const checker = new MonotoneChecker((detail) => reports.push(detail));
  checker.looked(0, new Map([[tx('a'), 2]]));
  checker.looked(0, new Map([[tx('a'), 3]]));
  checker.started(0);
  checker.looked(0, new Map([[tx('a'), 1]]));
  expect(reports).toEqual([]);
  checker.looked(0, new Map([[tx('a'), 0]]));
  expect(reports.length).toBe(1);
});

describe('jumps: round 4 is signed right after round 1', () => {
  const signed = (round: number, self: string | null): StoreRecord => ({
    kind: 'statement',
    statement: { id: statement(`${round}`), author: 0, round, self: self && statement(self) } as Statement,
  });
  const verdict = (givenUp: number, headRound: number, isDecided: boolean, ...before: StoreRecord[]): string[] => {
    const reports: string[] = [];
    const checker = new JumpChecker((detail) => reports.push(detail));
    checker.resumed(0, givenUp);
    checker.writes(0, [...before, signed(4, '1')], { headRound, roundOf: () => 1, decides: () => isDecided });
    return reports;
  };
  const commitOf = (round: number): StoreRecord => ({ kind: 'commit', commit: commit(1, { round }) }) as StoreRecord;

  test('with slots undecided', () => {
    // Rounds 2 and 3 are jumped over: slots 0 and 1 have to be decided, and 0 always is.
    expect(verdict(0, 0, false)).toEqual([expect.stringContaining('round 3 with slot 1 undecided')]);
  });

  test('with slots decided, by a commit before or in the same batch, or by skips; or given up', () => {
    expect(verdict(0, 1, false)).toEqual([]);
    expect(verdict(0, 0, false, commitOf(1))).toEqual([]);
    expect(verdict(0, 0, true)).toEqual([]);
    expect(verdict(3, 0, false)).toEqual([]);
  });
});

test('recovery: another digest than on the disk, another state than elsewhere', () => {
  const reports: string[] = [];
  const checker = new RecoveryChecker((detail) => reports.push(detail));
  const head = (index: number, digest: string): CommitHead => ({ index, digest: idOf<Digest>(digest) }) as CommitHead;
  checker.recovered(0, head(3, 'a'), head(3, 'a'));
  checker.recovered(0, head(4, 'b'), head(3, 'a'));
  checker.recovered(0, head(1, 'b'), null);
  checker.state(0, 3, 'x');
  checker.state(1, 3, 'x');
  expect(reports).toEqual([]);
  checker.recovered(0, head(3, 'a'), head(3, 'b'));
  checker.recovered(0, head(2, 'a'), head(3, 'b'));
  checker.state(2, 3, 'y');
  expect(reports.length).toBe(3);
});

test('bounds: one more than allowed', () => {
  const reports: string[] = [];
  const checker = new BoundsChecker(4, (detail) => reports.push(detail));
  const gauges = {
    openTransactions: 99,
    openStatements: 99,
    pendingVertices: 5,
    pendingBytes: 500,
    wantedIds: 8,
    roundDelayMs: 25,
    ownRound: 1,
    openRound: 1,
  };
  const limits = {
    pendingVerticesMax: 5,
    pendingBytesMax: 500,
    wantedIdsMax: 8,
    delayFloorMs: 25,
    delayCapMs: 100,
  };
  checker.looked(0, gauges, limits);
  expect(reports).toEqual([]);
  for (const gauge of ['pendingVertices', 'pendingBytes', 'wantedIds'] as const) {
    checker.looked(0, { ...gauges, [gauge]: gauges[gauge] + 1 }, limits);
  }
  for (const roundDelayMs of [24, 101]) checker.looked(0, { ...gauges, roundDelayMs }, limits);
  expect(reports.length).toBe(5);
});

test('commit time: ahead of every honest clock', () => {
  const reports: string[] = [];
  const checker = new CommitTimeChecker(1_000, (detail) => reports.push(detail));
  checker.committed(commit(1, { timeMs: 1_000 }), 900);
  checker.committed(commit(2, { timeMs: 1_100 }), 1_100);
  expect(reports).toEqual([]);
  checker.committed(commit(3, { timeMs: 1_101 }), 1_100);
  expect(reports.length).toBe(1);
});

test('certification: two roots for one size, a size that no commit left behind, sizes that run back', () => {
  const reports: string[] = [];
  const checker = new CertificationChecker((detail) => reports.push(detail));
  const certified = (node: number, size: number, root: string): void =>
    checker.certified(node, { size, root: idOf<Digest>(root) }, (any) => any % 2 === 0);
  certified(0, 2, 'a');
  certified(0, 2, 'a');
  certified(0, 4, 'b');
  certified(1, 4, 'b');
  expect(reports).toEqual([]);
  certified(2, 4, 'c');
  certified(1, 5, 'd');
  certified(0, 2, 'a');
  expect(reports.length).toBe(3);
  checker.rewound(0);
  certified(0, 2, 'a');
  expect(reports.length).toBe(3);
});

test('reference: a commit that the rule from scratch does not make, and one that it makes beyond', () => {
  const network = testNetwork({ weights: [1] });
  const { genesis, crypto } = network;
  const dag = drawDag(network, 'tx t1\nRound 1 : { A {t1} }\nRound 2 : { A -> [*] }\nRound 3 : { A -> [*] }');
  const follower = new Follower(network).acceptAtOnce(dag.vertices);
  const statements = ['A1', 'A2', 'A3'].map((name) => dag.statement(name));
  const view = { transactions: [dag.transaction('t1')], statements };
  const verdict = (commits: readonly Commit[]): number => {
    const reports: string[] = [];
    new ReferenceChecker(genesis, crypto, (detail) => reports.push(detail)).compare(0, view, commits);
    return reports.length;
  };
  const { commits } = follower;
  expect(commits.length).toBe(1);
  expect(verdict(commits)).toBe(0);
  expect(verdict([])).toBe(1);
  expect(verdict(commits.map((one) => ({ ...one, timeMs: one.timeMs + 1 })))).toBe(1);
  const checker = new ReferenceChecker(genesis, crypto, () => undefined);
  expect([1, 2].map((slot) => checker.decides(slot, statements))).toEqual([true, false]);
});

test('reference: the rounds above a slot decide it as the whole view does', () => {
  const network = testNetwork({ weights: [1, 1, 1, 1] });
  const checker = new ReferenceChecker(network.genesis, network.crypto, () => undefined);
  const dag = drawDag(
    network,
    [
      'Round 1 : { A, B, C, D }',
      'Round 2 : { A -> [*], B -> [*], C -> [*], D -> [*] }',
      // Nobody votes for the leader of round 2.
      'Round 3 : { A -> [A2, C2, D2], C -> [A2, C2, D2], D -> [A2, C2, D2] }',
      'Round 4 : { A -> [*], C -> [*], D -> [*] }',
      'Round 5 : { A -> [*], C -> [*], D -> [*] }',
      'Round 6 : { A -> [*], C -> [*] , D -> [*] }',
    ].join('\n'),
  );
  const statements = dag.vertices.filter((vertex) => vertex.kind === 'statement');
  const lines = [genesisLine(network.genesis), ...statements.map((each) => vertexLine(each, network.genesis))];
  const { verdicts } = evaluateExport(lines, network.crypto);
  const slots = verdicts.map((_, slot) => slot).slice(1);
  expect(slots.map((slot) => checker.decides(slot, statements))).toEqual(
    slots.map((slot) => verdicts[slot]?.kind !== 'undecided'),
  );
  expect(verdicts.map(({ kind }) => kind)).toContain('skip');
});
