/**
 * The hunts: where a planted bug is looked for, each a run of one seed. The very checks that the tests and the commands
 * `fuzz` and `run` make; a hunt adds none of its own but the stories. Loaded after the bug is planted.
 */

/** Runs one seed; what a check found, or null where nothing is wrong. */
export type Hunt = (seed: number) => Promise<string | null>;

/** Hunts whose seeds cost milliseconds and are many; a seed of the others is a whole simulated network. */
export const FUZZ_HUNTS = ['fuzz', 'validity', 'ledger', 'pacemaker'] as const;
export const SCENARIO_HUNTS = ['calm', 'kill-one', 'lossy', 'partition', 'storm', 'single', 'swarm'] as const;
export const STORY_HUNTS = [
  'boundaries',
  'alone',
  'rain',
  'amnesia',
  'lost-lead',
  'lost-lead-at-rest',
  'silent-gateway',
  'last-words',
  'far-behind',
] as const;

export type FuzzHuntName = (typeof FUZZ_HUNTS)[number];
export type HuntName = FuzzHuntName | (typeof SCENARIO_HUNTS)[number] | (typeof STORY_HUNTS)[number];

export function isFuzzHunt(name: string): name is FuzzHuntName {
  return (FUZZ_HUNTS as readonly string[]).includes(name);
}

/** The hunt of that name, with all the code under test that it needs. */
export async function huntOf(name: string): Promise<Hunt> {
  if (isFuzzHunt(name)) return (await import('./fuzz.js')).fuzzHunt(name);
  const { STORIES } = await import('./stories.js');
  const story = STORIES.get(name);
  if (story !== undefined) return story;
  return (await import('./scenario.js')).scenarioHunt(name);
}
