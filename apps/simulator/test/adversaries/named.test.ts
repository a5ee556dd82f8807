/** Scenarios that PROTOCOL 12 names, of liars and of bad luck, beside those in ../named.test.ts. */
import { describe, expect, test } from 'vitest';
import { nullSigner, testDevice } from '@tangle/core/testing';
import { describeVerdict, HABITS, HostileDevice, Random, runSeed, World, type Habit } from '../../src/index.js';
import { heads, runOptions, settle } from '../support.js';

const EVEN = (size: number): number[] => Array.from({ length: size }, () => 1);

/** An idle world whose second device, a registered one, has this habit. */
async function worldWith(habit: Habit) {
  const world = new World({ run: runOptions({ devices: 2, readingsPerSecond: 0 }), seed: 1 });
  world.startAll();
  await settle(world);
  const taken: Parameters<World['monitor']['accepted']>[0][] = [];
  const device = new HostileDevice(
    testDevice('1', (secret) => nullSigner(secret)),
    habit,
    {
      network: world.testNetwork,
      nodes: world.honestNodes,
      queue: world.queue,
      random: new Random('hostile'),
      onAccepted: (id, node) => {
        taken.push(id);
        world.monitor.accepted(id, node);
      },
    },
  );
  return { world, device, taken };
}

function outcomesOf(world: World, ids: Iterable<Parameters<World['monitor']['accepted']>[0]>): string[] {
  return [...new Set(ids)].map((id) => {
    const outcome = world.node(0).disk.contents.final(id)?.outcome;
    return outcome?.status === 'rejected' ? outcome.code : (outcome?.status ?? 'not final');
  });
}

describe('a device', () => {
  test.each(HABITS)('does its worst (%s), and all that gateways took is final, in one order', async (habit) => {
    const { world, device, taken } = await worldWith(habit);
    for (let round = 0; round < 10; round++) {
      device.act();
      world.devices[0]?.read();
      await world.runUntil(world.nowMs + 300);
    }
    await settle(world);
    expect(heads(world).length).toBe(1);
    expect(taken.length).toBeGreaterThan(9);
    expect(outcomesOf(world, taken)).not.toContain('not final');
  });

  test('that signs two readings under one number for two gateways has one of them accepted, and is remembered', async () => {
    const { world, device, taken } = await worldWith('two-gateways');
    device.act();
    await settle(world);
    expect(outcomesOf(world, taken).sort()).toEqual(['accepted', 'sequence-used']);
    const { issuer } = testDevice('1', (secret) => nullSigner(secret));
    const flags = world.nodes.map((node) => node.running().engine.ledger.device(issuer)?.equivocated);
    expect(flags).toEqual([true, true, true, true]);
  });

  test('with a clock in 2100 shuts nobody out: readings over its own are accepted', async () => {
    const { world, device, taken } = await worldWith('clock-ahead');
    device.act();
    await world.runUntil(world.nowMs + 1);
    world.devices[0]?.read();
    world.devices[0]?.read();
    await settle(world);
    expect(outcomesOf(world, taken)).toEqual(['accepted']);
    expect(world.monitor.order.transactions).toBe(2 + 1 + 2);
    const { time } = world.testNetwork.genesis.parameters;
    expect(world.node(0).running().engine.head.timeMs).toBeLessThan(time + 3_600_000);
  });
});

describe('a network', () => {
  test.each([
    [4, 1],
    [7, 2],
  ])('of %i in which %i lose their disks at one time goes on, and they sign again', async (size, losers) => {
    const run = runOptions({
      weights: EVEN(size),
      durationMs: 6_000,
      readingsPerSecond: 4,
      faults: Array.from({ length: losers }, (_, node) => ({ kind: 'wipe' as const, node, atMs: 2_000, forMs: 500 })),
    });
    const { verdict } = await runSeed({ run, seed: 2 });
    expect(describeVerdict(verdict)).toBe('Pass');
  });

  test('with f silent, and one honest validator that is slow and has little memory, makes everything final', async () => {
    const others = [1, 2, 3, 4];
    const span = { kind: 'slow' as const, atMs: 0, forMs: 8_000, factor: 20 };
    const run = runOptions({
      weights: EVEN(7),
      durationMs: 8_000,
      readingsPerSecond: 4,
      byzantine: [5, 6].map((node) => ({ node, strategy: 'silent' })),
      faults: others.flatMap((other) => [
        { ...span, from: 0, to: other },
        { ...span, from: other, to: 0 },
      ]),
      limits: [{ pendingVerticesMax: 16, pendingBytesMax: 65_536, inboxBytesPerPeerMax: 16_384, wantedIdsMax: 64 }],
    });
    const { verdict, transactions } = await runSeed({ run, seed: 4 });
    expect(describeVerdict(verdict)).toBe('Pass');
    expect(transactions).toBeGreaterThan(20);
  });

  test('of nodes with limits and pacing of their own comes to one order', async () => {
    const run = runOptions({
      durationMs: 5_000,
      limits: [
        { turnVerticesMax: 1, roundSpacingMs: 200 },
        { openTransactionsMax: 3, burstRounds: 1 },
        { delayInitialMs: 2_000, antiEntropyMs: 5_000 },
        {},
      ],
    });
    const { verdict } = await runSeed({ run, seed: 5 });
    expect(describeVerdict(verdict)).toBe('Pass');
  });

  test('that was shown chains hidden since the first round comes to rest, and stays so', async () => {
    const run = runOptions({ devices: 4, byzantine: [{ node: 3, strategy: 'hidden-chain' }], durationMs: 10_000 });
    const world = new World({ run, seed: 6 });
    world.startAll();
    world.scheduleReadings();
    await world.runUntil(12_000);
    await settle(world);
    const statements = world.monitor.equivocation.statements;
    await world.runUntil(world.nowMs + 20_000);
    expect(world.monitor.violation).toBe(null);
    expect(world.monitor.equivocation.statements).toBe(statements);
    const rounds = world.honestNodes.map((node) => node.running().engine.gauges.openRound);
    expect(Math.min(...rounds)).toBeGreaterThan(20);
  });
});
