/** Reads a node's config.json: every problem at once, paths resolved, nothing bound beyond this machine. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { ConfigProblem } from './errors.js';
import type { ConfigOverrides, ConfigValue } from './layers.js';
import type { ConfigDocument } from './schema.js';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeReason } from '@tangle/core/codec';
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
  const { validator, api, peers } = document;
  const resolve = (file: string): string => path.resolve(directory, file);
  const tlsOf = ({ tls }: typeof api | typeof peers) =>
    tls && { tls: { certificateFile: resolve(tls.certificateFile), keyFile: resolve(tls.keyFile) } };
  return {
    ...document,
    genesis: resolve(document.genesis),
    dataDirectory: resolve(document.dataDirectory),
    validator: { ...validator, keyFile: resolve(validator.keyFile) },
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

/** The index of the validator this node is. Throws a ConfigError. */
export function validatorIndexOf(config: NodeConfig, genesis: Genesis): ValidatorIndex {
  return indexOf(config.validator.name, 'validator.name', genesis);
}

/** `peers.addresses` by index. Throws a ConfigError where a name is not in the genesis. */
export function peerAddressesOf(config: NodeConfig, genesis: Genesis): ReadonlyMap<ValidatorIndex, string> {
  const addresses = Object.entries(config.peers.addresses);
  return new Map(addresses.map(([name, address]) => [indexOf(name, 'peers.addresses', genesis), address]));
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
    while (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) schema = schema.unwrap();
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
