/**
 * Makes the files of an observer: configuration, key and a copy of the genesis. Nothing says that its directory is new:
 * an observer needs no such word, and a validator that is started on it later must not believe that it has no past.
 */
import type { UnixMs } from '@tangle/core/ids';
import type { ConfigInput } from './schema.js';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KEY_BYTES } from '@tangle/core/ids';
import { genesisToJson } from '@tangle/core/model';
import { ConfigError, messageOf } from './errors.js';
import {
  build,
  CERTIFICATE_FILE,
  CERTIFICATE_KEY_FILE,
  checkHosts,
  CONFIG_FILE,
  GENESIS_FILE,
  jsonFile,
  LOOPBACK_HOSTS,
  writeAuthority,
  writeCertified,
} from './init.js';
import { writeObserverKey } from './key-file.js';
import { loadGenesis, observersOf, parseConfig, peerAddressesOf } from './load.js';

export const OBSERVER_KEY_FILE = 'observer.key';

export interface InitObserverOptions {
  /** New or empty. */
  readonly directory: string;
  /** 1 to 64 letters, digits, `-` and `.`; no validator has it. */
  readonly name: string;
  readonly genesisFile: string;
  /** Validator name -> `host:port` of its peers port. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly apiPort: number;
  /** Where other observers may follow this one; its configuration has to name them. Default: nobody is let in. */
  readonly peersPort?: number;
  /** Certificates of an authority of its own, for API and links; links are encrypted then, as all others' have to be. */
  readonly tls?: { readonly hosts: readonly string[] };
  readonly timeMs: UnixMs;
  /** Fresh random bytes of this length, fit for keys. */
  readonly random: (length: number) => Uint8Array;
}

export interface InitializedObserver {
  readonly directory: string;
  readonly configFile: string;
  /** What the validators have to know, in hex. */
  readonly publicKey: string;
}

/** Rejects with a ConfigError; then nothing was made. */
export async function initObserver(options: InitObserverOptions): Promise<InitializedObserver> {
  const { name, genesisFile, timeMs, random, tls } = options;
  const directory = path.resolve(options.directory);
  const configFile = path.join(directory, CONFIG_FILE);
  checkHosts(tls?.hosts ?? []);
  const genesis = await loadGenesis(genesisFile);
  const document = configOf(options);
  const config = parseConfig(document, configFile);
  peerAddressesOf(config, genesis);
  observersOf(config, genesis);
  let publicKey = '';
  try {
    await build(directory, async (draft) => {
      await writeFile(path.join(draft, GENESIS_FILE), jsonFile(genesisToJson(genesis)), { flush: true });
      await writeFile(path.join(draft, CONFIG_FILE), jsonFile(document), { flush: true });
      publicKey = await writeObserverKey(path.join(draft, OBSERVER_KEY_FILE), random(KEY_BYTES));
      if (tls === undefined) return;
      const authority = await writeAuthority(draft, { name }, { timeMs, random });
      const certified = authority.issue(name, [...LOOPBACK_HOSTS, ...tls.hosts]);
      await writeCertified(draft, CERTIFICATE_FILE, CERTIFICATE_KEY_FILE, certified);
    });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError('init-failed', `${directory}: ${messageOf(error)}`, [], error);
  }
  return { directory, configFile, publicKey };
}

function configOf({ name, addresses, apiPort, peersPort, tls }: InitObserverOptions): ConfigInput {
  const files = { tls: { certificateFile: `./${CERTIFICATE_FILE}`, keyFile: `./${CERTIFICATE_KEY_FILE}` } };
  const secured = tls !== undefined && files;
  return {
    genesis: `./${GENESIS_FILE}`,
    dataDirectory: './data',
    observer: { name, keyFile: `./${OBSERVER_KEY_FILE}` },
    api: { port: apiPort, ...secured },
    peers: { ...(peersPort !== undefined && { port: peersPort }), ...secured, addresses: { ...addresses } },
  };
}
