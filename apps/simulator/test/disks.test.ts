/** Disks that are lost, put back or rotten: what is found, and that nobody contradicts itself. */
import { expect, test } from 'vitest';
import type { CheckedTransaction } from '@tangle/core/model';
import { decodeMessage, encodeMessage } from '@tangle/node/replica';
import type { Fault } from '../src/index.js';
import { heads, idleWorld, settle } from './support.js';

/** A busy while with one fault in it, then rest. */
async function busyWith(fault: Fault) {
  const world = await idleWorld();
  const startMs = world.nowMs;
  world.scheduleFault({ ...fault, atMs: startMs + fault.atMs });
  for (let reading = 0; reading < 40; reading++) {
    world.devices[reading % 4]?.read();
    await world.runUntil(world.nowMs + 100);
  }
  await settle(world);
  expect(heads(world).length).toBe(1);
  return world;
}

test('a validator that has lost its disk comes back from its peers, and signs again', async () => {
  const world = await busyWith({ kind: 'wipe', node: 2, atMs: 1_000, forMs: 500 });
  const { contents } = world.node(2).disk;
  expect(contents.firstStart).toBe(false);
  expect(contents.guard).toMatchObject({ inDoubt: false });
  expect(contents.guard?.id).not.toBe(null);
});

test('a validator on an old copy of its disk doubts its past, and contradicts nothing', async () => {
  for (const ageMs of [0, 200, 2_000]) {
    const world = await busyWith({ kind: 'restore', node: 2, ageMs, atMs: 2_500, forMs: 100 });
    expect(world.node(2).disk.contents.guard).toMatchObject({ inDoubt: false });
  }
});

test('a rotten record stops whoever reads it, is never served, and goes with its disk', async () => {
  const world = await idleWorld();
  const node = world.node(1);
  const [{ id }] = [...node.disk.contents.transactions()] as [CheckedTransaction];
  node.disk.rot(id);
  await world.runUntil(world.nowMs + 3_000);
  expect(node.isUp).toBe(true);
  const served: string[] = [];
  world.network.filter = (from, _to, message) => {
    const decoded = decodeMessage(message);
    if (from === 1 && decoded.ok) served.push(decoded.value.kind);
    return true;
  };
  node.running().receive(0, encodeMessage({ kind: 'request', ids: [id] }));
  await world.runUntil(world.nowMs + 100);
  expect(node.isUp).toBe(false);
  expect(served).not.toContain('vertices');
  world.network.filter = null;
  await settle(world);
  expect(node.disk.contents.firstStart).toBe(false);
  expect(node.disk.isRotten).toBe(false);
  expect(node.disk.contents.transaction(id)?.id).toBe(id);
});

test('amnesia beyond what the others can make up for is spared', async () => {
  const lines: string[] = [];
  const world = await idleWorld({}, 1, (line) => lines.push(line));
  for (const node of [0, 1]) world.scheduleFault({ kind: 'wipe', node, atMs: world.nowMs + node, forMs: 100 });
  await world.runUntil(world.nowMs + 200);
  expect(
    lines.filter((line) => /(wipe|spared) \d$/.test(line)).map((line) => line.split(' ').slice(1).join(' ')),
  ).toEqual(['wipe 0', 'spared 1']);
});
