/** Reads a node's config.json: every problem at once, paths resolved, nothing bound beyond this machine. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { PeerNumber } from '../replica/index.js';
import type { ObserverPeer } from '../transport/index.js';
import type { ConfigProblem } from './errors.js';
import type { ConfigOverrides, ConfigValue } from './layers.js';
import type { ConfigDocument } from './schema.js';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { present } from '@tangle/core/assert';
import { describeReason, fromHex, toHex } from '@tangle/core/codec';
import { parseGenesis } from '@tangle/core/model';
import { z } from 'zod';
import { sodiumCrypto } from '../crypto/index.js';
import { ConfigError, excerptOf, messageOf } from './errors.js';
import { exposureProblems } from './exposure.js';
import { layOver, originsOf, whereIs } from './layers.js';
import { nearestName } from './nearest.js';
import { configSchema } from './schema.js';

/** A checked configuration, its paths absolute. */
export type NodeConfig = ConfigDocument;

/**
 * The file with what overrides it (layers.ts). Rejects with a ConfigError: `config-invalid` or `bind-beyond-loopback`.
 */
export async function loadConfig(configFile: string, overrides: ConfigOverrides = {}): Promise<NodeConfig> {
  const layered = layOver(await readJson(configFile), overrides);
  return parseConfig(layered.json, configFile, (at) => whereIs(at, layered));
}

/** Every value that `loadConfig` would give, and where it comes from. Rejects as that does. */
export async function explainConfig(configFile: string, overrides: ConfigOverrides = {}): Promise<ConfigValue[]> {
  const json = await readJson(configFile);
  const layered = layOver(json, overrides);
  return originsOf(
    json,
    layered,
    parseConfig(layered.json, configFile, (at) => whereIs(at, layered)),
  );
}

/**
 * Checks a configuration already parsed as JSON; relative paths are taken from the directory of `configFile`.
 *
 * @param named how a field is called in a report of what is wrong.
 */
export function parseConfig(
  json: unknown,
  configFile: string,
  named: (path: string) => string = (at) => at,
): NodeConfig {
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const wrong = problemsOf(parsed.error.issues, json).map((problem) => ({ ...problem, path: named(problem.path) }));
    throw new ConfigError('config-invalid', configFile, wrong);
  }
  const document = parsed.data;
  const problems = exposureProblems(document);
  if (problems.length > 0) throw new ConfigError('bind-beyond-loopback', configFile, problems);

  const directory = path.dirname(path.resolve(configFile));
  const { validator, observer, api, peers } = document;
  const resolve = (file: string): string => path.resolve(directory, file);
  const tlsOf = ({ tls }: typeof api | typeof peers) =>
    tls && { tls: { certificateFile: resolve(tls.certificateFile), keyFile: resolve(tls.keyFile) } };
  return {
    ...document,
    genesis: resolve(document.genesis),
    dataDirectory: resolve(document.dataDirectory),
    ...(validator !== undefined && { validator: { ...validator, keyFile: resolve(validator.keyFile) } }),
    ...(observer !== undefined && { observer: { ...observer, keyFile: resolve(observer.keyFile) } }),
    api: { ...api, ...(api.tokensFile !== undefined && { tokensFile: resolve(api.tokensFile) }), ...tlsOf(api) },
    peers: { ...peers, ...tlsOf(peers) },
  };
}

/** Reads the genesis a configuration names. Rejects with a ConfigError `genesis-invalid`. */
export async function loadGenesis(genesisFile: string): Promise<Genesis> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(genesisFile, 'utf8'));
  } catch (error) {
    throw new ConfigError('genesis-invalid', `${genesisFile}: ${messageOf(error)}`, [], error);
  }
  const genesis = parseGenesis(json, sodiumCrypto);
  if (genesis.ok) return genesis.value;
  throw new ConfigError('genesis-invalid', `${genesisFile}: ${describeReason(genesis.reason)}`, []);
}

