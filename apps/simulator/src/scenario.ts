/**
 * What a run is like, as data: a JSON file of named options, where a number may also be a range that the seed draws
 * from. Expanding it with a seed gives the options of one run; the same seed always gives the same ones.
 */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { DiskOptions } from './disk.js';
import type { NetworkOptions } from './network.js';
import type { Random } from './prng.js';

export type Fault =
  /** A process ends at any instant and starts again. */
  | { readonly kind: 'crash'; readonly node: ValidatorIndex; readonly atMs: number; readonly forMs: number }
  /** A write fails, written or not; the process stops and starts again. */
  | { readonly kind: 'disk-failure'; readonly node: ValidatorIndex; readonly atMs: number; readonly forMs: number }
  /** Links between the sets are cut. */
  | {
      readonly kind: 'partition';
      readonly sets: readonly (readonly ValidatorIndex[])[];
      readonly atMs: number;
      readonly forMs: number;
    };

/** The options of one run, everything decided. Times in milliseconds. */
export interface RunOptions {
  readonly name: string;
  /** One weight for each node. */
  readonly weights: readonly number[];
  readonly devices: number;
  /** Of all devices together. */
  readonly readingsPerSecond: number;
  readonly arrival: 'poisson' | 'fixed';
  /** Devices send for this long; then the weather turns fine. */
  readonly durationMs: number;
  /** Bound for everything to be final everywhere after that. */
  readonly finalWithinMs: number;
  /** How long the idle network is watched then. */
  readonly quietMs: number;
  readonly signatures: 'modelled' | 'real';
  readonly network: NetworkOptions;
  readonly disk: DiskOptions;
  /** Bounds of each machine's clock error, either way. */
  readonly clocks: { readonly offsetMsMax: number; readonly driftPpmMax: number };
  readonly faults: readonly Fault[];
}

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
  readingsPerSecond: 20,
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
};
const DISK: DiskOptions = { writeMinMs: 0.2, writeMeanMs: 2 };
const CLOCKS = { offsetMsMax: 50, driftPpmMax: 50 };
const FIELDS = ['name', 'about', 'weights', 'arrival', 'signatures', 'network', 'disk', 'clocks', 'faults'];

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
    faults: drawFaults(fields['faults'], weights.length, random),
  };
}

function drawFaults(faults: Json, nodes: number, random: Random): Fault[] {
  if (faults === undefined) return [];
  if (!Array.isArray(faults)) throw refusal('faults', 'a list');
  return faults.flatMap((fault: Json, index) => {
    const path = `faults[${index}]`;
    const fields = objectAt(fault, path, ['kind', 'node', 'sets', 'atMs', 'forMs', 'times']);
    const times = Math.round(draw(fields['times'] ?? 1, `${path}.times`, random));
    return Array.from({ length: times }, () => drawFault(fields, path, nodes, random));
  });
}

function drawFault(fields: JsonObject, path: string, nodes: number, random: Random): Fault {
  const kind = oneOf(fields['kind'], `${path}.kind`, ['crash', 'disk-failure', 'partition']);
  const atMs = draw(fields['atMs'], `${path}.atMs`, random);
  const forMs = draw(fields['forMs'], `${path}.forMs`, random);
  if (kind === 'partition') return { kind, sets: drawSets(fields['sets'], `${path}.sets`, nodes, random), atMs, forMs };
  const { node = 'any' } = fields;
  if (node === 'any') return { kind, node: random.integer(0, nodes - 1), atMs, forMs };
  if (typeof node !== 'number' || !Number.isSafeInteger(node) || node < 0 || node >= nodes) {
    throw refusal(`${path}.node`, `any, or 0 to ${nodes - 1}`);
  }
  return { kind, node, atMs, forMs };
}

function drawSets(sets: Json, path: string, nodes: number, random: Random): readonly (readonly number[])[] {
  if (Array.isArray(sets) && sets.every((set) => Array.isArray(set))) return sets as number[][];
  if (sets !== 'any' && sets !== undefined) throw refusal(path, 'any, or lists of nodes');
  if (nodes === 1) return [[0]];
  const shuffled = random.shuffle(Array.from({ length: nodes }, (_, node) => node));
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
