/**
 * Runs beyond what the protocol tolerates: more than f of the weight lie, and are of one mind. The others are divided at
 * first, so that each side may make a quorum with the liars; what such a run must hold is less (run.ts).
 */
import { present } from '@tangle/core/assert';
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Random } from './prng.js';
import type { ByzantineValidator, Fault, RunOptions } from './run-options.js';

/** It breaks soon or not at all. */
const DURATION_MS = 30_000;
/** A node that takes up no whole commits, however far behind: it has to see both sides. */
const NEVER = 1_000_000;

/** The run with more liars than it may have, and without other faults, which would only hide what they do. */
export function conspire(run: RunOptions, random: Random): RunOptions {
  const isInStep = random.chance(0.5);
  const nodes = isInStep ? 7 : random.pick([4, 7, 10]);
  const strategy = isInStep ? 'twins' : random.pick(['twins', 'many-faces']);
  const faultWeight = (nodes - 1) / 3;
  const sides = sidesOf(random.shuffle(Array.from({ length: nodes }, (_, node) => node)));
  const byzantine: ByzantineValidator[] = [];
  for (let left = faultWeight + (isInStep ? 2 : random.integer(1, 2)); left > 0; left--) {
    const [larger] = sides.toSorted((one, other) => other.length - one.length);
    byzantine.push({ node: present(present(larger, 'two sides').pop(), 'more than a third are honest'), strategy });
  }
  return {
    ...run,
    weights: Array.from({ length: nodes }, () => 1),
    byzantine,
    durationMs: DURATION_MS,
    finalWithinMs: DURATION_MS,
    load: [],
    wakes: [],
    faults: divide(sides, isInStep ? 1_000 : random.integer(500, 10_000), random),
    ...(isInStep ? inStep(run, nodes, random) : {}),
  };
}

/** The two sides do not hear each other; one honest validator may come later, and learn of both at once. */
function divide(sides: readonly (readonly ValidatorIndex[])[], forMs: number, random: Random): Fault[] {
  const span = { atMs: 0, forMs };
  const partition: Fault = { kind: 'partition', sets: sides, ...span };
  const [larger = []] = sides.toSorted((one, other) => other.length - one.length);
  const late = random.pick(larger);
  return random.chance(0.25) ? [partition] : [partition, { kind: 'crash', node: late, ...span }];
}

/** Messages that take equally long, and slow disks, so that turns are large: both sides arrive together. */
function inStep({ network }: RunOptions, nodes: number, random: Random): Partial<RunOptions> {
  const delayMinMs = random.integer(20, 60);
  return {
    readingsPerSecond: 5,
    network: { ...network, loss: 0, delayMinMs, delayMeanMs: delayMinMs + 1 },
    disk: { writeMinMs: 100, writeMeanMs: 300 },
    limits: Array.from({ length: nodes }, () => ({ catchUpDistance: NEVER })),
  };
}

/** As twins divide the others. */
function sidesOf(nodes: readonly ValidatorIndex[]): [ValidatorIndex[], ValidatorIndex[]] {
  return [nodes.filter((node) => node % 2 === 0), nodes.filter((node) => node % 2 === 1)];
}
