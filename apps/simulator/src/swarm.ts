/**
 * The scenario in which the seed draws everything: committee, liars, weather, disks, clocks, load and limits. Ranges are
 * those of TigerBeetle's VOPR where it has the same fault. `swarm` and `soak` differ in how long a run lasts.
 */
import type { ValidatorIndex } from '@tangle/core/ids';
import { GENESIS_PARAMETER_DEFAULTS } from '@tangle/core/model';
import type { ReplicaLimits } from '@tangle/node/replica';
import { STRATEGIES } from './adversaries/index.js';
import { conspire } from './conspiracy.js';
import { Random } from './prng.js';
import type { ByzantineValidator, Fault, LoadSpan, RunOptions, Wake } from './run-options.js';

export interface SwarmOptions {
  readonly name: string;
  readonly about: string;
  /** Least and most time with faults, milliseconds. */
  readonly durationMs: readonly [number, number];
  /** Share of the seeds in which more lie than the protocol tolerates. */
  readonly beyond: number;
}

export const SWARM: SwarmOptions = {
  name: 'swarm',
  about: 'the seed draws everything; two minutes with faults',
  durationMs: [120_000, 120_000],
  beyond: 0,
};
export const SOAK: SwarmOptions = {
  name: 'soak',
  about: 'as swarm, for 10 to 60 minutes; now and then more lie than the protocol tolerates',
  durationMs: [600_000, 3_600_000],
  beyond: 1 / 8,
};

interface Size {
  readonly nodes: number;
  /** How often it is drawn, of 32. */
  readonly times: number;
  readonly readingsPerSecondMax: number;
  /** Least mean delay beyond the least delay: rounds follow one another no faster. */
  readonly delayMs: number;
}

/** Messages grow with the square of the size, and a mix has to be affordable. */
const SIZES = [
  { nodes: 1, times: 2, readingsPerSecondMax: 6, delayMs: 30 },
  { nodes: 4, times: 20, readingsPerSecondMax: 6, delayMs: 30 },
  { nodes: 7, times: 8, readingsPerSecondMax: 2, delayMs: 80 },
  { nodes: 10, times: 2, readingsPerSecondMax: 1, delayMs: 120 },
].flatMap((size): Size[] => Array.from({ length: size.times }, () => size));
/** Faults are drawn for each of these, so that a long run has as many a minute as a short one. */
const FAULT_MINUTES = 2;

/** The same seed always draws the same run. */
export function drawSwarm({ name, durationMs: [least, most], beyond }: SwarmOptions, seed: number): RunOptions {
  const random = new Random(`${seed}/${name}`);
  const durationMs = random.integer(least, most);
  const size = random.pick(SIZES);
  const { nodes } = size;
  const weights = drawWeights(nodes, random.fork('weights'));
  const loadRandom = random.fork('load');
  const network = random.fork('network');
  const delayMinMs = network.integer(0, 30);
  const delayMeanMs = delayMinMs + network.integer(size.delayMs, 300);
  const isTiny = random.chance(0.5);
  const tiny = random.fork('tiny');
  const byzantine = drawByzantine(weights, random.fork('byzantine'));
  const run: RunOptions = {
    name,
    weights,
    maxTips: isTiny ? tiny.integer(2, 32) : GENESIS_PARAMETER_DEFAULTS.maxTips,
    byzantine,
    devices: loadRandom.integer(1, 20),
    hostileDevices: sometimes(loadRandom, 0.5, () => loadRandom.integer(1, 6)),
    registryChanges: timesIn(durationMs, loadRandom.integer(0, 4)),
    readingsPerSecond: between(loadRandom, 0.3, size.readingsPerSecondMax),
    load: drawLoad(durationMs, loadRandom),
    arrival: loadRandom.pick(['poisson', 'poisson', 'fixed']),
    durationMs,
    finalWithinMs: 120_000,
    quietMs: 30_000,
    wakes: drawWakes(weights, byzantine, random.fork('wakes')),
    signatures: 'modelled',
    network: {
      delayMinMs,
      delayMeanMs,
      loss: sometimes(network, 0.5, () => between(network, 0, 0.3)),
      duplication: sometimes(network, 0.5, () => between(network, 0, 0.5)),
      detectMs: network.integer(100, 5_000),
      reconnectMs: network.integer(10, 2_000),
      linkBytesMax: isTiny ? tiny.integer(2_048, 65_536) : 1024 * 1024,
    },
    disk: drawDisk(random.fork('disk')),
    clocks: drawClocks(random.fork('clocks')),
    limits: drawLimits(nodes, isTiny ? delayMeanMs : null, random.fork('limits')),
    faults: drawFaults(nodes, durationMs, random.fork('faults')),
  };
  return random.chance(beyond) ? conspire(run, random.fork('conspiracy')) : run;
}

