/** The simulator as a library: what tests and benchmarks build worlds with. */
export { type ChunkResult, type FuzzChunk, fuzzChunk, type FuzzFailure } from './fuzz/chunk.js';
export { fuzzCommand, type FuzzFlags, type FuzzSurroundings } from './fuzz/command.js';
export { type FuzzResult, runFuzz } from './fuzz/run-fuzz.js';
export { type FuzzWorker } from './fuzz/worker.js';
export { describeResult, replayCommand } from './report.js';
export { runSeed, type RunResult } from './run.js';
export { expandScenario, ScenarioError, type Fault, type RunOptions } from './scenario.js';
export { Random } from './prng.js';
export { describeVerdict, type CheckerName, type Verdict } from './verdict.js';
export { World, type Boundary, type WorldOptions } from './world.js';
