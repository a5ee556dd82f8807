import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigInput, InitializedNetwork, InitObserverOptions } from '../../src/config/index.js';
import {
  ConfigError,
  initNetwork,
  initObserver,
  loadConfig,
  loadGenesis,
  nameOf,
  observersOf,
  parseConfig,
  peerAddressesOf,
  readObserverKey,
  validatorIndexOf,
} from '../../src/config/index.js';
import { sodiumCrypto, sodiumSigner } from '../../src/crypto/index.js';
import { openLevelStore } from '../../src/store/index.js';
import { readTlsIdentity } from '../../src/tls/index.js';

let parent = '';
let network: InitializedNetwork;
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'tangle-observer-'));
  network = await initNetwork({
    directory: path.join(parent, 'net'),
    validators: 2,
    timeMs: 1_700_000_000_000,
    random: (length) => randomBytes(length),
    markFirstStart: async (dataDirectory) => {
      await mkdir(dataDirectory);
      await writeFile(path.join(dataDirectory, 'first-start'), '');
    },
  });
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

const options = (changes: Partial<InitObserverOptions> = {}): InitObserverOptions => ({
  directory: path.join(parent, 'obs'),
  name: 'obs-a',
  genesisFile: network.genesisFile,
  addresses: { 'node-0': '10.0.0.5:7411', 'node-1': '10.0.0.6:7411' },
  apiPort: 7_510,
  timeMs: 1_700_000_000_000,
  random: (length) => randomBytes(length),
  ...changes,
});

describe('a new observer', () => {
  it('is complete: it loads, dials the validators, lets nobody in, and has a key of its own', async () => {
    const { configFile, publicKey, directory } = await initObserver(options());
    const config = await loadConfig(configFile);
    const genesis = await loadGenesis(config.genesis);
    expect(genesis.hash).toBe(network.genesis.hash);
    expect([nameOf(config), validatorIndexOf(config, genesis)]).toEqual(['obs-a', null]);
    expect([...peerAddressesOf(config, genesis)]).toEqual([
      [0, '10.0.0.5:7411'],
      [1, '10.0.0.6:7411'],
    ]);
    expect(config.peers.port).toBeUndefined();
    const keyFile = config.observer?.keyFile ?? '';
    expect(Buffer.from((await readObserverKey(keyFile)).publicKey).toString('hex')).toBe(publicKey);
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    expect((await readdir(directory)).sort()).toEqual(['config.json', 'genesis.json', 'observer.key']);
  });

  it('leaves a data directory in which a validator is in doubt: nothing says that it has no past', async () => {
    const { configFile } = await initObserver(options());
    const { dataDirectory: directory } = await loadConfig(configFile);
    const store = await openLevelStore({ directory, genesis: network.genesis, crypto: sodiumCrypto });
    expect(await store.recover()).toMatchObject({ doubtful: true });
    await store.close();
  });

  it('has certificates where links are encrypted', async () => {
    const { configFile } = await initObserver(options({ tls: { hosts: ['obs.example'] } }));
    const { api, peers } = await loadConfig(configFile);
    expect(api.tls).toEqual(peers.tls);
    expect((await readTlsIdentity(peers.tls!)).expiresAtMs).toBeGreaterThan(Date.now());
  });

  it.each<[string, Partial<InitObserverOptions>]>([
    ['the name of a validator', { name: 'node-1' }],
    ['a name with a blank', { name: 'obs a' }],
    ['a validator that there is not', { addresses: { 'node-9': '10.0.0.5:7411' } }],
    ['an address without a port', { addresses: { 'node-0': '10.0.0.5' } }],
  ])('is refused with %s, and nothing is made', async (_what, changes) => {
    await expect(initObserver(options(changes))).rejects.toBeInstanceOf(ConfigError);
    await expect(readdir(path.join(parent, 'obs'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a configuration', () => {
  const key = (): string => Buffer.from(sodiumSigner(randomBytes(32)).publicKey).toString('hex');

  async function problemsOf(change: (document: ConfigInput) => unknown): Promise<string[]> {
    const { configFile } = network.nodes[0]!;
    const document = JSON.parse(await readFile(configFile, 'utf8')) as ConfigInput;
    try {
      observersOf(parseConfig(change(document), configFile), network.genesis);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map((problem) => problem.path);
    }
  }

  it('names observers by names and keys that no other node has', async () => {
    const withObservers = (...observers: readonly object[]) =>
      problemsOf((document) => ({ ...document, peers: { ...document.peers, observers } }));
    const [one, other] = [key(), key()];
    expect(await withObservers({ name: 'a', key: one }, { name: 'b', key: other, address: 'h:1' })).toEqual([]);
    expect(await withObservers({ name: 'a', key: one }, { name: 'a', key: other })).toEqual(['peers.observers.name']);
    expect(await withObservers({ name: 'a', key: one }, { name: 'b', key: one })).toEqual(['peers.observers.key']);
    expect(await withObservers({ name: 'node-1', key: one })).toEqual(['peers.observers.name']);
    const { statementKey } = network.genesis.committee.validators[1]!;
    const validators = Buffer.from(statementKey).toString('hex');
    expect(await withObservers({ name: 'a', key: validators })).toEqual(['peers.observers.key']);
    expect(await withObservers({ name: 'a', key: 'AB' })).toEqual(['peers.observers[0].key']);
    expect(await withObservers({ name: 'a', key: one, keys: 1 })).toEqual(['peers.observers[0].keys']);
    const many = Array.from({ length: 65 }, (_, index) => ({ name: `o${index}`, key: key() }));
    expect(await withObservers(...many)).toEqual(['peers.observers']);
  });

  it('is of a validator or of an observer, not of both or neither, and a validator listens', async () => {
    const observer = { name: 'obs', keyFile: 'observer.key' };
    const withoutValidator = (document: ConfigInput): object => {
      const rest = { ...document };
      delete rest.validator;
      return rest;
    };
    expect(await problemsOf((document) => ({ ...document, observer }))).toEqual(['validator']);
    expect(await problemsOf(withoutValidator)).toEqual(['validator']);
    expect(await problemsOf((document) => ({ ...withoutValidator(document), observer }))).toEqual([]);
    expect(await problemsOf((document) => ({ ...document, peers: { addresses: {} } }))).toEqual(['peers.port']);
  });
});
