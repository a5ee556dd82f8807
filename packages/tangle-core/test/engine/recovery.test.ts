/** PROTOCOL 9 and 12.12: what a store holds is enough to go on, whenever the process died, and never to sign twice. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckedStatement } from '../../src/model/index.js';
import {
  drawDag,
  MemoryStore,
  testDevice,
  type TestNetwork,
  testNetwork,
  testTransaction,
} from '../../src/testing/index.js';
import { Network } from './network.js';

let four: TestNetwork;
let one: TestNetwork;
const pump = testDevice('pump');

beforeAll(() => {
  four = testNetwork({ weights: [1, 1, 1, 1], name: 'four' });
  one = testNetwork({ weights: [1], name: 'one' });
});

/** A network that has confirmed `count` transactions, at a pace. */
function settled(on: TestNetwork, count: number, seed = 1): Network {
  const network = new Network(on, { seed });
  for (let sequence = 0; sequence < count; sequence++) {
    network.submit(sequence % on.signers.length, testTransaction(on, pump, { sequence }));
    network.pass(70);
  }
  network.pass(10_000);
  return network;
}

function finalCount(network: Network, index: number): number {
  return network.member(index).store.commits.reduce((sum, { entries }) => sum + entries.length, 0);
}

describe('a restart', () => {
  test('after any batch of records gives the D_k and state digest that the running engine had', () => {
    const network = settled(four, 12);
    const { batches } = network.member(1);
    const store = new MemoryStore();
    for (const [index, batch] of batches.entries()) {
      store.apply(batch);
      const engine = network.engineOn(store, 1);
      const last = batches
        .slice(0, index + 1)
        .flat()
        .findLast((record) => record.kind === 'commit');
      expect(engine.head.digest).toBe(last?.kind === 'commit' ? last.head.digest : four.genesis.hash);
      expect(engine.halted).toBe(null);
    }
    expect(network.engineOn(store, 1).ledger.stateDigest()).toBe(network.member(1).engine.ledger.stateDigest());
    expect(batches.length).toBeGreaterThan(40);
  });

  test('after a commit goes on signing: a later transaction is confirmed by restarted engines alone', () => {
    const network = settled(four, 6);
    for (const index of [0, 1, 2, 3]) network.stop(index);
    for (const index of [0, 1, 2, 3]) network.start(index);
    const { ownRound, openRound } = network.member(0).engine.gauges;
    expect(openRound).toBeGreaterThanOrEqual(ownRound);
    network.submit(2, testTransaction(four, pump, { sequence: 100 }));
    network.pass(20_000);
    for (const index of [0, 1, 2, 3]) expect(finalCount(network, index)).toBe(7);
    expect(network.isQuiet).toBe(true);
    for (const { signed } of network.members) for (const ids of signed.values()) expect(ids.size).toBe(1);
  });

  test('of a single validator goes on as well', () => {
    const network = settled(one, 3);
    network.stop(0);
    network.start(0);
    network.submit(0, testTransaction(one, pump, { sequence: 100 }));
    network.pass(20_000);
    expect(finalCount(network, 0)).toBe(4);
    expect(network.isQuiet).toBe(true);
  });

  test('with a transaction that is not final asks to be woken, though nothing else ever happens', () => {
    const network = new Network(one, { limits: { burstRounds: 1 } });
    network.submit(0, testTransaction(one, pump, { sequence: 1 }));
    expect(finalCount(network, 0)).toBe(0);
    network.stop(0);
    network.start(0);
    expect(network.member(0).engine.wakeAtMs).not.toBe(null);
    network.pass(1_000);
    expect(finalCount(network, 0)).toBe(1);
    expect(network.isQuiet).toBe(true);
  });

  test('at any moment of a busy network never signs a second statement for a round, and all is confirmed', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const network = new Network(four, { seed });
      for (let sequence = 0; sequence < 12; sequence++) {
        network.submit(sequence % 4, testTransaction(four, pump, { sequence }));
        network.pass(13 * seed);
        const victim = (sequence * 7 + seed) % 4;
        network.stop(victim);
        network.pass(5 * seed);
        network.start(victim);
      }
      network.pass(60_000);
      for (const { index, signed, engine } of network.members) {
        expect(engine.halted).toBe(null);
        expect(finalCount(network, index), `seed ${seed}, member ${index}`).toBe(12);
        for (const ids of signed.values()) expect(ids.size).toBe(1);
      }
    }
  });
});

