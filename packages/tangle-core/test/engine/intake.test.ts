/** What comes in from outside: unknown ancestors, broken rules, too much of everything. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { StatementId, TransactionId } from '../../src/ids.js';
import {
  Engine,
  ENGINE_DEFAULTS,
  type CheckedVertex,
  type Effects,
  type EngineLimits,
} from '../../src/engine/index.js';
import { type CheckedStatement, signStatement } from '../../src/model/index.js';
import { fastCrypto, fastSigner } from '../fast-crypto.js';
import {
  drawDag,
  MemoryStore,
  testDevice,
  type TestNetwork,
  testNetwork,
  testTransaction,
} from '../../src/testing/index.js';

let four: TestNetwork;
const pump = testDevice('pump');
let nowMs = 0;

beforeAll(() => {
  four = testNetwork({ weights: [1, 1, 1, 1], name: 'four' });
});

/** An engine that follows and signs nothing, with peers 0 to 3 connected; what it misses it asks for in the same step. */
function observer(limits: Partial<EngineLimits> = {}): Engine {
  const engine = new Engine({
    genesis: four.genesis,
    crypto: four.crypto,
    history: new MemoryStore(),
    validator: null,
    recovered: new MemoryStore().recovered(),
    limits: { ...ENGINE_DEFAULTS, graceMs: 0, ...limits },
  });
  for (let peer = 0; peer < 4; peer++) engine.step({ kind: 'peer-up', now: now(), peer });
  return engine;
}

function now() {
  return { wallMs: four.genesis.parameters.time + nowMs, monotonicMs: nowMs };
}

function receive(engine: Engine, from: number | null, ...vertices: readonly CheckedVertex[]): Effects {
  return engine.step({ kind: 'received', now: now(), from, vertices });
}

function handMade(fields: Partial<CheckedStatement>): CheckedStatement {
  const unsigned = {
    network: four.genesis.network,
    epoch: 0,
    round: 1,
    author: 0,
    timestampMs: four.genesis.parameters.time,
    self: null,
    prev: [],
    tips: [],
    ...fields,
  };
  return signStatement(unsigned, four.signers[unsigned.author] ?? four.signers[0]!, four.crypto);
}

/** What the pending area reckons for an id that a vertex waits for. */
const MISSING_ID_BYTES = 300;

describe('a vertex with unknown ancestors', () => {
  test('waits while they are asked of the sender, and is accepted when they come, in any order', () => {
    const dag = drawDag(four, 'tx t0\ntx t1\ntx t2 <- t0 t1');
    const engine = observer();
    const [t0, t1, t2] = ['t0', 't1', 't2'].map((name) => dag.transaction(name)) as [
      CheckedVertex,
      CheckedVertex,
      CheckedVertex,
    ];
    const first = receive(engine, 2, t2);
    expect(first.requests.map(({ peer, ids }) => [peer, [...ids].sort()])).toEqual([[2, [t0.id, t1.id].sort()]]);
    expect(receive(engine, 2, t1).acceptedTransactions.map(({ id }) => id)).toEqual([t1.id]);
    expect(receive(engine, 2, t0).acceptedTransactions.map(({ id }) => id)).toEqual([t0.id, t2.id]);
    expect(engine.gauges).toMatchObject({ pendingVertices: 0, pendingBytes: 0, wantedIds: 0 });
    expect(engine.wakeAtMs).toBe(null);
  });

  test('submitted here is refused with their names, they are asked for, and trying again succeeds', () => {
    const dag = drawDag(four, 'tx t1\ntx t2\ntx t3 <- t1 t2');
    const engine = observer();
    receive(engine, 1, dag.transaction('t1'));
    const effects = receive(engine, null, dag.transaction('t3'));
    expect(effects.refusals).toMatchObject([{ reason: { code: 'parent-unknown', ids: [dag.transaction('t2').id] } }]);
    expect(effects.requests.flatMap(({ ids }) => ids)).toEqual([dag.transaction('t2').id]);
    expect(engine.gauges.pendingVertices).toBe(0);
    receive(engine, 1, dag.transaction('t2'));
    expect(receive(engine, null, dag.transaction('t3')).acceptedTransactions).toHaveLength(1);
  });

  test('submitted here and never found is given up, with peers and without', () => {
    const orphan = testTransaction(four, pump, {
      sequence: 1,
      parents: ['11'.repeat(32) as TransactionId, four.genesis.transactionId],
    });
    for (const peers of [[], [1]]) {
      const engine = observer();
      for (const peer of [0, 1, 2, 3]) if (!peers.includes(peer)) engine.step({ kind: 'peer-down', now: now(), peer });
      receive(engine, null, orphan);
      for (let ticks = 0; engine.wakeAtMs !== null && ticks < 100; ticks++) {
        nowMs = Math.max(nowMs, engine.wakeAtMs);
        engine.step({ kind: 'tick', now: now() });
      }
      expect(engine.gauges.wantedIds).toBe(0);
      expect(engine.wakeAtMs).toBe(null);
    }
  });

  test('a chain as long as the pending area whose first link comes last is accepted in one step', () => {
    const fastPump = testDevice('pump', fastSigner);
    const fast = { ...four, crypto: fastCrypto };
    const engine = observer();
    const links = ENGINE_DEFAULTS.pendingVerticesMax + 1;
    const chain: CheckedVertex[] = [];
    let parent = four.genesis.transactionId;
    for (let sequence = 0; sequence < links; sequence++) {
      const transaction = testTransaction(fast, fastPump, { sequence, parents: [parent, four.genesis.transactionId] });
      parent = transaction.id;
      chain.push(transaction);
    }
    receive(engine, 1, ...chain.slice(1).reverse());
    expect(engine.gauges.pendingVertices).toBe(links - 1);
    const [first] = chain;
    expect(receive(engine, 1, first!).acceptedTransactions).toHaveLength(links);
  });
});

