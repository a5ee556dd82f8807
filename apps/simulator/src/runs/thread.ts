/** A thread that runs seeds of scenarios. */
import { serve } from '../threads/serve.js';
import { seedRunner, type SeedTask } from './seed-runner.js';

const runners = new Map<string, ReturnType<typeof seedRunner>>();

serve(({ scenario, seed }: SeedTask) => {
  const runner = runners.get(scenario) ?? seedRunner(scenario);
  runners.set(scenario, runner);
  return runner(seed);
});
