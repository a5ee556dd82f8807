/**
 * What a run is like, as data: a JSON file of named options, where a number may also be a range that the seed draws
 * from. Expanding it with a seed gives the options of one run; the same seed always gives the same ones.
 */
import { present } from '@tangle/core/assert';
import type { ValidatorIndex } from '@tangle/core/ids';
import { GENESIS_PARAMETER_DEFAULTS } from '@tangle/core/model';
import { REPLICA_DEFAULTS, type ReplicaLimits } from '@tangle/node/replica';
import { STRATEGIES } from './adversaries/index.js';
import type { DiskOptions } from './disk.js';
import type { NetworkOptions } from './network.js';
import type { Random } from './prng.js';
import type { ByzantineValidator, Fault, LoadSpan, RunOptions, Wake } from './run-options.js';

/** A number, or a range [least, most] to draw from. */
type Drawn = number | readonly [number, number];
type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

/** A scenario that nobody can run: the field and what is allowed there. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly code = 'scenario-invalid';
}

const NUMBERS = {
  devices: 4,
  hostileDevices: 0,
  registryChanges: 0,
  readingsPerSecond: 20,
  maxTips: GENESIS_PARAMETER_DEFAULTS.maxTips,
  durationMs: 60_000,
  finalWithinMs: 60_000,
  quietMs: 60_000,
};
const NETWORK: NetworkOptions = {
  delayMinMs: 5,
  delayMeanMs: 20,
  loss: 0,
  duplication: 0,
  detectMs: 2_000,
  reconnectMs: 1_000,
  linkBytesMax: 1024 * 1024,
};
const DISK: DiskOptions = { writeMinMs: 0.2, writeMeanMs: 2 };
const CLOCKS = { offsetMsMax: 50, driftPpmMax: 50 };
const FIELDS = 'name about weights arrival load signatures network disk clocks limits faults byzantine wakes'.split(
  ' ',
);
const NODE_FAULTS = ['crash', 'disk-failure', 'wipe', 'rot', 'clock-freeze', 'restore', 'clock-jump'] as const;
const LANE_FAULTS = ['clog', 'slow'] as const;
const SET_FAULTS = ['partition', 'one-way'] as const;

/** Decides everything that the scenario leaves to the seed. Throws a ScenarioError that names the first wrong field. */
export function expandScenario(scenario: Json, random: Random): RunOptions {
  const fields = objectAt(scenario, 'scenario', [...FIELDS, ...Object.keys(NUMBERS)]);
  const { name, weights = [1, 1, 1, 1] } = fields;
  if (typeof name !== 'string') throw refusal('name', 'a text');
  if (!Array.isArray(weights) || weights.length === 0 || !weights.every((weight) => Number.isSafeInteger(weight))) {
    throw refusal('weights', 'a list of integers, one for each node');
  }
  return {
    name,
    weights: weights as readonly number[],
    arrival: oneOf(fields['arrival'], 'arrival', ['poisson', 'fixed']),
    signatures: oneOf(fields['signatures'], 'signatures', ['modelled', 'real']),
    ...drawNumbers(
      Object.fromEntries(Object.keys(NUMBERS).map((key) => [key, fields[key]])),
      'scenario',
      NUMBERS,
      random,
    ),
    network: drawNumbers(fields['network'], 'network', NETWORK, random),
    disk: drawNumbers(fields['disk'], 'disk', DISK, random),
    clocks: drawNumbers(fields['clocks'], 'clocks', CLOCKS, random),
    load: listAt(fields['load'], 'load', (span, path) => drawLoadSpan(span, path, random)),
    limits: listAt(fields['limits'], 'limits', readLimits),
    faults: listAt(fields['faults'], 'faults', (fault, path) => drawFaults(fault, path, weights.length, random)).flat(),
    wakes: listAt(fields['wakes'], 'wakes', (wake, path) => drawWake(wake, path, weights.length, random)),
    byzantine: drawByzantine(fields['byzantine'], weights.length, random),
  };
}

function drawByzantine(byzantine: Json, nodes: number, random: Random): ByzantineValidator[] {
  const places = random.shuffle(allNodes(nodes));
  const [first, ...others] = STRATEGIES.keys();
  return listAt(byzantine, 'byzantine', (validator, path, index) => {
    const fields = objectAt(validator, path, ['node', 'strategy']);
    const { node = places[index] } = fields;
    if (typeof node !== 'number' || !places.includes(node)) throw refusal(`${path}.node`, `0 to ${nodes - 1}`);
    const strategy = oneOf(fields['strategy'], `${path}.strategy`, [present(first, 'a strategy'), ...others]);
    return { node, strategy };
  });
}

function drawLoadSpan(span: Json, path: string, random: Random): LoadSpan {
  const fields = objectAt(span, path, ['atMs', 'forMs', 'readingsPerSecond']);
  return {
    atMs: draw(fields['atMs'], `${path}.atMs`, random),
    forMs: draw(fields['forMs'], `${path}.forMs`, random),
    readingsPerSecond: draw(fields['readingsPerSecond'], `${path}.readingsPerSecond`, random),
  };
}

function drawWake(wake: Json, path: string, nodes: number, random: Random): Wake {
  const fields = objectAt(wake, path, ['node', 'down']);
  const { down = [] } = fields;
  if (!isNodes(down, nodes)) throw refusal(`${path}.down`, `a list of nodes, each 0 to ${nodes - 1}`);
  return { node: drawNode(fields['node'], `${path}.node`, nodes, random), down };
}

