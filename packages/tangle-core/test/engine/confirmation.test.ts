import { beforeAll, describe, expect, test } from 'vitest';
import {
  genesisLine,
  evaluateExport,
  registration,
  testDevice,
  type TestNetwork,
  testNetwork,
  testTransaction,
  vertexLine,
} from '../../src/testing/index.js';
import { type Member, Network } from './network.js';

let four: TestNetwork;
let one: TestNetwork;
let seven: TestNetwork;
const pump = testDevice('pump');

beforeAll(() => {
  four = testNetwork({ weights: [1, 1, 1, 1], name: 'four' });
  one = testNetwork({ weights: [1], name: 'one' });
  seven = testNetwork({ weights: [1, 1, 1, 1, 1, 1, 1], name: 'seven' });
});

function digests({ store }: Member): string[] {
  return store.commits.map(({ digest, timeMs }) => `${digest} ${timeMs}`);
}

/** What every member that is up holds is the same, and what the reference rule makes of it. */
function expectAgreement(network: Network): void {
  const up = network.members.filter((member) => member.up);
  const longest = up.map(digests).reduce((left, right) => (right.length > left.length ? right : left));
  for (const member of up) {
    expect(digests(member)).toEqual(longest.slice(0, member.store.commits.length));
    expect(member.engine.halted).toBe(null);
    for (const ids of member.signed.values()) expect(ids.size).toBe(1);
    const { genesis, crypto } = network.test;
    const lines = [...member.store.transactions, ...member.store.statements].map((vertex) =>
      vertexLine(vertex, genesis),
    );
    const reference = evaluateExport([genesisLine(genesis), ...lines], crypto);
    expect(reference.commits.map(({ digest, time }) => `${digest} ${time}`)).toEqual(digests(member));
  }
}

function finals({ store }: Member): string[] {
  return store.commits.flatMap(({ entries }) => entries.map(({ id }) => id));
}

