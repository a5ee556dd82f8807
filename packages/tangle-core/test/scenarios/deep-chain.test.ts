import { expect, test } from 'vitest';
import type { CheckedTransaction } from '../../src/model/index.js';
import { testDevice, testNetwork, testTransaction } from '../../src/testing/index.js';
import { Network } from '../engine/network.js';
import { fastCrypto, fastSigner } from '../fast-crypto.js';

const DEPTH = 100_000;
const single = testNetwork({ weights: [1], name: 'deep', crypto: fastCrypto, signerOf: fastSigner });
const device = testDevice('pump', fastSigner);

function chain(length: number): CheckedTransaction[] {
  const { transactionId } = single.genesis;
  const links: CheckedTransaction[] = [];
  for (let sequence = 1; sequence <= length; sequence++) {
    const parent = links.at(-1)?.id ?? transactionId;
    links.push(testTransaction(single, device, { sequence, parents: [parent, transactionId] }));
  }
  return links;
}

function finals(network: Network): string[] {
  return network.member(0).store.commits.flatMap(({ entries }) => entries.map(({ id }) => id));
}

test('a chain of 100,000 transactions is final in its own order', { timeout: 120_000 }, () => {
  const network = new Network(single);
  const links = chain(DEPTH);
  network.submit(0, ...links);
  network.pass(5_000);
  expect(finals(network)).toEqual(links.map(({ id }) => id));
});

test('bytes that are final change nothing when they come again', () => {
  const network = new Network(single);
  const links = chain(10);
  network.submit(0, ...links);
  network.pass(5_000);
  const written = network.member(0).batches.length;
  const effects = network.step(0, { kind: 'received', from: 0, vertices: [...links].reverse() });
  network.pass(5_000);
  expect(effects.acceptedTransactions).toEqual([]);
  expect(network.member(0).batches.length).toBe(written);
  expect(finals(network)).toEqual(links.map(({ id }) => id));
});
