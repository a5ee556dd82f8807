/** The files of nodes on this machine: configuration, keys and their modes, data directories, ports, room on the disk. */
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Genesis } from '@tangle/core/model';
import type { NodeConfig } from '@tangle/node/config';
import { trustNetwork } from '../access.js';
import { nodeFolders } from '../cluster/layout.js';
import { exists } from '../data-directory.js';
import { CliError, codeOf, failureOf } from '../failure.js';
import { fieldOf, getJson } from '../http.js';
import { failed, ok, warning, type Check } from './check.js';
import { checkExpiry } from './expiry.js';

export interface DirectoryFindings {
  readonly checks: readonly Check[];
  /** API addresses of the nodes that run. */
  readonly running: readonly string[];
  readonly genesisHash: string | null;
}

const FREE_BYTES_MIN = 1_024 ** 3;

/** @param directory of a network (genesis.json and node-I/) or of one node (config.json). */
export async function checkDirectory(directory: string): Promise<DirectoryFindings> {
  const full = path.resolve(directory);
  const isNode = await exists(path.join(full, 'config.json'));
  const homes = isNode ? [full] : (await nodeFolders(full)).map((name) => path.join(full, name));
  if (homes.length === 0) {
    throw new CliError(
      'not-a-data-directory',
      `${directory} holds neither config.json nor node-0/: make a network with tangle init`,
    );
  }
  // An observer has an authority of its own.
  const hasOwnAuthority = !isNode || (await exists(path.join(full, 'ca.crt')));
  await trustNetwork(path.join(hasOwnAuthority ? full : path.dirname(full), 'ca.crt'));
  const checks: Check[] = [];
  const running: string[] = [];
  let genesisHash: string | null = null;
  if (!isNode) checks.push(await checkAdminKey(path.join(full, 'admin.key')));
  for (const home of homes) {
    const config = await attempt(checks, 'config', path.join(home, 'config.json'), loadNode);
    if (config === null) continue;
    genesisHash ??= config.genesis.hash;
    checks.push(...(await checkNode(config, home, running)));
  }
  checks.push(await checkDisk(full));
  return { checks, running, genesisHash };
}

interface LoadedNode {
  readonly config: NodeConfig;
  readonly genesis: Genesis;
}

async function loadNode(file: string): Promise<LoadedNode> {
  const { loadConfig } = await import('@tangle/node/config');
  const config = await loadConfig(file);
  return { config, genesis: await checkNames(config) };
}

/** Throws what is wrong with the files a configuration names; answers with the genesis. */
export async function checkNodeFiles(config: NodeConfig): Promise<Genesis> {
  const genesis = await checkNames(config);
  const { validator, observer } = config;
  if (validator !== undefined) await checkKeys(validator.keyFile, validator.name, genesis);
  if (observer !== undefined) await checkObserverKey(observer.keyFile);
  return genesis;
}

/** Throws where the configuration names nodes that there are not, or two of one name or key. */
async function checkNames(config: NodeConfig): Promise<Genesis> {
  const { loadGenesis, observersOf, peerAddressesOf, validatorIndexOf } = await import('@tangle/node/config');
  const genesis = await loadGenesis(config.genesis);
  validatorIndexOf(config, genesis);
  observersOf(config, genesis);
  peerAddressesOf(config, genesis);
  return genesis;
}

async function checkObserverKey(file: string): Promise<void> {
  const { readObserverKey } = await import('@tangle/node/config');
  await readObserverKey(file);
}

async function checkNode({ config, genesis }: LoadedNode, home: string, running: string[]): Promise<Check[]> {
  const checks: Check[] = [];
  const { validator, observer, api, peers, dataDirectory } = config;
  if (validator !== undefined) {
    await attempt(checks, 'key-files', validator.keyFile, (file) => checkKeys(file, validator.name, genesis));
  }
  if (observer !== undefined) {
    await attempt(checks, 'key-files', observer.keyFile, checkObserverKey);
    checks.push(ok('role', home, `observer ${observer.name}: signs no statements`));
  }
  checks.push(await checkData(dataDirectory, observer !== undefined), ...(await checkExpiry(config)));
  const address = `${api.tls === undefined ? 'http' : 'https'}://${api.host.includes(':') ? `[${api.host}]` : api.host}:${api.port}`;
  const isRunning = await serves(address, genesis.hash);
  if (isRunning) {
    running.push(address);
    checks.push(ok('ports', home, `the node runs, ${address}`));
    return checks;
  }
  for (const [field, { host, port }] of [
    ['api', api],
    ['peers', peers],
  ] as const) {
    const taken = port === undefined ? null : await whyNotFree(host, port);
    if (taken === null) continue;
    checks.push(
      failed(
        'ports',
        home,
        `${field}: ${host}:${port} ${taken}`,
        `stop the other process or change ${field}.port in config.json`,
      ),
    );
    return checks;
  }
  checks.push(
    warning('ports', home, `free: the node does not run`, `tangle node --config ${path.join(home, 'config.json')}`),
  );
  return checks;
}

