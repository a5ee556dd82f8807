import { expect, test } from 'vitest';
import { heads, idleWorld, settle } from './support.js';

test('the last messages before the quiet are lost, and anti-entropy repairs it', async () => {
  const world = await idleWorld();
  // Node 0 hears everything and comes to rest; what it says last reaches nobody, and the others miss a commit.
  world.devices[1]?.read();
  await world.runWhile(() => !world.node(0).running().engine.hasNeed, world.nowMs + 5_000, 1);
  world.network.filter = (from) => from !== 0;
  await world.runWhile(() => world.node(0).running().engine.hasNeed, world.nowMs + 20_000, 1);
  world.network.filter = () => false;
  await world.runUntil(world.nowMs + 3_000);
  world.network.filter = null;
  await settle(world);
  expect(heads(world).length).toBe(1);
});

test.each([0, 1, 2, 3])('a transaction at node %i wakes the network with the next leader down', async (gateway) => {
  for (const leader of [0, 1, 2, 3].filter((node) => node !== gateway)) {
    const world = await idleWorld();
    world.crash(leader, 'durable');
    await world.runUntil(world.nowMs + 5_000);
    const before = world.node(gateway).running().engine.head.logSize;
    world.devices[gateway]?.read();
    await world.runUntil(world.nowMs + 5_000);
    const running = world.nodes.filter((node) => node.isUp).map((node) => node.running());
    expect(running.map((replica) => replica.engine.head.logSize)).toEqual(running.map(() => before + 2));
    world.restart(leader);
    await settle(world);
    expect(heads(world).length).toBe(1);
  }
});

test('a validator a round ahead of an idle network gets the others to follow', async () => {
  const world = await idleWorld();
  // Its transaction and its statements reach nobody: only node 2 has need, and has signed the open round.
  world.network.filter = (from) => from !== 2;
  const round = world.node(2).running().engine.gauges.ownRound;
  world.devices[2]?.read();
  await world.runUntil(world.nowMs + 3_000);
  expect(world.node(2).running().engine.gauges.ownRound).toBeGreaterThan(round);
  expect(world.nodes.filter((node) => node.running().engine.hasNeed).length).toBe(1);
  world.network.filter = null;
  await settle(world);
  expect(heads(world).length).toBe(1);
});

test('3,000 queued readings are final in few commits, in one order', async () => {
  const world = await idleWorld();
  world.network.partition([[0], [1], [2], [3]]);
  await world.runUntil(world.nowMs + 5_000);
  const [before] = world.nodes.map((node) => node.running().engine.head);
  for (let reading = 0; reading < 3_000; reading++) world.devices[reading % 4]?.read();
  await world.runUntil(world.nowMs + 5_000);
  world.network.heal();
  await settle(world, 60_000);
  const after = world.node(0).running().engine.head;
  expect(heads(world).length).toBe(1);
  expect(after.appendingCommits - (before?.appendingCommits ?? 0)).toBeLessThan(10);
  expect(world.monitor.order.transactions).toBe(3_000 + world.devices.length);
});
