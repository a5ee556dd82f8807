/** Hunts in the simulator's scenarios, by their names. */
import { runSeed } from '../../run.js';
import { openScenario } from '../../scenarios.js';
import { describeVerdict } from '../../verdict.js';
import type { Hunt } from './index.js';

export function scenarioHunt(name: string): Hunt {
  const expand = openScenario(name);
  return async (seed) => {
    const { verdict } = await runSeed({ run: expand(seed), seed });
    return verdict.kind === 'Pass' ? null : describeVerdict(verdict);
  };
}
