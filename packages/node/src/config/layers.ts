/**
 * Where a configuration's values come from: defaults, under the file, under the environment, under flags. The names of
 * variables and flags follow from the schema, so every field has them: `limits.maxPending` is `TANGLE_CONFIG_LIMITS_MAX_PENDING`
 * and `--set limits.maxPending=N`. A name that no field has is refused, wherever it stands.
 */
import type { ConfigProblem } from './errors.js';
import { z } from 'zod';
import { SECRET_NAMES } from '../observe/index.js';
import { ConfigError } from './errors.js';
import { nearestName } from './nearest.js';
import { configSchema } from './schema.js';

/** What all variables of the environment that set a field begin with. */
export const VARIABLE_PREFIX = 'TANGLE_CONFIG_';

export type ConfigOrigin = 'default' | 'file' | 'env' | 'flag';

/** What stands above the file. */
export interface ConfigOverrides {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `path=value` each; of two for one field the later counts. */
  readonly flags?: readonly string[];
}

/** One field as the node would take it. */
export interface ConfigValue {
  /** `limits.maxPending` */
  readonly path: string;
  /** Null where an optional field is left out; `[secret]` for what nobody should read over a shoulder. */
  readonly value: unknown;
  readonly origin: ConfigOrigin;
  /** The variable that sets it. */
  readonly variable: string;
}

/** The file's content with what overrides it, and where each overridden field comes from. */
export interface LayeredConfig {
  readonly json: unknown;
  readonly overridden: ReadonlyMap<string, 'env' | 'flag'>;
}

interface Field {
  readonly path: string;
  readonly schema: z.core.$ZodType;
}

interface Override {
  readonly field: Field;
  readonly text: string;
  readonly origin: 'env' | 'flag';
}

/** Every field that holds a value and not further fields. */
export const CONFIG_FIELDS: readonly Field[] = fieldsBelow(configSchema, '');
const FIELDS_BY_PATH = new Map(CONFIG_FIELDS.map((field) => [field.path, field]));
const FIELDS_BY_VARIABLE = new Map(CONFIG_FIELDS.map((field) => [variableOf(field.path), field]));

/** `limits.maxPending` is set by `TANGLE_CONFIG_LIMITS_MAX_PENDING`. */
export function variableOf(path: string): string {
  return VARIABLE_PREFIX + path.replaceAll(/[A-Z]/g, '_$&').replaceAll('.', '_').toUpperCase();
}

/** Lays environment and flags over the file's content. Throws a ConfigError `config-invalid` for unknown names. */
export function layOver(json: unknown, { env = {}, flags = [] }: ConfigOverrides): LayeredConfig {
  const overrides = [...fromEnvironment(env), ...fromFlags(flags)];
  const layered: unknown = structuredClone(json);
  const overridden = new Map<string, 'env' | 'flag'>();
  for (const { field, text, origin } of overrides) {
    if (put(layered, field.path.split('.'), valueOf(field, text))) overridden.set(field.path, origin);
  }
  return { json: layered, overridden };
}

/** Each field with its value and origin, in the order of the schema. `document` is what the layers were read as. */
export function originsOf(file: unknown, { overridden }: LayeredConfig, document: unknown): ConfigValue[] {
  return CONFIG_FIELDS.map(({ path }) => {
    const keys = path.split('.');
    const origin = overridden.get(path) ?? (at(file, keys) === undefined ? 'default' : 'file');
    const value = at(document, keys) ?? null;
    const isSecret = value !== null && SECRET_NAMES.includes(keys.at(-1) ?? '');
    return { path, value: isSecret ? '[secret]' : value, origin, variable: variableOf(path) };
  });
}

/** A field's path with what set it, for a report: a wrong value is not in the file then. */
export function whereIs(path: string, { overridden }: LayeredConfig): string {
  const origin = overridden.get(path);
  if (origin === undefined) return path;
  return origin === 'env' ? `${path} (${variableOf(path)})` : `${path} (--set)`;
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Override[] {
  const named = Object.entries(env).filter(([name, text]) => name.startsWith(VARIABLE_PREFIX) && text !== undefined);
  const unknown = named.filter(([name]) => !FIELDS_BY_VARIABLE.has(name)).map(([name]) => name);
  refuse('environment', unknown, 'an unknown variable', [...FIELDS_BY_VARIABLE.keys()]);
  return named.flatMap(([name, text = '']) => {
    const field = FIELDS_BY_VARIABLE.get(name);
    return field === undefined ? [] : [{ field, text, origin: 'env' as const }];
  });
}

function fromFlags(flags: readonly string[]): Override[] {
  const pairs = flags.map((flag): readonly [string, string] => {
    const equals = flag.indexOf('=');
    return equals < 0 ? [flag, ''] : [flag.slice(0, equals), flag.slice(equals + 1)];
  });
  const malformed = flags.filter((flag) => !flag.includes('='));
  refuse('--set', malformed, 'no value', ['PATH=VALUE, as in log.level=debug']);
  const unknown = pairs.filter(([path]) => !FIELDS_BY_PATH.has(path)).map(([path]) => path);
  refuse('--set', unknown, 'an unknown field', [...FIELDS_BY_PATH.keys()]);
  return pairs.flatMap(([path, text]) => {
    const field = FIELDS_BY_PATH.get(path);
    return field === undefined ? [] : [{ field, text, origin: 'flag' as const }];
  });
}

function refuse(subject: string, names: readonly string[], found: string, allowed: readonly string[]): void {
  if (names.length === 0) return;
  const problems = names.map((path): ConfigProblem => {
    const problem = { path, found, allowed: allowed.join(', ') };
    const suggestion = nearestName(path, allowed);
    return suggestion === undefined ? problem : { ...problem, suggestion };
  });
  throw new ConfigError('config-invalid', subject, problems);
}

/** The text itself where the field takes text, else what it says as JSON; the schema judges what is neither. */
function valueOf({ schema }: Field, text: string): unknown {
  if (z.safeParse(schema, text).success) return text;
  try {
    const value: unknown = JSON.parse(text);
    return z.safeParse(schema, value).success || typeof value !== 'string' ? value : text;
  } catch {
    return text;
  }
}

function fieldsBelow(schema: z.core.$ZodType, prefix: string): Field[] {
  let inner: unknown = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodPrefault || inner instanceof z.ZodDefault) {
    inner = inner.unwrap();
  }
  if (!(inner instanceof z.ZodObject)) return [{ path: prefix, schema }];
  const shape = inner.shape as Readonly<Record<string, z.core.$ZodType>>;
  return Object.entries(shape).flatMap(([name, field]) =>
    fieldsBelow(field, prefix === '' ? name : `${prefix}.${name}`),
  );
}

/** False where the file has something else than an object on the way: what is wrong there is told instead. */
function put(target: unknown, keys: readonly string[], value: unknown): boolean {
  if (typeof target !== 'object' || target === null || Array.isArray(target)) return false;
  const [first, ...rest] = keys;
  if (first === undefined) return false;
  if (rest.length === 0) return Reflect.set(target, first, value);
  if (!Object.hasOwn(target, first)) Reflect.set(target, first, {});
  return put(Reflect.get(target, first), rest, value);
}

function at(value: unknown, keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}