async function checkKeys(file: string, name: string, genesis: Genesis): Promise<void> {
  const [{ readValidatorKeys }, { sodiumSigner }, { toHex }] = await Promise.all([
    import('@tangle/node/config'),
    import('@tangle/node'),
    import('@tangle/core/codec'),
  ]);
  const { statement } = await readValidatorKeys(file);
  const expected = genesis.committee.validators.find((validator) => validator.name === name)?.statementKey;
  if (expected !== undefined && toHex(sodiumSigner(statement).publicKey) === toHex(expected)) return;
  throw new CliError('key-file-invalid', `it is not the key of ${name} in the genesis`);
}

async function checkAdminKey(file: string): Promise<Check> {
  const checks: Check[] = [];
  if (!(await exists(file))) return ok('key-files', file, 'not here: kept elsewhere');
  const { readKeyFile } = await import('@tangle/node/config');
  await attempt(checks, 'key-files', file, readKeyFile);
  return checks[0] ?? ok('key-files', file, 'readable by its owner only');
}

/** What a validator may sign depends on whether its past is here (PROTOCOL 9). */
async function checkData(dataDirectory: string, isObserver: boolean): Promise<Check> {
  if (await exists(path.join(dataDirectory, 'ledger'))) return ok('data', dataDirectory, 'holds a ledger');
  if (isObserver) return ok('data', dataDirectory, 'no ledger yet: it fetches everything from its peers');
  if (await exists(path.join(dataDirectory, 'first-start'))) return ok('data', dataDirectory, 'new, never started');
  const advice =
    'restore the directory; else the node asks the others for its past and signs nothing until a quorum has answered';
  return warning('data', dataDirectory, 'no ledger, though the node was started before', advice);
}

async function checkDisk(directory: string): Promise<Check> {
  const { bavail, bsize } = await statfs(directory);
  const gigabytes = ((bavail * bsize) / 1_024 ** 3).toFixed(1);
  if (bavail * bsize >= FREE_BYTES_MIN) return ok('disk', directory, `${gigabytes} GiB free`);
  return warning(
    'disk',
    directory,
    `${gigabytes} GiB free`,
    'make room: below disk.reserveBytes clients are refused, below disk.stopBytes a node stops with exit code 74',
  );
}

async function serves(address: string, genesisHash: string): Promise<boolean> {
  try {
    return fieldOf((await getJson(address, '/v1/info')).json, 'genesisHash') === genesisHash;
  } catch (error) {
    if (error instanceof CliError) return false;
    throw error;
  }
}

/** Null where one can listen there. */
async function whyNotFree(host: string, port: number): Promise<string | null> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
    return null;
  } catch (error) {
    return codeOf(error) === 'EADDRINUSE' ? 'is taken by another process' : failureOf(error).message;
  } finally {
    server.close();
  }
}

/** Runs a check that throws; null and a failed check where it did, else its value and a good one. */
async function attempt<Value>(
  checks: Check[],
  check: string,
  file: string,
  run: (file: string) => Promise<Value>,
): Promise<Value | null> {
  try {
    const value = await run(file);
    checks.push(ok(check, file, 'as it should be'));
    return value;
  } catch (error) {
    const { code, message } = failureOf(error);
    checks.push(failed(check, file, `${code}: ${message}`, ADVICE[code] ?? 'correct what is named'));
    return null;
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  'key-file-too-open': 'chmod 600 it, and ask who could have read it',
  'bind-beyond-loopback': 'bind to 127.0.0.1 or ::1',
  'genesis-invalid': 'restore genesis.json from another node',
};