function readLimits(limits: Json, path: string): Partial<ReplicaLimits> {
  const fields = objectAt(limits, path, Object.keys(REPLICA_DEFAULTS));
  for (const [name, limit] of Object.entries(fields)) {
    if (typeof limit !== 'number' || !(limit >= 0)) throw refusal(`${path}.${name}`, 'a number from 0');
  }
  return fields;
}

function drawFaults(fault: Json, path: string, nodes: number, random: Random): Fault[] {
  const known = ['kind', 'node', 'sets', 'from', 'to', 'factor', 'ageMs', 'byMs', 'atMs', 'forMs', 'times'];
  const fields = objectAt(fault, path, known);
  const times = Math.round(draw(fields['times'] ?? 1, `${path}.times`, random));
  return Array.from({ length: times }, () => drawFault(fields, path, nodes, random));
}

function drawFault(fields: JsonObject, path: string, nodes: number, random: Random): Fault {
  const number = (name: string): number => draw(fields[name], `${path}.${name}`, random);
  const node = (name: string): number => drawNode(fields[name], `${path}.${name}`, nodes, random);
  const kind = oneOf(fields['kind'], `${path}.kind`, [...NODE_FAULTS, ...LANE_FAULTS, ...SET_FAULTS]);
  const span = { atMs: number('atMs'), forMs: number('forMs') };
  switch (kind) {
    case 'partition':
      return { kind, sets: drawSets(fields['sets'], `${path}.sets`, nodes, random), ...span };
    case 'one-way': {
      const [from = [], to = []] = drawSets(fields['sets'], `${path}.sets`, nodes, random);
      return { kind, from, to, ...span };
    }
    case 'clog':
      return { kind, from: node('from'), to: node('to'), ...span };
    case 'slow':
      return { kind, from: node('from'), to: node('to'), factor: number('factor'), ...span };
    case 'restore':
      return { kind, node: node('node'), ageMs: number('ageMs'), ...span };
    case 'clock-jump': {
      const sign = random.chance(0.5) ? 1 : -1;
      return { kind, node: node('node'), byMs: Math.round(sign * number('byMs')), ...span };
    }
    default:
      return { kind, node: node('node'), ...span };
  }
}

function drawNode(node: Json = 'any', path: string, nodes: number, random: Random): ValidatorIndex {
  if (node === 'any') return random.integer(0, nodes - 1);
  if (!isNodes([node], nodes)) throw refusal(path, `any, or 0 to ${nodes - 1}`);
  return node as ValidatorIndex;
}

function isNodes(list: Json, nodes: number): list is readonly ValidatorIndex[] {
  return Array.isArray(list) && list.every((node) => allNodes(nodes).includes(node as number));
}

function allNodes(nodes: number): ValidatorIndex[] {
  return Array.from({ length: nodes }, (_, node) => node);
}

function drawSets(sets: Json, path: string, nodes: number, random: Random): readonly (readonly number[])[] {
  if (Array.isArray(sets) && sets.every((set) => Array.isArray(set))) return sets as number[][];
  if (sets !== 'any' && sets !== undefined) throw refusal(path, 'any, or lists of nodes');
  if (nodes === 1) return [[0]];
  const shuffled = random.shuffle(allNodes(nodes));
  const cut = random.integer(1, nodes - 1);
  return [shuffled.slice(0, cut), shuffled.slice(cut)];
}

function drawNumbers<Numbers extends { readonly [Key in keyof Numbers]: number }>(
  json: Json,
  path: string,
  defaults: Numbers,
  random: Random,
): Numbers {
  const fields = objectAt(json ?? {}, path, Object.keys(defaults));
  const drawn = Object.entries<number>(defaults).map(([key, value]) => [
    key,
    draw(fields[key] ?? value, `${path}.${key}`, random),
  ]);
  return Object.fromEntries(drawn) as Numbers;
}

function draw(json: Json, path: string, random: Random): number {
  if (!isDrawn(json)) throw refusal(path, 'a number from 0, or a range [least, most]');
  if (typeof json === 'number') return json;
  const [least, most] = json;
  return least + random.unit() * (most - least);
}

function isDrawn(json: Json): json is Drawn {
  const ends: readonly Json[] = Array.isArray(json) ? json : [json, json];
  const [least, most] = ends;
  const areNumbers = typeof least === 'number' && typeof most === 'number';
  return areNumbers && ends.length === 2 && Number.isFinite(most) && least >= 0 && least <= most;
}

function oneOf<Name extends string>(json: Json, path: string, names: readonly [Name, ...Name[]]): Name {
  const found = names.find((name) => name === (json ?? names[0]));
  if (found === undefined) throw refusal(path, names.join(' or '));
  return found;
}

/** A list that may be left out. */
function listAt<Item>(json: Json, path: string, read: (item: Json, path: string, index: number) => Item): Item[] {
  if (json === undefined) return [];
  if (!Array.isArray(json)) throw refusal(path, 'a list');
  return json.map((item: Json, index) => read(item, `${path}[${index}]`, index));
}

/** Unknown fields are errors: a misspelt option must not run as its default. */
function objectAt(json: Json, path: string, known: readonly string[]): JsonObject {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw refusal(path, 'an object');
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown !== undefined) throw refusal(`${path}.${unknown}`, `unknown; there are ${known.join(', ')}`);
  return json as JsonObject;
}

function refusal(path: string, allowed: string): ScenarioError {
  return new ScenarioError(`${path}: ${allowed}`);
}