describe('a validator whose past is in doubt', () => {
  test('after losing its disk signs nothing until the others have answered, then no round twice', () => {
    const network = settled(four, 8);
    const before = network.member(2).engine.gauges.ownRound;
    network.stop(2);
    network.start(2, new MemoryStore(), true);
    expect(network.member(2).engine.inDoubt).toBe(true);
    network.submit(2, testTransaction(four, pump, { sequence: 100 }));
    network.pass(30_000);
    expect(network.member(2).engine.inDoubt).toBe(false);
    expect(network.member(2).engine.gauges.ownRound).toBeGreaterThanOrEqual(before);
    for (const ids of network.member(2).signed.values()) expect(ids.size).toBe(1);
    for (const index of [0, 1, 2, 3]) expect(finalCount(network, index)).toBe(9);
    expect(network.isQuiet).toBe(true);
  });

  test('an old copy of the disk is noticed when an own statement turns up, even one that is not solid yet', () => {
    const network = settled(four, 8);
    const { batches, store } = network.member(2);
    const old = MemoryStore.from(batches.slice(0, Math.floor(batches.length / 2)).flat());
    const newest = store.newestOf(2) as CheckedStatement;
    network.stop(2);
    const engine = network.engineOn(old, 2);
    expect(newest.round).toBeGreaterThan(engine.gauges.ownRound + 2);
    const effects = engine.step({ kind: 'received', now: network.now, from: 0, vertices: [newest] });
    expect(engine.gauges.pendingVertices).toBe(1);
    expect(engine.inDoubt).toBe(true);
    expect(effects.push).toEqual([]);
    expect(effects.recall).toBe(true);
  });

  test('restored from every earlier batch signs no round twice', () => {
    for (let cut = 4; cut < 60; cut += 7) {
      const network = settled(four, 5);
      const { batches } = network.member(2);
      network.stop(2);
      network.start(2, MemoryStore.from(batches.slice(0, cut).flat()), true);
      network.submit(2, testTransaction(four, pump, { sequence: 100 }));
      network.pass(30_000);
      for (const ids of network.member(2).signed.values()) expect(ids.size, `cut ${cut}`).toBe(1);
      expect(finalCount(network, 2), `cut ${cut}`).toBe(6);
    }
  });

  test('stays in doubt where a process died before the others had answered', () => {
    const network = settled(four, 8);
    const { batches, store } = network.member(2);
    const old = MemoryStore.from(batches.slice(0, Math.floor(batches.length / 2)).flat());
    network.stop(2);
    const engine = network.engineOn(old, 2);
    const now = network.now;
    const vertices = [...store.transactions, ...store.statements];
    old.apply(engine.step({ kind: 'received', now, from: 0, vertices }).persist);
    expect(engine.inDoubt).toBe(true);
    expect(network.engineOn(old, 2).inDoubt).toBe(true);
  });

  test('is durable though the statement that raised it waits for its ancestors, and its round is given up', () => {
    const network = new Network(four);
    const dag = drawDag(four, 'Round 1 : { ABCD }\nRound 2 : { ABCD -> [*] }\nRound 3 : { ABCD -> [*] }');
    const store = new MemoryStore();
    const engine = network.engineOn(store, 2);
    const { now } = network;
    store.apply(engine.step({ kind: 'received', now, from: 0, vertices: [dag.statement('C3')] }).persist);
    expect(store.guard).toEqual({ epoch: 0, round: 3, id: null, inDoubt: true });
    const restarted = network.engineOn(store, 2);
    expect(restarted.inDoubt).toBe(true);
    expect(restarted.gauges.ownRound).toBe(3);
    for (const [from, name] of [
      [0, 'A1'],
      [1, 'B1'],
      [3, 'D1'],
    ] as const) {
      const vertices = [dag.statement(name)];
      store.apply(restarted.step({ kind: 'received', now, from, vertices }).persist);
      store.apply(restarted.step({ kind: 'recalled', now, from, own: dag.statement(name), yours: null }).persist);
    }
    expect(restarted.inDoubt).toBe(false);
    expect(restarted.gauges.ownRound).toBe(3);
    expect(restarted.knowsOwnPast).toBe(false);
  });

  test('signs from R + 2 on: round R + 1 may have been signed and seen by nobody', () => {
    // C1 is known. C3, which cited A2 B2 D2, may have been signed and lost: the highest round heard of is 2.
    const network = new Network(four);
    const dag = drawDag(four, 'tx t1\nRound 1 : { A {t1}, BCD }\nRound 2 : { ABD -> [*] }');
    const store = new MemoryStore();
    const engine = network.engineOn(store, 2, true);
    const now = network.now;
    engine.step({ kind: 'received', now, from: 0, vertices: dag.vertices });
    for (const [from, name] of [
      [0, 'A2'],
      [1, 'B2'],
      [3, 'D2'],
    ] as const) {
      expect(engine.inDoubt).toBe(true);
      const own = dag.statement(name);
      store.apply(engine.step({ kind: 'recalled', now, from, own, yours: dag.statement('C1') }).persist);
    }
    expect(engine.inDoubt).toBe(false);
    expect(store.guard).toEqual({ epoch: 0, round: 3, id: null, inDoubt: false });
    expect(engine.gauges).toMatchObject({ openRound: 3, ownRound: 3 });
  });

  test('a single validator cannot resolve it and signs nothing', () => {
    const network = new Network(one);
    network.stop(0);
    network.start(0, new MemoryStore(), true);
    network.submit(0, testTransaction(one, pump, { sequence: 1 }));
    network.pass(10_000);
    expect(network.member(0).signed.size).toBe(0);
    expect(network.member(0).engine.inDoubt).toBe(true);
  });
});