describe('four validators', () => {
  test('confirm a transaction and fall silent', () => {
    const network = new Network(four);
    const first = registration(four, pump, { sequence: 1 });
    network.submit(0, first);
    network.pass(5_000);
    for (const member of network.members) {
      expect(finals(member)).toEqual([first.id]);
      expect(member.engine.hasNeed).toBe(false);
      expect(member.engine.wakeAtMs).toBe(null);
      expect(member.engine.ledger.device(pump.issuer)?.status).toBe('active');
    }
    expect(network.isQuiet).toBe(true);
    expectAgreement(network);
    const rounds = network.members.map(({ engine }) => engine.gauges.ownRound);
    network.pass(3_600_000);
    expect(network.members.map(({ engine }) => engine.gauges.ownRound)).toEqual(rounds);
  });

  test('are woken from any node, again and again, with one of them down', () => {
    const network = new Network(four, { seed: 7 });
    network.stop(1);
    const sent: string[] = [];
    for (const [index, from] of [0, 2, 3, 0, 3].entries()) {
      const transaction = testTransaction(four, pump, { sequence: index });
      sent.push(transaction.id);
      network.submit(from, transaction);
      network.pass(20_000);
      for (const member of network.members.filter(({ up }) => up)) expect(finals(member)).toEqual(sent);
      expect(network.isQuiet).toBe(true);
      network.pass(60_000);
    }
    expectAgreement(network);
  });

  test('give the first commit after an idle night a fresh time', () => {
    const network = new Network(four);
    for (const sequence of [1, 2]) {
      network.pass(12 * 3_600_000);
      const beforeMs = network.now.wallMs;
      network.submit(sequence, testTransaction(four, pump, { sequence }));
      network.pass(10_000);
      const commit = network.member(0).store.commits.findLast(({ entries }) => entries.length > 0);
      expect(commit?.timeMs).toBeGreaterThanOrEqual(beforeMs - 1_000);
      expect(commit?.timeMs).toBeLessThanOrEqual(network.now.wallMs);
    }
    expectAgreement(network);
  });

  test('confirm what was submitted on both sides of a partition once it heals', () => {
    const network = new Network(four, { seed: 3 });
    network.link = (from, to) => from < 2 === to < 2;
    const left = testTransaction(four, pump, { sequence: 1 });
    const right = testTransaction(four, pump, { sequence: 2 });
    network.submit(0, left);
    network.submit(3, right);
    network.pass(60_000);
    for (const member of network.members) expect(finals(member)).toEqual([]);
    network.link = () => true;
    for (const from of [0, 1]) for (const to of [2, 3]) network.exchange(from, to);
    network.pass(120_000);
    for (const member of network.members) expect(new Set(finals(member))).toEqual(new Set([left.id, right.id]));
    expectAgreement(network);
  });

  test('a fresh store catches up with what the others have committed', () => {
    const network = new Network(four, { seed: 5 });
    network.stop(3);
    for (let sequence = 0; sequence < 40; sequence++) {
      network.submit(sequence % 3, testTransaction(four, pump, { sequence }));
      network.pass(300);
    }
    network.start(3);
    network.pass(20_000);
    network.submit(3, testTransaction(four, pump, { sequence: 100 }));
    network.pass(20_000);
    expect(finals(network.member(3))).toHaveLength(41);
    expect(finals(network.member(3))).toEqual(finals(network.member(0)));
    expectAgreement(network);
  });

  test('one that was away signs no round that is decided, and leaves none out that is not', () => {
    const network = new Network(four, { seed: 9 });
    network.stop(2);
    for (let sequence = 0; sequence < 20; sequence++) {
      network.submit(0, testTransaction(four, pump, { sequence }));
      network.pass(200);
    }
    network.start(2);
    network.pass(20_000);
    const { openRound } = network.member(2).engine.gauges;
    expect(openRound).toBeGreaterThan(20);
    network.submit(2, testTransaction(four, pump, { sequence: 100 }));
    network.pass(20_000);
    const rounds = [...network.member(2).signed.keys()].filter((round) => round >= openRound - 2);
    const [first = 0] = rounds.sort((left, right) => left - right);
    expect(rounds.length).toBeGreaterThan(2);
    expect(rounds).toEqual(rounds.map((_, index) => first + index));
    expectAgreement(network);
  });

  test('one that is a round ahead of an idle network, with a transaction that the others lack, gets it confirmed', () => {
    const network = new Network(four, { seed: 21 });
    network.link = () => false;
    const transaction = testTransaction(four, pump, { sequence: 1 });
    network.submit(1, transaction);
    network.pass(60_000);
    expect(network.member(1).engine.gauges.ownRound).toBe(1);
    network.link = () => true;
    for (const peer of [0, 2, 3]) network.exchange(1, peer);
    network.pass(60_000);
    for (const member of network.members) expect(finals(member)).toEqual([transaction.id]);
    expect(network.isQuiet).toBe(true);
    expectAgreement(network);
  });

  test('3,000 queued transactions become final together and in order', () => {
    const network = new Network(four);
    const queued = [];
    let parent = four.genesis.transactionId;
    for (let sequence = 0; sequence < 3_000; sequence++) {
      const transaction = testTransaction(four, pump, { sequence, parents: [parent, four.genesis.transactionId] });
      queued.push(transaction);
      parent = sequence % 3 === 0 ? transaction.id : parent;
    }
    network.submit(2, ...queued);
    network.pass(30_000);
    for (const member of network.members) expect(finals(member)).toHaveLength(3_000);
    expect(network.isQuiet).toBe(true);
    expectAgreement(network);
  });
});

describe('one validator', () => {
  test('makes a transaction final in the event that submits it', () => {
    const network = new Network(one);
    for (let sequence = 1; sequence <= 3; sequence++) {
      const transaction = testTransaction(one, pump, { sequence });
      const effects = network.submit(0, transaction);
      expect(effects.commits.flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual([transaction.id]);
      expect(network.isQuiet).toBe(true);
      network.pass(3_600_000);
    }
    expectAgreement(network);
  });
});

describe('seven validators, two of them down', () => {
  test('confirm all the same, and D stays near the real delay', () => {
    const network = new Network(seven, { seed: 11 });
    network.stop(2);
    network.stop(5);
    for (let sequence = 0; sequence < 30; sequence++) {
      network.submit([0, 1, 3][sequence % 3] ?? 0, testTransaction(seven, pump, { sequence }));
      network.pass(200);
    }
    network.pass(60_000);
    for (const member of network.members.filter(({ up }) => up)) {
      expect(finals(member)).toHaveLength(30);
      expect(member.engine.gauges.roundDelayMs).toBeLessThanOrEqual(200);
    }
    expect(network.isQuiet).toBe(true);
    expectAgreement(network);
  });

  test('confirm although delays are far above the first estimate', () => {
    const network = new Network(seven, { seed: 13, delayMinMs: 400, delayMaxMs: 900 });
    network.submit(0, testTransaction(seven, pump, { sequence: 1 }));
    network.pass(600_000);
    for (const member of network.members) expect(finals(member)).toHaveLength(1);
    expect(network.isQuiet).toBe(true);
    expectAgreement(network);
  });
});
