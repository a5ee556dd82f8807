/** Reads a node's config.json: every problem at once, paths resolved, nothing bound beyond this machine. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { ConfigProblem } from './errors.js';
import type { ConfigDocument } from './schema.js';
import { readFile } from 'node:fs/promises';
import { BlockList, isIP } from 'node:net';
import path from 'node:path';
import { describeReason } from '@tangle/core/codec';
import { parseGenesis } from '@tangle/core/model';
import { z } from 'zod';
import { sodiumCrypto } from '../crypto/index.js';
import { ConfigError, excerptOf, messageOf } from './errors.js';
import { nearestName } from './nearest.js';
import { configSchema } from './schema.js';

/** A checked configuration, its paths absolute. */
export type NodeConfig = ConfigDocument;

/** Rejects with a ConfigError: `config-invalid` or `bind-beyond-loopback`. */
export async function loadConfig(configFile: string): Promise<NodeConfig> {
  const json = await readJson(configFile);
  return parseConfig(json, configFile);
}

/** Checks a configuration already parsed as JSON; relative paths are taken from the directory of `configFile`. */
export function parseConfig(json: unknown, configFile: string): NodeConfig {
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    throw new ConfigError('config-invalid', configFile, problemsOf(parsed.error.issues, json));
  }
  const document = parsed.data;
  const beyond = [problemOfBind('api.host', document.api.host), problemOfBind('peers.host', document.peers.host)];
  const problems = beyond.filter((problem) => problem !== null);
  if (problems.length > 0) throw new ConfigError('bind-beyond-loopback', configFile, problems);

  const directory = path.dirname(path.resolve(configFile));
  const { validator } = document;
  return {
    ...document,
    genesis: path.resolve(directory, document.genesis),
    dataDirectory: path.resolve(directory, document.dataDirectory),
    validator: { ...validator, keyFile: path.resolve(directory, validator.keyFile) },
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

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** `localhost` is taken at its word (RFC 6761 section 6.3); any other name could be anywhere. */
function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0 ? host === 'localhost' : loopback.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

function problemOfBind(field: string, host: string): ConfigProblem | null {
  const allowed = '127.0.0.0/8, ::1 or localhost, as long as clients are not authenticated';
  return isLoopback(host) ? null : { path: field, found: excerptOf(host), allowed };
}
