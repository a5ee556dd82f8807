import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { linearize } from '../../src/order/index.js';
import type { TransactionId } from '../../src/ids.js';
import { drawDag, evaluateExport, Follower, testDevice, testTransaction, vertexLine } from '../../src/testing/index.js';
import { signStatement } from '../../src/model/index.js';
import { four, one } from '../confirmation/networks.js';

/** hash `order` of L.id || id, written a second time. */
function orderHash(leader: string, id: string): string {
  return createHash('sha256').update('tangle/order/v1\0').update(leader, 'hex').update(id, 'hex').digest('hex');
}

describe('the order within a commit', () => {
  test('is by level, and within a level by the hash of leader and id', () => {
    // level 0: t1 t2 t3 (parents final)   level 1: t4 t5   level 2: t6
    const dag = drawDag(
      four,
      `tx t1
       tx t2
       tx t3
       tx t4 <- t1 t2
       tx t5 <- t1 t3
       tx t6 <- t4 t3
       Round 1 : { A {t6}, BC, D {t5} }
       Round 2 : { * }
       Round 3 : { * }
       Round 4 : { * }`,
    );
    const follower = new Follower(four).acceptAll(dag.vertices);
    const [first, second] = follower.commits;
    const sorted = (leader: string, ...names: string[]): string[] =>
      names.sort((left, right) => {
        const [hash, rival] = [left, right].map((name) =>
          orderHash(dag.statement(leader).id, dag.transaction(name).id),
        );
        return (hash ?? '') < (rival ?? '') ? -1 : 1;
      });
    const names = (ids: readonly { id: string }[] | undefined): string[] => (ids ?? []).map(({ id }) => dag.nameOf(id));
    // A1 covers t6 and below; B2 then t5, whose parents are final by now: level 0.
    expect(names(first?.entries)).toEqual([...sorted('A1', 't1', 't2', 't3'), ...sorted('A1', 't4'), 't6']);
    expect(names(second?.entries)).toEqual(['t5']);
  });

  test('does not depend on the order of arrival', () => {
    const text = 'tx t1\ntx t2\ntx t3 <- t2 t1\ntx t4\nRound 1 : { A {t3 t4}, BCD }\nRound 2 : { * }\nRound 3 : { * }';
    const dag = drawDag(four, text);
    const [t1, t2, t3, t4, ...statements] = dag.vertices;
    const other = [t4!, t2!, t1!, t3!, ...[...statements].sort((left, right) => Number(left.id > right.id))];
    const rounds = other.sort(
      (left, right) => ('round' in left ? left.round : 0) - ('round' in right ? right.round : 0),
    );
    expect(new Follower(four).acceptAll(rounds).commits).toEqual(new Follower(four).acceptAll(dag.vertices).commits);
  });

  test('holds statements ascending by round, author, id, the leader last', () => {
    const dag = drawDag(four, 'Round 1 : { * }\nRound 2 : { * }\nRound 3 : { * }\nRound 4 : { * }');
    const { commits } = new Follower(four).acceptAll(dag.vertices);
    expect(commits.map(({ statements }) => statements.map((id) => dag.nameOf(id)))).toEqual([
      ['A1'],
      ['B1', 'C1', 'D1', 'B2'],
    ]);
  });

  test('of a chain of 100,000 transactions is found without recursion, here and by the reference', () => {
    // Made up, not signed: the tangle looks at ids and parents only, and signing would take longer than all the rest.
    const model = testTransaction(one, testDevice('chain'), { sequence: 1 });
    const { transactionId: genesis } = one.genesis;
    const ids = Array.from(
      { length: 100_000 },
      (_, link) => (link + 1).toString(16).padStart(64, '0') as TransactionId,
    );
    const follower = new Follower(one);
    for (const [link, id] of ids.entries()) {
      follower.accept({ ...model, id, parents: [ids[link - 1] ?? genesis, genesis] });
    }
    const last = ids.at(-1)!;
    const fields = { network: one.genesis.network, epoch: 0, author: 0, timestampMs: one.genesis.parameters.time };
    const leader = signStatement(
      { ...fields, round: 1, self: null, prev: [], tips: [last] },
      one.signers[0]!,
      one.crypto,
    );
    follower.accept(leader);
    const vertex = follower.tangle.statement(leader.id)!;
    expect(linearize(follower.tangle, vertex, one.crypto).transactions.map(({ id }) => id)).toEqual(ids);
    expect(vertex.tips[0]?.approvalWeight).toBe(1);
    // The reference needs the two rounds that commit the leader.
    const second = signStatement(
      { ...fields, round: 2, self: leader.id, prev: [leader.id], tips: [] },
      one.signers[0]!,
      one.crypto,
    );
    const third = signStatement(
      { ...fields, round: 3, self: second.id, prev: [second.id], tips: [] },
      one.signers[0]!,
      one.crypto,
    );
    const lines = [...follower.lines, vertexLine(second, one.genesis), vertexLine(third, one.genesis)];
    expect(evaluateExport(lines, one.crypto).commits[0]?.ids).toEqual(ids);
  });
});
