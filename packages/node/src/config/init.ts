/**
 * Makes a network on this machine: genesis, an administrator's key, and for each validator a directory with its
 * configuration and keys. All of it or nothing: it is written beside its place and then moved there.
 */
import type { UnixMs } from '@tangle/core/ids';
import type { Genesis, Validator } from '@tangle/core/model';
import type { ValidatorSecrets } from './key-file.js';
import type { ConfigInput } from './schema.js';
import { mkdir, mkdtemp, open, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { describeReason } from '@tangle/core/codec';
import { KEY_BYTES } from '@tangle/core/ids';
import { formatPolicy, networkPolicy } from '@tangle/core/log';
import { createGenesis, genesisToJson } from '@tangle/core/model';
import { sodiumCrypto, sodiumSigner } from '../crypto/index.js';
import { changeTokenFile } from '../access/token-file.js';
import { CertificateAuthority, type CertifiedKey } from '../tls/index.js';
import { ConfigError, messageOf } from './errors.js';
import { keyFileOf, writeKeyFile, writeValidatorKeys } from './key-file.js';

export const BASE_PORT_DEFAULT = 7_410;
/** A committee on one machine; larger ones are written by hand. */
export const INIT_VALIDATORS_MAX = 64;
export const GENESIS_FILE = 'genesis.json';
/** C2SP tlog-policy: the network's log and cosigner keys, for tools of others that check its proofs. */
export const POLICY_FILE = 'tlog-policy';
export const ADMIN_KEY_FILE = 'admin.key';
export const CONFIG_FILE = 'config.json';
export const VALIDATOR_KEYS_FILE = 'keys.json';
/** Where clients of the network find whom to trust, and what signed the certificates of its nodes. */
export const CA_FILE = 'ca.crt';
const CA_KEY_FILE = 'ca.key';
export const CERTIFICATE_FILE = 'tls.crt';
export const CERTIFICATE_KEY_FILE = 'tls.key';
/** One file for all nodes of this machine. */
export const TOKENS_FILE = 'tokens.json';

const LOOPBACK = '127.0.0.1';
const HOST_NAME =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
export const LOOPBACK_HOSTS = ['localhost', LOOPBACK, '::1'];
/** A node is to run for years without anybody's attention; whoever loses the key of the authority makes new ones. */
const CERTIFICATE_LIFE_MS = 10 * 365.25 * 86_400_000;
/** Clients whose clocks are behind take a new certificate all the same. */
const CLOCK_TOLERANCE_MS = 86_400_000;
/** RFC 5280, upper bound of a common name. */
const COMMON_NAME_LENGTH_MAX = 64;
const PORT_MAX = 65_535;

export interface InitOptions {
  /** New or empty. */
  readonly directory: string;
  /** How many, 1 to INIT_VALIDATORS_MAX. */
  readonly validators: number;
  /** Node i serves its API on basePort + 2i and its peers on basePort + 2i + 1. Default BASE_PORT_DEFAULT. */
  readonly basePort?: number;
  /** The network's name. Default `tangle-local`. */
  readonly name?: string;
  /** Certificates of an authority of the network's own, for API and links. Default: none. */
  readonly tls?: {
    /** Host names and addresses under which nodes are reached beside loopback. */
    readonly hosts: readonly string[];
  };
  /** Whether the API asks for tokens; the file has none yet. Default: no. */
  readonly tokens?: boolean;
  /** One for each validator. Default 1 each. */
  readonly weights?: readonly number[];
  /** The start of the network: now. */
  readonly timeMs: UnixMs;
  /** Fresh random bytes of this length, fit for keys. */
  readonly random: (length: number) => Uint8Array;
  /** The store's mark that a data directory is new and its validator may sign from round 1 (PROTOCOL 9). */
  readonly markFirstStart: (dataDirectory: string) => Promise<void>;
}

export interface InitializedNode {
  /** Of the validator, and of its directory. */
  readonly name: string;
  readonly directory: string;
  readonly configFile: string;
  readonly apiPort: number;
  readonly peersPort: number;
}

export interface InitializedNetwork {
  readonly directory: string;
  readonly genesis: Genesis;
  readonly genesisFile: string;
  readonly policyFile: string;
  readonly adminKeyFile: string;
  /** The certificate of the network's own authority; null without TLS. */
  readonly caFile: string | null;
  /** Null where the API asks for no tokens. */
  readonly tokensFile: string | null;
  readonly nodes: readonly InitializedNode[];
}

interface Member {
  readonly validator: Omit<Validator, 'index'>;
  readonly secrets: ValidatorSecrets;
}

/** Rejects with a ConfigError: `init-invalid`, `directory-not-empty` or `init-failed`; then nothing was made. */
export async function initNetwork(options: InitOptions): Promise<InitializedNetwork> {
  checkOptions(options);
  const directory = path.resolve(options.directory);
  const members = Array.from({ length: options.validators }, (_, index) => memberOf(options, index));
  const adminSecret = options.random(KEY_BYTES);
  const genesis = createGenesis(
    {
      name: options.name ?? 'tangle-local',
      validators: members.map((member) => member.validator),
      administrators: [keyFileOf(adminSecret).id],
      parameters: { time: options.timeMs },
    },
    sodiumCrypto,
  );
  if (!genesis.ok) throw new ConfigError('init-invalid', describeReason(genesis.reason), []);

  try {
    await build(directory, async (draft) => {
      await writeFile(path.join(draft, GENESIS_FILE), jsonFile(genesisToJson(genesis.value)), { flush: true });
      const policy = formatPolicy(networkPolicy(genesis.value, sodiumCrypto));
      await writeFile(path.join(draft, POLICY_FILE), policy, { flush: true });
      await writeKeyFile(path.join(draft, ADMIN_KEY_FILE), adminSecret);
      const authority = options.tls === undefined ? null : await writeAuthority(draft, genesis.value, options);
      if (options.tokens === true) await changeTokenFile(path.join(draft, TOKENS_FILE), () => []);
      for (const [index, { validator, secrets }] of members.entries()) {
        const folder = path.join(draft, validator.name);
        await mkdir(folder, { mode: 0o700 });
        await writeValidatorKeys(path.join(folder, VALIDATOR_KEYS_FILE), secrets);
        await writeFile(path.join(folder, CONFIG_FILE), jsonFile(configOf(options, index)), { flush: true });
        if (authority !== null) {
          const hosts = [...LOOPBACK_HOSTS, ...(options.tls?.hosts ?? [])];
          const certified = authority.issue(validator.name, hosts);
          await writeCertified(folder, CERTIFICATE_FILE, CERTIFICATE_KEY_FILE, certified);
        }
        await options.markFirstStart(path.join(folder, 'data'));
      }
    });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError('init-failed', `${directory}: ${messageOf(error)}`, [], error);
  }
  return {
    directory,
    genesis: genesis.value,
    genesisFile: path.join(directory, GENESIS_FILE),
    policyFile: path.join(directory, POLICY_FILE),
    adminKeyFile: path.join(directory, ADMIN_KEY_FILE),
    caFile: options.tls === undefined ? null : path.join(directory, CA_FILE),
    tokensFile: options.tokens === true ? path.join(directory, TOKENS_FILE) : null,
    nodes: members.map(({ validator: { name } }, index) => ({
      name,
      directory: path.join(directory, name),
      configFile: path.join(directory, name, CONFIG_FILE),
      apiPort: apiPortOf(options, index),
      peersPort: apiPortOf(options, index) + 1,
    })),
  };
}

function checkOptions({ validators, weights, tls, basePort = BASE_PORT_DEFAULT }: InitOptions): void {
  checkHosts(tls?.hosts ?? []);
  if (!Number.isInteger(validators) || validators < 1 || validators > INIT_VALIDATORS_MAX) {
    refuse('validators', validators, `an integer from 1 to ${INIT_VALIDATORS_MAX}`);
  }
  if (weights !== undefined && weights.length !== validators) {
    refuse('weights', `${weights.length} weights`, `one for each of ${validators} validators`);
  }
  const basePortMax = PORT_MAX - 2 * validators + 1;
  if (!Number.isInteger(basePort) || basePort < 1 || basePort > basePortMax) {
    refuse('basePort', basePort, `an integer from 1 to ${basePortMax}, with two ports for each validator`);
  }
}

/** Throws a ConfigError for what no certificate can name. */
export function checkHosts(hosts: readonly string[]): void {
  for (const host of hosts) {
    if (isIP(host) === 0 && !HOST_NAME.test(host)) refuse('tls.hosts', host, 'host names and addresses');
  }
}

function refuse(field: string, found: string | number, allowed: string): never {
  throw new ConfigError('init-invalid', 'init', [{ path: field, found: String(found), allowed }]);
}

function memberOf(options: InitOptions, index: number): Member {
  const secrets = {
    statement: options.random(KEY_BYTES),
    cosigner: options.random(KEY_BYTES),
    log: options.random(KEY_BYTES),
  };
  const validator = {
    name: nameOf(index),
    weight: options.weights?.[index] ?? 1,
    statementKey: sodiumSigner(secrets.statement).publicKey,
    cosignerKey: sodiumSigner(secrets.cosigner).publicKey,
    logKey: sodiumSigner(secrets.log).publicKey,
  };
  return { validator, secrets };
}

function nameOf(index: number): string {
  return `node-${index}`;
}

function apiPortOf({ basePort = BASE_PORT_DEFAULT }: InitOptions, index: number): number {
  return basePort + 2 * index;
}

function configOf(options: InitOptions, self: number): ConfigInput {
  const others = Array.from({ length: options.validators }, (_, index) => index).filter((index) => index !== self);
  const port = apiPortOf(options, self);
  const files = { certificateFile: `./${CERTIFICATE_FILE}`, keyFile: `./${CERTIFICATE_KEY_FILE}` };
  const tls = options.tls !== undefined && { tls: files };
  return {
    genesis: `../${GENESIS_FILE}`,
    dataDirectory: './data',
    validator: { name: nameOf(self), keyFile: `./${VALIDATOR_KEYS_FILE}` },
    api: { host: LOOPBACK, port, ...tls, ...(options.tokens === true && { tokensFile: `../${TOKENS_FILE}` }) },
    peers: {
      host: LOOPBACK,
      port: port + 1,
      ...tls,
      addresses: Object.fromEntries(
        others.map((index) => [nameOf(index), `${LOOPBACK}:${apiPortOf(options, index) + 1}`]),
      ),
    },
  };
}

/** A new authority for the certificates of a network, or of one node of it; its own certificate and key are written. */
export async function writeAuthority(
  draft: string,
  { name }: Pick<Genesis, 'name'>,
  { timeMs, random }: Pick<InitOptions, 'timeMs' | 'random'>,
): Promise<CertificateAuthority> {
  const validity = { fromMs: timeMs - CLOCK_TOLERANCE_MS, toMs: timeMs + CERTIFICATE_LIFE_MS };
  const authority = new CertificateAuthority(
    `Tangle network ${name}`.slice(0, COMMON_NAME_LENGTH_MAX),
    validity,
    random,
  );
  await writeCertified(draft, CA_FILE, CA_KEY_FILE, authority.own);
  return authority;
}

export async function writeCertified(
  folder: string,
  file: string,
  keyFile: string,
  certified: CertifiedKey,
): Promise<void> {
  await writeFile(path.join(folder, file), certified.certificate, { flush: true });
  await writeFile(path.join(folder, keyFile), certified.key, { flush: true, mode: 0o600 });
}

export function jsonFile(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Whether the directory is there, and then empty. */
async function isThere(directory: string): Promise<boolean> {
  try {
    const [first] = await readdir(directory);
    if (first === undefined) return true;
    const problem = { path: '', found: first, allowed: 'a new or empty directory' };
    throw new ConfigError('directory-not-empty', directory, [problem]);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Fills a draft and moves it to `target` when it is complete and durable; a failure leaves nothing behind. */
export async function build(target: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const exists = await isThere(target);
  const parent = path.dirname(target);
  if (!exists) await mkdir(parent, { recursive: true });
  // Beside a new directory; inside one that exists, which may be a mount point or somebody's working directory.
  const draft = await mkdtemp(path.join(exists ? target : parent, '.tangle-init-'));
  try {
    await fill(draft);
    await syncTree(draft);
    if (exists) await moveContent(draft, target);
    else await rename(draft, target);
    await syncDirectory(exists ? target : parent);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function moveContent(draft: string, target: string): Promise<void> {
  const moved: string[] = [];
  try {
    for (const entry of await readdir(draft)) {
      await rename(path.join(draft, entry), path.join(target, entry));
      moved.push(entry);
    }
    await rmdir(draft);
  } catch (error) {
    for (const entry of moved) await rm(path.join(target, entry), { recursive: true, force: true });
    throw error;
  }
}

async function syncTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name));
  for (const folder of [...folders, directory]) await syncDirectory(folder);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
