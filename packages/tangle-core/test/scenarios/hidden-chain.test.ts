import { expect, test } from 'vitest';
import { present } from '../../src/assert.js';
import { signStatement, type CheckedStatement } from '../../src/model/index.js';
import { testDevice, testNetwork, testTransaction } from '../../src/testing/index.js';
import { Network } from '../engine/network.js';

const LIAR = 3;
const four = testNetwork({ weights: [1, 1, 1, 1], name: 'hidden' });
const device = testDevice('pump');

/** A statement of the liar for each round from the second on, over what the others signed there. */
function hiddenChain(network: Network): CheckedStatement[] {
  const { genesis, crypto, signers } = four;
  const statements = [...network.member(0).store.statements];
  const chain: CheckedStatement[] = [];
  for (let round = 2; ; round++) {
    const others = statements.filter((statement) => statement.round === round - 1);
    if (others.length < four.genesis.committee.quorum) return chain;
    const self = chain.at(-1)?.id ?? null;
    const unsigned = {
      network: genesis.network,
      epoch: 0,
      round,
      author: LIAR,
      timestampMs: network.now.wallMs,
      self,
      prev: [...others.map(({ id }) => id), ...(self === null ? [] : [self])].sort(),
      tips: [],
    };
    chain.push(signStatement(unsigned, present(signers[LIAR], 'the key of the liar'), crypto));
  }
}

test.each(['forwards', 'backwards'])(
  'a chain hidden since round 2 and shown %s leaves an idle network idle',
  (order) => {
    const network = new Network(four, { seed: 11 });
    network.stop(LIAR);
    for (let sequence = 1; sequence <= 15; sequence++) {
      network.submit(sequence % 3, testTransaction(four, device, { sequence }));
      network.pass(500);
    }
    network.pass(10_000);
    expect(network.isQuiet).toBe(true);

    const chain = hiddenChain(network);
    expect(chain.length).toBeGreaterThan(30);
    const honest = network.members.filter(({ up }) => up);
    const before = honest.map(({ signed, store }) => [signed.size, store.commits.length]);
    const vertices = order === 'forwards' ? chain : [...chain].reverse();
    for (const { index } of honest) network.step(index, { kind: 'received', from: LIAR, vertices });
    network.pass(10_000);
    for (const { engine } of honest) expect(chain.every(({ id }) => engine.tangle.has(id))).toBe(true);
    expect(honest.map(({ signed, store }) => [signed.size, store.commits.length])).toEqual(before);
    expect(network.isQuiet).toBe(true);

    // What comes after it goes its way, with the last of the chain on the open round.
    network.submit(1, testTransaction(four, device, { sequence: 16 }));
    network.pass(10_000);
    const digests = honest.map(({ store }) => store.commits.at(-1)?.digest);
    expect(new Set(digests).size).toBe(1);
    expect(honest.every(({ engine }) => !engine.hasNeed)).toBe(true);
  },
);
