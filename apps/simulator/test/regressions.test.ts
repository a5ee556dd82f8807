/** What seeds have found, told as short stories. */
import { expect, test } from 'vitest';
import { heads, idleWorld, settle } from './support.js';

test('after all validators have restarted one by one, they still sign', async () => {
  const world = await idleWorld();
  for (const node of world.nodes) {
    world.devices[0]?.read();
    await settle(world);
    world.crash(node.index, 'durable');
    world.restart(node.index);
    await world.runUntil(world.nowMs + 2_000);
  }
  world.devices[0]?.read();
  await settle(world);
  expect(heads(world).length).toBe(1);
});

test('after a failed write nobody is told that the replica has settled, and a reading is not called accepted', async () => {
  const world = await idleWorld({ devices: 1 });
  const replica = world.node(0).running();
  world.node(0).disk.failNextWrite('failed-lost');
  world.devices[0]?.read();
  // The turn is under way: the reading is in the engine and not on the disk.
  await world.runUntil(world.nowMs);
  expect(replica.engine.hasNeed).toBe(true);
  const settled = replica.settled().then(
    () => 'settled',
    () => 'failed',
  );
  await world.runUntil(world.nowMs + 100);
  expect(await settled).toBe('failed');
  await expect(replica.settled()).rejects.toThrow('writing a turn to the store failed');
});

test('with a next turn always waiting, readers of the replica still get in', async () => {
  const world = await idleWorld({ disk: { writeMinMs: 50, writeMeanMs: 50 } });
  const replica = world.node(0).running();
  let waits = 0;
  const load = { isOver: false };
  const readAgain = async (): Promise<void> => {
    while (!load.isOver) {
      await replica.settled();
      expect(
        replica.engine.lastOwn === null || world.node(0).disk.contents.statement(replica.engine.lastOwn),
      ).toBeTruthy();
      waits++;
      await new Promise<void>((resolve) => void world.queue.after(1, resolve));
    }
  };
  const reader = readAgain();
  const untilMs = world.nowMs + 1_500;
  while (world.nowMs < untilMs) {
    // More often than a write takes: the inbox is never empty at the end of a turn.
    for (const device of world.devices) device.read();
    await world.runUntil(world.nowMs + 10);
  }
  load.isOver = true;
  await settle(world);
  await reader;
  expect(waits).toBeGreaterThan(10);
});
