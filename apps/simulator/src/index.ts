/** The simulator as a library: what tests and benchmarks build worlds with. */
export { type ChunkResult, type FuzzChunk, fuzzChunk, type FuzzFailure } from './fuzz/chunk.js';
export { fuzzCommand, type FuzzFlags, type FuzzSurroundings } from './fuzz/command.js';
export { type FuzzResult, runFuzz } from './fuzz/run-fuzz.js';
export { type FuzzWorker } from './fuzz/worker.js';
export { HostileDevice, HABITS, type Habit } from './adversaries/hostile-device.js';
export { STRATEGIES, type Strategy } from './adversaries/index.js';
export { describeFailed, describeResult, replayCommand } from './report.js';
export { runSeed, type RunResult } from './run.js';
export { runCommand, type RunFlags, type RunSurroundings } from './runs/command.js';
export { runSeeds, type RunSeedsOptions } from './runs/run-seeds.js';
export type { SeedOutcome, SeedWorker } from './runs/worker.js';
export type { ByzantineValidator, Fault, LoadSpan, RunOptions, Wake } from './run-options.js';
export { expandScenario, ScenarioError } from './scenario.js';
export { type Expand, openScenario, scenarioNames } from './scenarios.js';
export { Random } from './prng.js';
export { describeVerdict, type CheckerName, type Verdict } from './verdict.js';
export { World, type Boundary, type WorldOptions } from './world.js';
export { sha256 } from './sha256.js';
