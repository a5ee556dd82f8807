/** Hunts in stories: short runs with one misfortune each, of the kinds that random weather seldom brings. */
import type { ValidatorIndex } from '@tangle/core/ids';
import { decodeMessage, MemoryDisk } from '@tangle/node/replica';
import { Random } from '../../prng.js';
import { runSeed } from '../../run.js';
import type { RunOptions } from '../../run-options.js';
import { expandScenario } from '../../scenario.js';
import { describeVerdict } from '../../verdict.js';
import { type Boundary, World } from '../../world.js';
import type { Hunt } from './index.js';

/** Time for everything to become final, milliseconds of virtual time. */
const SETTLE_MS = 30_000;

/** A process is killed at an effect boundary: before a batch is durable, or before a message after it. */
async function boundaries(seed: number): Promise<string | null> {
  const random = new Random(`${seed}/boundaries`);
  const boundary: Boundary = random.chance(0.5) ? 'write' : 'send';
  const at = random.integer(1, boundary === 'write' ? 40 : 120);
  const fate = random.chance(0.5) ? 'durable' : 'lost';
  const run = { ...optionsOf({}), durationMs: 1_500, readingsPerSecond: 8, devices: 4, quietMs: 10_000 };
  const { verdict } = await runSeed({
    run,
    seed,
    crashAt: (node, reached, count) =>
      node === seed % 4 && reached === boundary && (count === at || count === at + 7) ? fate : null,
  });
  return verdict.kind === 'Pass' ? null : describeVerdict(verdict);
}

/** The only validator, on a slow disk, is killed at any instant under load: nobody else knows what it had taken. */
async function alone(seed: number): Promise<string | null> {
  const random = new Random(`${seed}/alone`);
  const options = optionsOf({});
  const faults = Array.from({ length: 3 }, () => {
    return { kind: 'crash', node: 0, atMs: random.integer(100, 1_500), forMs: 100 } as const;
  });
  const { verdict } = await runSeed({
    run: {
      ...options,
      weights: [1],
      disk: { ...options.disk, writeMinMs: 10, writeMeanMs: 30 },
      durationMs: 1_500,
      readingsPerSecond: 40,
      quietMs: 10_000,
      faults,
    },
    seed,
  });
  return verdict.kind === 'Pass' ? null : describeVerdict(verdict);
}

/** Messages are lost, doubled and late, for some seconds. */
async function rain(seed: number): Promise<string | null> {
  const random = new Random(`${seed}/rain`);
  const options = optionsOf({});
  const network = {
    ...options.network,
    delayMeanMs: random.integer(10, 60),
    loss: 0.4 * random.unit(),
    duplication: 0.4 * random.unit(),
  };
  const { verdict } = await runSeed({
    run: { ...options, network, durationMs: 4_000, readingsPerSecond: 10, finalWithinMs: 30_000, quietMs: 10_000 },
    seed,
  });
  return verdict.kind === 'Pass' ? null : describeVerdict(verdict);
}

/** A validator loses its disk under load and comes back with an empty one. */
async function amnesia(seed: number): Promise<string | null> {
  const random = new Random(`${seed}/amnesia`);
  const world = await startWorld(seed);
  const victim = random.integer(0, 3);
  await readFor(world, 500 + random.integer(0, 500));
  exchangeDisk(world, victim, 'lost');
  // The others may have moved on or stand where it left them; either way it must not repeat itself.
  await readFor(world, random.chance(0.5) ? 0 : random.integer(0, 3_000));
  world.restart(victim);
  await readFor(world, 3_000);
  return settled(world);
}

/**
 * A validator is the first to sign a round, nobody hears of it, and its disk is lost. The others stay where they are until
 * it is back: the case for which it must leave out a round that no one can tell it of.
 */
async function lostLead(seed: number): Promise<string | null> {
  const random = new Random(`${seed}/lost-lead`);
  const world = await startWorld(seed);
  const victim = random.integer(0, 3);
  await readFor(world, 500 + random.integer(0, 500));
  // One of the others may be a little behind: its word alone would be too little.
  const behind = random.chance(0.5) ? (victim + random.integer(1, 3)) % 4 : null;
  world.network.filter = (_, to) => to !== behind;
  await readFor(world, random.integer(1, 3) * 100);
  world.network.filter = (from, to) => from !== victim && to !== behind;
  const others = world.nodes.filter(({ index }) => index !== victim);
  const roundOf = (index: ValidatorIndex): number => world.node(index).running().engine.gauges.ownRound;
  const leads = (): boolean => others.every(({ index }) => roundOf(index) < roundOf(victim));
  world.devices[victim]?.read();
  await world.runWhile(() => !leads(), world.nowMs + 5_000, 1);
  await loseDisk(world, victim);
  world.network.filter = (from, to) => from === victim || to === victim;
  await world.runWhile(() => world.node(victim).replica?.engine.inDoubt !== false, world.nowMs + 20_000, 10);
  await world.runUntil(world.nowMs + 500);
  world.network.filter = null;
  return settled(world);
}

/** The same with the others at rest, and it stops once more before it has signed anything again. */
async function lostLeadAtRest(seed: number): Promise<string | null> {
  const random = new Random(`${seed}/lost-lead-at-rest`);
  const world = await startWorld(seed);
  const victim = random.integer(0, 3);
  const { ownRound } = world.node(victim).running().engine.gauges;
  world.network.filter = (from) => from !== victim;
  world.devices[victim]?.read();
  await world.runWhile(() => world.node(victim).running().engine.gauges.ownRound === ownRound, world.nowMs + 5_000, 1);
  await loseDisk(world, victim);
  world.network.filter = null;
  await world.runWhile(() => world.node(victim).replica?.engine.inDoubt !== false, world.nowMs + 20_000, 10);
  await world.runUntil(world.nowMs + 500);
  world.crash(victim, 'durable');
  world.restart(victim);
  await world.runUntil(world.nowMs + 500);
  world.devices[(victim + 1) % 4]?.read();
  return settled(world);
}

