/** Small worlds for tests: the calm defaults, and what a test wants otherwise. */
import { expandScenario, Random, World, type RunOptions, type WorldOptions } from '../src/index.js';

/** Options of a run: those of a scenario with nothing in it, and these. */
export function runOptions(overrides: Partial<RunOptions> = {}): RunOptions {
  return { ...expandScenario({ name: 'test' }, new Random('test')), ...overrides };
}

/** A world that runs, its devices registered and everything idle. */
export async function idleWorld(
  overrides: Partial<RunOptions> = {},
  seed = 1,
  onTrace: (line: string) => void = () => undefined,
): Promise<World> {
  const world = new World({ run: runOptions({ devices: 4, ...overrides }), seed, onTrace } satisfies WorldOptions);
  world.startAll();
  await settle(world);
  return world;
}

/** Lets time pass until all is final everywhere, for at most `withinMs`; throws where it is not, or a checker speaks. */
export async function settle(world: World, withinMs = 30_000): Promise<void> {
  await world.runUntil(world.nowMs + 2_000);
  const isDone = await world.runWhile(() => !world.isDone, world.nowMs + withinMs);
  const { violation, liveness } = world.monitor;
  if (violation !== null) throw new Error(JSON.stringify(violation));
  if (!isDone) throw new Error(liveness.describeOpen() ?? 'readings wait at devices, or a node has need');
}

/** All nodes hold the same newest commit. */
export function heads(world: World): string[] {
  return [...new Set(world.nodes.map((node) => node.running().engine.head.digest))];
}