describe('the pending area', () => {
  test('lets the oldest go when it is full, in count and in bytes', () => {
    const unknown = '22'.repeat(32) as TransactionId;
    for (const limits of [{ pendingVerticesMax: 10 }, { pendingBytesMax: 10 * (191 + MISSING_ID_BYTES) }]) {
      const engine = observer(limits);
      const sent = Array.from({ length: 25 }, (_, sequence) =>
        testTransaction(four, pump, { sequence, parents: [unknown, four.genesis.transactionId] }),
      );
      const evicted = receive(engine, 1, ...sent).refusals;
      expect(evicted.map(({ id }) => id)).toEqual(sent.slice(0, 15).map(({ id }) => id));
      expect(evicted.every(({ reason }) => reason.code === 'pending-evicted')).toBe(true);
      expect(engine.gauges.pendingVertices).toBe(10);
    }
  });

  test('lets go what the fullest link sent, whatever the others sent before', () => {
    const engine = observer({ pendingVerticesMax: 10 });
    const unknown = '22'.repeat(32) as TransactionId;
    const sent = Array.from({ length: 40 }, (_, sequence) =>
      testTransaction(four, pump, { sequence, parents: [unknown, four.genesis.transactionId] }),
    );
    const [honest, ...flood] = sent;
    receive(engine, 2, honest!);
    const evicted = receive(engine, 1, ...flood).refusals;
    expect(evicted.map(({ from }) => from)).toEqual(flood.slice(0, 30).map(() => 1));
  });

  test('takes no submission for accepted that waits there already', () => {
    const engine = observer();
    const unknown = '22'.repeat(32) as TransactionId;
    const waiting = testTransaction(four, pump, { sequence: 1, parents: [unknown, four.genesis.transactionId] });
    receive(engine, 1, waiting);
    const { refusals } = engine.step({ kind: 'received', now: now(), from: null, vertices: [waiting] });
    expect(refusals.map(({ id, reason }) => [id, reason.code])).toEqual([[waiting.id, 'parent-unknown']]);
  });

  test('lets go what waits for a vertex that no peer holds any more, and an idle engine arms no timer for it', () => {
    const dag = drawDag(four, 'tx lost\ntx gone\ntx t1 <- lost gone\ntx t2 <- t1 gone');
    const engine = observer();
    let { requests } = receive(engine, 1, dag.transaction('t1'), dag.transaction('t2'));
    expect(engine.gauges.pendingVertices).toBe(2);
    const evicted: string[] = [];
    while (engine.wakeAtMs !== null) {
      nowMs = Math.max(nowMs, engine.wakeAtMs);
      const effects = requests.map(({ peer, ids }) => engine.step({ kind: 'not-held', now: now(), from: peer, ids }));
      effects.push(engine.step({ kind: 'tick', now: now() }));
      requests = effects.flatMap((effect) => effect.requests);
      for (const { id, reason } of effects.flatMap(({ refusals }) => refusals)) {
        evicted.push(`${dag.nameOf(id)} ${reason.code}`);
      }
    }
    expect(evicted.sort()).toEqual(['t1 pending-evicted', 't2 pending-evicted']);
    expect(engine.gauges).toMatchObject({ pendingVertices: 0, wantedIds: 0 });
    expect(receive(engine, 2, dag.transaction('lost'), dag.transaction('gone')).acceptedTransactions).toHaveLength(2);
    expect(receive(engine, 2, dag.transaction('t1')).acceptedTransactions).toHaveLength(1);
  });

  test('asks again for an evicted vertex that another one stands on', () => {
    const dag = drawDag(four, 'tx t0\ntx s0\ntx t1 <- t0 s0\ntx t2 <- t1 t0');
    const engine = observer({ pendingVerticesMax: 1 });
    receive(engine, 1, dag.transaction('t1'));
    const effects = receive(engine, 1, dag.transaction('t2'));
    expect(effects.refusals.map(({ id }) => id)).toEqual([dag.transaction('t1').id]);
    expect(effects.requests.flatMap(({ ids }) => ids)).toContain(dag.transaction('t1').id);
  });
});