function drawWeights(nodes: number, random: Random): number[] {
  const isEven = random.chance(0.6);
  return Array.from({ length: nodes }, () => (isEven ? 1 : random.integer(1, 5)));
}

/** Liars of at most f together; none in an eighth of the seeds. */
function drawByzantine(weights: readonly number[], random: Random): ByzantineValidator[] {
  const liars: ByzantineValidator[] = [];
  const most = tolerated(weights);
  let left = most === 0 || random.chance(1 / 8) ? 0 : random.integer(1, most);
  const strategies = [...STRATEGIES.keys()];
  for (const node of random.shuffle(weights.map((_, index) => index))) {
    const weight = weights[node] ?? 0;
    if (weight > left) continue;
    left -= weight;
    liars.push({ node, strategy: random.pick(strategies) });
  }
  return liars;
}

function tolerated(weights: readonly number[]): number {
  return Math.floor((weights.reduce((sum, weight) => sum + weight, 0) - 1) / 3);
}

/** Steady, with bursts, with silences, or with both. */
function drawLoad(durationMs: number, random: Random): LoadSpan[] {
  const rates = random.pick<readonly (readonly [number, number])[]>([
    [],
    [[10, 60]],
    [[0, 0]],
    [
      [10, 60],
      [0, 0],
    ],
  ]);
  const spans: LoadSpan[] = [];
  for (const [least, most] of rates) {
    for (let count = timesIn(durationMs, random.integer(1, 4)); count > 0; count--) {
      // Bursts are short, silences long enough for the network to come to rest.
      const forMs = least > 0 ? random.integer(200, 3_000) : random.integer(5_000, 40_000);
      spans.push({ atMs: random.integer(0, durationMs), forMs, readingsPerSecond: between(random, least, most) });
    }
  }
  return spans;
}

/** Liars are silent by then: with those that are down they weigh f at most. */
function drawWakes(weights: readonly number[], byzantine: readonly ByzantineValidator[], random: Random): Wake[] {
  const liars = new Set(byzantine.map(({ node }) => node));
  const honest = weights.map((_, index) => index).filter((index) => !liars.has(index));
  const weightOf = (index: ValidatorIndex): number => weights[index] ?? 0;
  const silent = [...liars].reduce((sum, index) => sum + weightOf(index), 0);
  return Array.from({ length: random.integer(0, 2) }, (): Wake => {
    const [node = 0, ...others] = random.shuffle(honest);
    let left = random.chance(0.5) ? tolerated(weights) - silent : 0;
    const down = others.filter((other) => {
      if (weightOf(other) > left) return false;
      left -= weightOf(other);
      return true;
    });
    return { node, down };
  });
}

function drawDisk(random: Random): RunOptions['disk'] {
  const writeMinMs = between(random, 0.1, 2);
  return { writeMinMs, writeMeanMs: writeMinMs + between(random, 0, 30) };
}

function drawClocks(random: Random): RunOptions['clocks'] {
  return { offsetMsMax: random.pick([50, 5_000, 600_000]), driftPpmMax: random.integer(0, 500) };
}

/** Limits of each node: its own pace, and in half of the seeds everything small, in a network of this mean delay. */
function drawLimits(nodes: number, tinyForMs: number | null, random: Random): Partial<ReplicaLimits>[] {
  return Array.from({ length: nodes }, () => ({
    roundSpacingMs: random.integer(30, 150),
    burstRounds: random.integer(1, 6),
    commitLagMsMax: random.integer(500, 2_000),
    antiEntropyMs: random.integer(500, 3_000),
    antiEntropyIdleMs: random.integer(2_000, 8_000),
    ...(tinyForMs === null ? {} : drawTinyLimits(tinyForMs, random)),
  }));
}

function drawTinyLimits(delayMeanMs: number, random: Random): Partial<ReplicaLimits> {
  return {
    // Above what the links take in fine weather: with less there is no liveness to ask for.
    delayCapMs: Math.ceil(delayMeanMs * between(random, 1.5, 4)),
    // What one answer of whole commits may leave waiting, with what it cites: less, and who is far behind stays there.
    pendingVerticesMax: random.integer(192, 512),
    pendingBytesMax: random.integer(262_144, 786_432),
    wantedIdsMax: random.integer(64, 512),
    idsPerRequestMax: random.integer(4, 64),
    localTriesMax: random.integer(1, 8),
    openTransactionsMax: random.integer(50, 500),
    inboxBytesPerPeerMax: random.integer(16_384, 131_072),
    inboxSubmissionsMax: random.integer(2, 64),
    turnVerticesMax: random.integer(2, 64),
    servedRequestsPerPeerMax: random.integer(2, 8),
    commitsAnswerBytesMax: random.integer(2_048, 65_536),
    frontierTransactionsMax: random.integer(2, 16),
    catchUpDistance: random.integer(1, 8),
    laggingDistance: random.integer(5, 50),
    catchUpMs: random.integer(1_000, 5_000),
  };
}