/** The name of this node: of the validator or observer that it is. */
export function nameOf({ validator, observer }: NodeConfig): string {
  return present(validator ?? observer, 'the schema wants one of them').name;
}

/** The index of the validator this node is; null where it is an observer. Throws a ConfigError. */
export function validatorIndexOf({ validator }: NodeConfig, genesis: Genesis): ValidatorIndex | null {
  return validator === undefined ? null : indexOf(validator.name, 'validator.name', genesis);
}

/**
 * The observers this node knows, in the order of their numbers. Throws a ConfigError where one has a name or key of
 * another node.
 */
export function observersOf({ observer, peers }: NodeConfig, genesis: Genesis): readonly ObserverPeer[] {
  const { validators } = genesis.committee;
  const names = new Set(validators.map(({ name }) => name));
  const keys = new Set(
    validators.flatMap((each) => [each.statementKey, each.cosignerKey, each.logKey].map((key) => toHex(key))),
  );
  const refuse = (field: string, found: string): never => {
    const problem = { path: field, found: excerptOf(found), allowed: 'one that no other node has' };
    throw new ConfigError('config-invalid', 'observers', [problem]);
  };
  if (observer !== undefined && names.has(observer.name)) refuse('observer.name', observer.name);
  if (observer !== undefined) names.add(observer.name);
  return peers.observers.map(({ name, key }) => {
    if (names.has(name)) refuse('peers.observers.name', name);
    if (keys.has(key)) refuse('peers.observers.key', key);
    names.add(name);
    keys.add(key);
    return { name, key: fromHex(key) };
  });
}

/** Where to dial, by the number of the peer. Throws a ConfigError where a name is not in the genesis. */
export function peerAddressesOf({ peers }: NodeConfig, genesis: Genesis): ReadonlyMap<PeerNumber, string> {
  const validators = Object.entries(peers.addresses).map(
    ([name, address]) => [indexOf(name, 'peers.addresses', genesis), address] as const,
  );
  const observers = peers.observers.flatMap(({ address }, place) =>
    address === undefined ? [] : [[genesis.committee.size + place, address] as const],
  );
  return new Map([...validators, ...observers]);
}

function indexOf(name: string, field: string, genesis: Genesis): ValidatorIndex {
  const names = genesis.committee.validators.map((validator) => validator.name);
  const index = names.indexOf(name);
  if (index >= 0) return index;
  const problem = { path: field, found: excerptOf(name), allowed: `a validator of ${genesis.name}` };
  const suggestion = nearestName(name, names);
  throw new ConfigError('config-invalid', 'validators', [
    suggestion === undefined ? problem : { ...problem, suggestion },
  ]);
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError('config-invalid', `${file} cannot be read: ${messageOf(error)}`, [], error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError('config-invalid', `${file} is no JSON: ${messageOf(error)}`, [], error);
  }
}

function problemsOf(issues: readonly z.core.$ZodIssue[], json: unknown): ConfigProblem[] {
  return issues.flatMap((issue): ConfigProblem[] => {
    const at = z.core.toDotPath(issue.path);
    if (issue.code !== 'unrecognized_keys') {
      return [{ path: at, found: excerptOf(valueAt(json, issue.path)), allowed: issue.message }];
    }
    const names = fieldsAt(issue.path);
    return issue.keys.map((key) => {
      const problem = { path: at === '' ? key : `${at}.${key}`, found: 'an unknown field', allowed: names.join(', ') };
      const suggestion = nearestName(key, names);
      return suggestion === undefined ? problem : { ...problem, suggestion };
    });
  });
}

function valueAt(json: unknown, keys: readonly PropertyKey[]): unknown {
  let value = json;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** Names that the schema knows in the object at this path. */
function fieldsAt(keys: readonly PropertyKey[]): string[] {
  let schema: unknown = configSchema;
  for (const key of keys) {
    if (schema instanceof z.ZodObject) schema = Reflect.get(schema.shape, key);
    else if (schema instanceof z.ZodArray) schema = schema.element;
    while (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault) {
      schema = schema.unwrap();
    }
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