describe('objective rules', () => {
  test('a transaction whose parent is a statement is refused, and what stands on it', () => {
    const engine = observer();
    const statement = handMade({});
    const bad = testTransaction(four, pump, {
      sequence: 1,
      parents: [statement.id as string as TransactionId, four.genesis.transactionId],
    });
    const above = testTransaction(four, pump, { sequence: 2, parents: [bad.id, four.genesis.transactionId] });
    receive(engine, 1, above, bad);
    const effects = receive(engine, 1, statement);
    expect(effects.refusals.map(({ id, reason }) => [id, reason.code])).toEqual([
      [bad.id, 'parent-not-a-transaction'],
      [above.id, 'parent-not-a-transaction'],
    ]);
    expect(engine.gauges).toMatchObject({ pendingVertices: 0, wantedIds: 0 });
  });

  test('a statement that cites a transaction as a statement is refused, whichever came first', () => {
    const transaction = testTransaction(four, pump, { sequence: 1 });
    const transactionAsStatement = transaction.id as string as StatementId;
    for (const bad of [
      handMade({ round: 2, prev: [transactionAsStatement] }),
      handMade({ round: 3, self: transactionAsStatement, prev: [transactionAsStatement] }),
    ]) {
      for (const vertices of [
        [transaction, bad],
        [bad, transaction],
      ]) {
        const engine = observer();
        const effects = vertices.map((vertex) => receive(engine, 1, vertex)).flatMap(({ refusals }) => refusals);
        expect(effects.map(({ id }) => id)).toEqual([bad.id]);
        expect(engine.gauges).toMatchObject({ pendingVertices: 0, wantedIds: 0 });
      }
    }
  });

  test('S2 and S3: rounds, authors, quorum, epoch and own chain', () => {
    const dag = drawDag(four, "Round 1 : { *, D' }\nRound 2 : { *, D' -> [A1 B1 D1'] }\nRound 3 : { * }");
    const prev = (...names: string[]) => names.map((name) => dag.statement(name).id).sort();
    const cases: [string, Partial<CheckedStatement>][] = [
      ['S2 quorum', { round: 2, self: dag.statement('A1').id, prev: prev('A1', 'B1') }],
      ['S2 quorum', { round: 2 }],
      ['S2 round', { round: 3, self: dag.statement('A2').id, prev: prev('A2', 'B2', 'C1') }],
      ['S2 distinct authors', { round: 2, self: dag.statement('A1').id, prev: prev('A1', 'D1', "D1'") }],
      ['S3 self in prev', { round: 2, prev: prev('A1', 'B1', 'C1') }],
      ['S3 self in prev', { round: 2, self: dag.statement('A1').id, prev: prev('B1', 'C1', 'D1') }],
      ['S3 self in prev', { round: 3, self: dag.statement('A1').id, prev: prev('A2', 'B2', 'C2') }],
      ['S3 self in prev', { author: 3, round: 3, self: dag.statement('D2').id, prev: prev('A2', 'B2', "D2'") }],
      ['S3 author', { round: 3, self: dag.statement('B1').id, prev: prev('B2', 'C2', 'D2') }],
      ['S3 round', { round: 2, self: dag.statement('A3').id, prev: prev('B1', 'C1', 'D1') }],
    ];
    for (const [rule, fields] of cases) {
      const engine = observer();
      receive(engine, 1, ...dag.vertices);
      const { refusals } = receive(engine, 1, handMade({ author: 0, ...fields }));
      expect(refusals).toMatchObject([{ from: 1, reason: { code: 'invalid-citation', rule } }]);
    }
  });
});