async function loseDisk(world: World, victim: ValidatorIndex): Promise<void> {
  await world.runUntil(world.nowMs + 50);
  exchangeDisk(world, victim, 'durable');
  world.restart(victim);
}

function exchangeDisk(world: World, victim: ValidatorIndex, lastBatch: 'durable' | 'lost'): void {
  const node = world.node(victim);
  world.crash(victim, lastBatch);
  node.disk.restore(new MemoryDisk({ firstStart: false }));
  world.monitor.forgot(node);
  for (const device of world.devices) device.nodeForgot();
}

/**
 * A reading and what its gateway says first reach one validator only, which cites it and then gives nobody an answer:
 * the others have to ask somebody else.
 */
async function silentGateway(seed: number): Promise<string | null> {
  const random = new Random(`${seed}/silent-gateway`);
  const world = await startWorld(seed);
  const [gateway, silent] = random.shuffle([0, 1, 2, 3]) as [ValidatorIndex, ValidatorIndex];
  // What the silent one took in would be lost with it.
  const devices = world.devices.filter((_, index) => index !== silent);
  let isOver = false;
  world.network.filter = (from, to, message) => {
    const decoded = decodeMessage(message);
    if (!decoded.ok || decoded.value.kind !== 'vertices') return true;
    // The silent one's statements pass, and what would answer a request does not.
    if (from === silent) return decoded.value.vertices.every((bytes) => bytes[1] === STATEMENT_KIND);
    return isOver || from !== gateway || to === silent;
  };
  for (const device of devices) device.read();
  await world.runUntil(world.nowMs + 1_000);
  isOver = true;
  for (const device of devices) device.read();
  return settled(world);
}

/** One validator does not hear what the others say last before the quiet: they rest, and it lacks what decides. */
async function lastWords(seed: number): Promise<string | null> {
  const world = await startWorld(seed);
  const deaf = seed % 4;
  const hasNeed = (index: ValidatorIndex): boolean => world.node(index).running().engine.hasNeed;
  world.devices[(deaf + 1) % 4]?.read();
  await world.runWhile(() => !hasNeed(deaf), world.nowMs + 5_000, 1);
  world.network.filter = (_, to) => to !== deaf;
  await world.runWhile(() => [1, 2, 3].some((step) => hasNeed((deaf + step) % 4)), world.nowMs + 20_000, 1);
  // What is on its way arrives, or is lost.
  await world.runUntil(world.nowMs + 1_000);
  world.network.filter = null;
  return settled(world);
}

/** A validator is away for long, and comes back while the others go on and one of them does not answer. */
async function farBehind(seed: number): Promise<string | null> {
  const random = new Random(`${seed}/far-behind`);
  const world = await startWorld(seed);
  const [away, mute] = random.shuffle([0, 1, 2, 3]) as [ValidatorIndex, ValidatorIndex];
  world.crash(away, 'durable');
  await readFor(world, 8_000);
  world.network.filter = (from, to, message) => {
    if (from !== mute || to !== away) return true;
    const decoded = decodeMessage(message);
    return decoded.ok && (decoded.value.kind === 'frontier' || decoded.value.kind === 'commits-end');
  };
  world.restart(away);
  await readFor(world, 2_000);
  return settled(world);
}

const STATEMENT_KIND = 2;

export const STORIES: ReadonlyMap<string, Hunt> = new Map([
  ['boundaries', boundaries],
  ['alone', alone],
  ['rain', rain],
  ['amnesia', amnesia],
  ['lost-lead', lostLead],
  ['lost-lead-at-rest', lostLeadAtRest],
  ['silent-gateway', silentGateway],
  ['last-words', lastWords],
  ['far-behind', farBehind],
]);

function optionsOf(overrides: Partial<RunOptions>): RunOptions {
  return { ...expandScenario({ name: 'story', devices: 4 }, new Random('story')), ...overrides };
}

async function startWorld(seed: number): Promise<World> {
  const world = new World({ run: optionsOf({}), seed });
  world.startAll();
  await world.runUntil(world.nowMs + 3_000);
  return world;
}

/** Readings at all gateways for a while, one every 100 ms. */
async function readFor(world: World, ms: number): Promise<void> {
  const untilMs = world.nowMs + ms;
  for (let count = 0; world.nowMs < untilMs && world.monitor.violation === null; count++) {
    world.devices[count % world.devices.length]?.read();
    await world.runUntil(world.nowMs + 100);
  }
}

/** All of it final everywhere within the bound, and then at rest. */
async function settled(world: World): Promise<string | null> {
  const { monitor } = world;
  const isDone = await world.runWhile(() => !world.isDone, world.nowMs + SETTLE_MS);
  if (monitor.violation !== null) return describeVerdict(monitor.violation);
  if (!isDone) return `NoProgress: ${monitor.liveness.describeOpen() ?? 'readings wait, or a node has need'}`;
  monitor.quiescence.idle = true;
  await world.runUntil(world.nowMs + 20_000);
  for (const node of world.nodes) {
    monitor.inTheEnd(node);
  }
  return monitor.violation === null ? null : describeVerdict(monitor.violation);
}
