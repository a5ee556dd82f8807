/** The simulator as a library: what tests and benchmarks build worlds with. */
export { describeResult, replayCommand } from './report.js';
export { runSeed, type RunResult } from './run.js';
export { expandScenario, ScenarioError, type Fault, type RunOptions } from './scenario.js';
export { Random } from './prng.js';
export { describeVerdict, type CheckerName, type Verdict } from './verdict.js';
export { World, type Boundary, type WorldOptions } from './world.js';
