/** Several replicas certify the log that they all make, whoever is down, crashes or comes late. */
import { expect, test } from 'vitest';
import { testNetwork } from '@tangle/core/testing';
import { startCluster } from './cluster.js';

const four = testNetwork({ weights: [1, 1, 1, 1] });

test('what becomes final is certified by a quorum at every node under one root', async () => {
  const cluster = await startCluster(four, [0, 1, 2, 3]);
  await cluster.submit(0, 20);
  await cluster.submit(3, 20);
  const head = await cluster.settled();
  expect(head.size).toBeGreaterThan(40);
  for (const node of cluster.nodes) {
    expect(node!.replica.log.published!.root).toBe(head.root);
    expect(node!.replica.log.published!.cosignatures.length).toBeGreaterThanOrEqual(3);
    const sizes = node!.certified.map(({ size }) => size);
    expect(sizes).toEqual([...sizes].sort((left, right) => left - right));
    expect([node!.misbehaviours, node!.evidence, node!.fatal]).toEqual([[], [], []]);
  }
});

test('with f down the rest certify, and whoever comes late publishes the same head', async () => {
  const cluster = await startCluster(four, [0, 1, 2]);
  await cluster.submit(0, 30);
  const head = await cluster.settled();
  const late = await cluster.start(3);
  expect((await cluster.settled()).root).toBe(head.root);
  expect(late.replica.log.published?.size).toBe(head.size);
});

test('a network of one certifies by itself', async () => {
  const cluster = await startCluster(testNetwork({ weights: [1], name: 'alone' }), [0]);
  await cluster.submit(0, 3);
  expect((await cluster.settled()).cosignatures).toHaveLength(1);
});

test('a node that crashes and restarts again and again under load loses no certified head', async () => {
  const cluster = await startCluster(four, [0, 1, 2, 3]);
  for (let round = 0; round < 6; round++) {
    await cluster.submit(0, 5);
    const before = cluster.disks[1]!.log.published?.size ?? 0;
    await cluster.crash(1);
    await cluster.submit(2, 5);
    const node = await cluster.start(1);
    expect(node.replica.log.published?.size ?? 0).toBeGreaterThanOrEqual(before);
  }
  await cluster.settled();
  for (const node of cluster.nodes) expect([node!.misbehaviours, node!.evidence]).toEqual([[], []]);
});