describe('equivocations', () => {
  const versions = (count: number, fields: Partial<CheckedStatement> = {}): CheckedStatement[] =>
    Array.from({ length: count }, (_, version) =>
      handMade({ author: 3, timestampMs: four.genesis.parameters.time + version, ...fields }),
    );

  test('two are evidence, a third is dropped unless it is cited', () => {
    const engine = observer();
    const [first, second, third] = versions(3);
    const effects = receive(engine, 1, first!, second!, third!);
    expect(effects.equivocations).toMatchObject([{ author: 3, epoch: 0, round: 1, ids: [first!.id, second!.id] }]);
    expect(effects.refusals).toMatchObject([{ id: third!.id, reason: { code: 'surplus-equivocation' } }]);
    const others = [0, 1].map((author) => handMade({ author }));
    receive(engine, 1, ...others);
    const prev = [...others, third!].map(({ id }) => id).sort();
    const asked = receive(engine, 1, handMade({ author: 1, round: 2, self: others[1]!.id, prev }));
    expect(asked.requests.flatMap(({ ids }) => ids)).toEqual([third!.id]);
    expect(receive(engine, 1, third!).acceptedStatements.map(({ round }) => round)).toEqual([1, 2]);
  });

  test('one that was dropped is not asked for because a peer kept it', () => {
    const engine = observer();
    const [first, second, third] = versions(3);
    receive(engine, 1, first!, second!, third!);
    const named = engine.step({ kind: 'cited', now: now(), from: 1, ids: [third!.id] });
    expect(named.requests).toEqual([]);
  });

  test('a heap of versions that wait for one ancestor is no way around that', () => {
    const engine = observer();
    const tip = testTransaction(four, pump, { sequence: 1 });
    receive(engine, 1, ...versions(50, { tips: [tip.id] }));
    const effects = receive(engine, 1, tip);
    expect(effects.acceptedStatements).toHaveLength(2);
    expect(effects.refusals).toHaveLength(48);
    expect(effects.refusals.every(({ reason }) => reason.code === 'surplus-equivocation')).toBe(true);
  });
});

describe('more wanted ids than may be wanted at once', () => {
  test('are all asked for in the end', () => {
    const engine = observer({ wantedIdsMax: 8 });
    const tips = Array.from({ length: 40 }, (_, sequence) => testTransaction(four, pump, { sequence }));
    const byId = new Map<string, CheckedVertex>(tips.map((tip) => [tip.id, tip]));
    const statement = handMade({ tips: tips.map(({ id }) => id).sort() });
    let requests = receive(engine, 1, statement).requests;
    for (let turns = 0; requests.length > 0 && turns < 50; turns++) {
      const ids = requests.flatMap((request) => request.ids);
      expect(engine.gauges.wantedIds).toBeLessThanOrEqual(8);
      nowMs += 10;
      requests = receive(engine, 1, ...ids.map((id) => byId.get(id)!)).requests;
    }
    expect(engine.tangle.has(statement.id)).toBe(true);
  });
});
