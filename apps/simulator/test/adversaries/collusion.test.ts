/** One step beyond what the protocol tolerates: f+1 may break agreement, and then they have signed the evidence. */
import { expect, test } from 'vitest';
import { describeVerdict, runSeed, type Verdict, World } from '../../src/index.js';
import { drawSwarm, SOAK } from '../../src/swarm.js';
import { runOptions } from '../support.js';

/** The first `liars` each live twice, once for either side of the others, who do not hear each other. */
function divided(size: number, liars: number): World {
  const run = runOptions({
    weights: Array.from({ length: size }, () => 1),
    devices: size,
    durationMs: 5_000,
    readingsPerSecond: 4,
    byzantine: Array.from({ length: liars }, (_, node) => ({ node, strategy: 'twins' })),
  });
  const world = new World({ run, seed: 1 });
  // From the start: a process that meets a statement of its other life would doubt its own past, and be silent.
  world.network.filter = (from, to) => from < liars || to < liars || from % 2 === to % 2;
  world.startAll();
  world.scheduleReadings();
  return world;
}

/** Lets time pass, over broken invariants, until something holds; gives up after `withinMs`. */
async function passUntil(
  world: World,
  isReached: (broken: Verdict | null) => boolean,
  withinMs: number,
): Promise<void> {
  for (const untilMs = world.nowMs + withinMs; world.nowMs < untilMs;) {
    await world.runUntil(world.nowMs + 50);
    if (isReached(world.monitor.acknowledge())) return;
  }
  throw new Error(`not reached within ${withinMs} ms`);
}

function equivocators(world: World): number[] {
  return [...world.monitor.accusations].flatMap(([index, reports]) =>
    [...reports].some((what) => what.startsWith('two statements of round')) ? [index] : [],
  );
}

test.each([
  [4, 2],
  [7, 3],
])(
  'of %i validators, %i that equivocate may break agreement; the evidence names more than a third',
  async (size, liars) => {
    const world = divided(size, liars);
    await passUntil(world, (broken) => broken?.kind === 'Diverged', 10_000);
    world.network.filter = null;
    await passUntil(world, () => 3 * equivocators(world).length > size, 20_000);
    expect(equivocators(world).every((index) => index < liars)).toBe(true);
  },
);

test.each([
  [4, 1],
  [7, 2],
])('of %i validators, %i that do the same break nothing', async (size, liars) => {
  const world = divided(size, liars);
  await world.runUntil(3_000);
  world.network.filter = null;
  await world.runUntil(10_000);
  expect(world.monitor.violation).toBe(null);
  expect(world.monitor.agreement.length).toBeGreaterThan(0);
});

test('a run in which more than f lie passes where the evidence explains what breaks', async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const run = { ...drawSwarm({ ...SOAK, beyond: 1 }, seed), durationMs: 5_000, finalWithinMs: 10_000 };
    const { verdict } = await runSeed({ run, seed });
    expect(describeVerdict(verdict)).toBe('Pass');
  }
});