/** Each kind is left out of half of the seeds: what always comes together hides what happens alone. */
function drawFaults(nodes: number, durationMs: number, random: Random): Fault[] {
  const faults: Fault[] = [];
  const all = Array.from({ length: nodes }, (_, node) => node);
  const node = (): ValidatorIndex => random.integer(0, nodes - 1);
  const lane = (): { from: ValidatorIndex; to: ValidatorIndex } => {
    const [from = 0, to = 0] = random.shuffle(all);
    return { from, to };
  };
  const span = (longestMs: number): { atMs: number; forMs: number } => {
    const atMs = random.integer(0, durationMs);
    return { atMs, forMs: Math.min(random.integer(10, longestMs), durationMs - atMs) };
  };
  const add = (most: number, draw: () => Fault | readonly Fault[]): void => {
    if (random.chance(0.5)) return;
    for (let times = timesIn(durationMs, random.integer(1, most)); times > 0; times--) faults.push(...[draw()].flat());
  };
  add(8, () => ({ kind: 'crash', node: node(), ...span(10_000) }));
  add(3, () => ({ kind: 'disk-failure', node: node(), ...span(5_000) }));
  add(2, () => ({ kind: 'wipe', node: node(), ...span(10_000) }));
  add(2, () => ({ kind: 'restore', node: node(), ageMs: random.integer(0, 60_000), ...span(10_000) }));
  add(2, () => ({ kind: 'rot', node: node(), ...span(20_000) }));
  add(4, () => ({ kind: 'clock-jump', node: node(), byMs: jumpMs(random), ...span(60_000) }));
  add(2, () => ({ kind: 'clock-freeze', node: node(), ...span(30_000) }));
  if (nodes === 1) return faults;
  add(4, () => ({ kind: 'partition', sets: halves(random.shuffle(all), random), ...span(15_000) }));
  add(3, () => ({ kind: 'partition', sets: isolated(random.shuffle(all)), ...span(15_000) }));
  add(3, () => {
    const [from = [], to = []] = halves(random.shuffle(all), random);
    return { kind: 'one-way', from, to, ...span(15_000) };
  });
  add(20, () => ({ kind: 'clog', ...lane(), ...span(5_000) }));
  add(4, () => ({ kind: 'slow', ...lane(), factor: random.integer(2, 20), ...span(20_000) }));
  add(2, () => swizzle(all, span(20_000), random));
  return faults;
}

/** FoundationDB's: links are clogged one after the other and unclogged in another order. */
function swizzle(all: readonly ValidatorIndex[], { atMs, forMs }: FaultSpanOf, random: Random): Fault[] {
  const lanes = all.flatMap((from) => all.filter((to) => to !== from).map((to) => ({ from, to })));
  return random.shuffle(lanes).map((lane) => {
    const begin = atMs + random.unit() * (forMs / 2);
    return { kind: 'clog', ...lane, atMs: begin, forMs: Math.min(5_000, (atMs + forMs - begin) * random.unit()) };
  });
}

type FaultSpanOf = Pick<Fault, 'atMs' | 'forMs'>;

function halves(shuffled: readonly ValidatorIndex[], random: Random): ValidatorIndex[][] {
  const cut = random.integer(1, shuffled.length - 1);
  return [shuffled.slice(0, cut), shuffled.slice(cut)];
}

function isolated([one = 0, ...others]: readonly ValidatorIndex[]): ValidatorIndex[][] {
  return [[one], others];
}

function jumpMs(random: Random): number {
  return Math.round(random.pick([1, -1]) * random.pick([500, 10_000, 3_600_000]) * random.unit());
}

function timesIn(durationMs: number, times: number): number {
  return Math.ceil((times * durationMs) / (FAULT_MINUTES * 60_000));
}

function between(random: Random, least: number, most: number): number {
  return least + random.unit() * (most - least);
}

function sometimes(random: Random, probability: number, draw: () => number): number {
  return random.chance(probability) ? draw() : 0;
}
