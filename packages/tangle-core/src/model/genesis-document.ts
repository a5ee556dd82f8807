/**
 * The genesis as the JSON file says it, checked field by field: nothing unknown, nothing missing, every number in its
 * range. What only makes sense together (distinct keys, total weight) is for genesis.ts.
 */
import type { KeyCode } from '../crypto/noble.js';
import type { Refusal } from '../codec/reasons.js';
import type { Result } from '../result.js';
import { excerpt } from '../codec/reasons.js';
import { KEY_BYTES, TIMESTAMP_MS_MAX } from '../ids.js';
import { fail, ok } from '../result.js';

export const GENESIS_VERSION = 1;
/** W at most: the weight of all validators together (PROTOCOL 2). */
export const TOTAL_WEIGHT_MAX = 65_535;
/** Names of networks and validators, in characters. */
export const NAME_LENGTH_MAX = 64;
/** Validators at most: the largest statement, which cites one of each and `maxTips` tips, must fit a frame of 64 KiB. */
export const VALIDATORS_MAX = 900;
/** First administrators at most; they can register more in the ledger. */
export const ADMINISTRATORS_MAX = 1_024;
/** `maxPayload` at most: an entry of the log must fit a tile (PROTOCOL 2). */
export const PAYLOAD_BYTES_MAX = 64_000;
/** `maxTips` at most. */
export const TIPS_MAX = 1_024;

export type GenesisCode =
  /** Of another type or form than the field wants. */
  | 'malformed'
  | 'unknown-field'
  | 'missing-field'
  | 'unsupported-version'
  | 'out-of-range'
  /** A name or key that stands elsewhere in the genesis already. */
  | 'duplicate'
  | KeyCode;
/** `field` is a JSON path: `validators[0].weight`. */
export type GenesisReason = Refusal<GenesisCode>;

export interface ValidatorDocument {
  readonly name: string;
  readonly weight: number;
  /** 64 lower-case hex digits, as the other two. */
  readonly statementKey: string;
  readonly cosignerKey: string;
  readonly logKey: string;
}

export interface ParametersDocument {
  readonly time: number;
  readonly maxTips: number;
  readonly maxPayload: number;
  readonly snapshotInterval: number;
  readonly epochRounds: number;
}

/** The genesis file, parsed as JSON. */
export interface GenesisDocument {
  readonly version: typeof GENESIS_VERSION;
  readonly name: string;
  readonly validators: readonly ValidatorDocument[];
  readonly administrators: readonly string[];
  readonly parameters: ParametersDocument;
}

type Checked<Value> = Result<Value, GenesisReason>;
type Check<Value> = (value: unknown, path: string) => Checked<Value>;

const NAME = /^[A-Za-z0-9.-]+$/;
const KEY = /^[0-9a-f]+$/;

const name = text(NAME, 1, NAME_LENGTH_MAX, `1 to ${NAME_LENGTH_MAX} letters, digits, - and .`);
const key = text(KEY, KEY_BYTES * 2, KEY_BYTES * 2, '64 lower-case hex digits');

const validator = object<ValidatorDocument>({
  name,
  weight: integer(1, TOTAL_WEIGHT_MAX),
  statementKey: key,
  cosignerKey: key,
  logKey: key,
});

const parameters = object<ParametersDocument>({
  time: integer(0, TIMESTAMP_MS_MAX),
  maxTips: integer(1, TIPS_MAX),
  maxPayload: integer(1, PAYLOAD_BYTES_MAX),
  snapshotInterval: integer(1, 1_000_000),
  // Epochs do not end in this version: a network that asks for it must not start and then fork.
  epochRounds: integer(0, 0),
});

const genesis = object<GenesisDocument>({
  version: (value, path) =>
    value === GENESIS_VERSION
      ? ok(GENESIS_VERSION)
      : refuse('unsupported-version', path, show(value), `${GENESIS_VERSION}`),
  name,
  validators: list(validator, 1, VALIDATORS_MAX),
  administrators: list(text(/^/, 1, 256, 'a device id'), 1, ADMINISTRATORS_MAX),
  parameters,
});

/** Checks types, presence and ranges; the result holds nothing but known fields. */
export function checkGenesisDocument(json: unknown): Checked<GenesisDocument> {
  return genesis(json, '');
}

function object<Value extends object>(fields: { readonly [Key in keyof Value]-?: Check<Value[Key]> }): Check<Value> {
  const checks = Object.entries<Check<unknown>>(fields);
  const known = new Set(checks.map(([field]) => field));
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return refuse('malformed', path || '$', show(value), 'an object');
    }
    const given = new Map<string, unknown>(Object.entries(value));
    for (const field of given.keys()) {
      if (known.has(field)) continue;
      return refuse('unknown-field', join(path, excerpt(field)), 'present', [...known].join(', '));
    }
    const result: Record<string, unknown> = {};
    for (const [field, check] of checks) {
      if (!given.has(field)) return refuse('missing-field', join(path, field), 'nothing', 'a value');
      const checked = check(given.get(field), join(path, field));
      if (!checked.ok) return checked;
      result[field] = checked.value;
    }
    // Every field of Value was just checked by its own check: the record is a Value.
    return ok(result as Value);
  };
}

function list<Value>(check: Check<Value>, countMin: number, countMax: number): Check<readonly Value[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return refuse('malformed', path, show(value), 'an array');
    const items: readonly unknown[] = value;
    if (items.length < countMin || items.length > countMax) {
      return refuse('out-of-range', path, `${items.length} items`, `${countMin} to ${countMax} items`);
    }
    const result: Value[] = [];
    for (const [index, item] of items.entries()) {
      const checked = check(item, `${path}[${index}]`);
      if (!checked.ok) return checked;
      result.push(checked.value);
    }
    return ok(result);
  };
}

function text(pattern: RegExp, lengthMin: number, lengthMax: number, allowed: string): Check<string> {
  return (value, path) =>
    typeof value === 'string' && value.length >= lengthMin && value.length <= lengthMax && pattern.test(value)
      ? ok(value)
      : refuse('malformed', path, show(value), allowed);
}

function integer(min: number, max: number): Check<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      return refuse('malformed', path, show(value), 'an integer');
    }
    // Adding zero turns -0 into 0, so that the value and its canonical form agree.
    return value >= min && value <= max ? ok(value + 0) : refuse('out-of-range', path, value, `${min} to ${max}`);
  };
}

function refuse(code: GenesisCode, field: string, found: string | number, allowed: string): Checked<never> {
  return fail({ code, field, found, allowed });
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}

/** A stranger's value in a few words. */
function show(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return excerpt(String(value));
}
