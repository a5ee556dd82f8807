/** The directory of a local network, as `tangle init` makes it: found, or made. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Genesis } from '@tangle/core/model';
import { trustNetwork } from '../access.js';
import { initializeNetwork } from '../commands/init.js';
import { exists } from '../data-directory.js';
import { codeOf, usageError } from '../failure.js';

export interface ClusterNode {
  /** Of the validator and its directory: `node-0`. */
  readonly name: string;
  readonly configFile: string;
  readonly apiUrl: string;
  /** `host:port`. */
  readonly peers: string;
}

export interface ClusterLayout {
  readonly directory: string;
  readonly genesis: Genesis;
  readonly genesisFile: string;
  readonly adminKeyFile: string;
  /** In the order of their numbers. */
  readonly nodes: readonly ClusterNode[];
}

export interface LayoutOptions {
  readonly directory: string;
  /** For a new network 4 unless given; one that exists must have as many. */
  readonly validators?: number;
  /** For a new network 7410 unless given; one that exists must have it. */
  readonly basePort?: number;
}

const VALIDATORS_DEFAULT = 4;
const NODE_FOLDER = /^node-(?<index>\d+)$/;

/** Reads the network of a directory, or makes one where the directory is new or empty. */
export async function findOrMakeNetwork({ directory, validators, basePort }: LayoutOptions): Promise<ClusterLayout> {
  const full = path.resolve(directory);
  const { ADMIN_KEY_FILE, GENESIS_FILE } = await import('@tangle/node/config');
  if (!(await exists(path.join(full, GENESIS_FILE)))) {
    // Refuses a directory that holds anything else.
    await initializeNetwork(full, {
      validators: validators ?? VALIDATORS_DEFAULT,
      ...(basePort !== undefined && { basePort }),
    });
    return readNetwork(full, GENESIS_FILE, ADMIN_KEY_FILE);
  }
  const layout = await readNetwork(full, GENESIS_FILE, ADMIN_KEY_FILE);
  const found = layout.nodes.length;
  if (validators !== undefined && validators !== found) {
    throw usageError(
      'cluster-mismatch',
      `${directory} holds ${found} validators; --validators ${validators} needs another --data`,
    );
  }
  const [first] = layout.nodes;
  if (basePort !== undefined && first !== undefined && new URL(first.apiUrl).port !== String(basePort)) {
    throw usageError(
      'cluster-mismatch',
      `${directory} starts at ${first.apiUrl}; --base-port ${basePort} needs another --data`,
    );
  }
  return layout;
}

async function readNetwork(directory: string, genesisName: string, adminName: string): Promise<ClusterLayout> {
  const { CA_FILE, CONFIG_FILE, loadConfig, loadGenesis } = await import('@tangle/node/config');
  const genesisFile = path.join(directory, genesisName);
  const nodes: ClusterNode[] = [];
  for (const name of await nodeFolders(directory)) {
    const configFile = path.join(directory, name, CONFIG_FILE);
    const { api, peers } = await loadConfig(configFile);
    nodes.push({
      name,
      configFile,
      apiUrl: `${api.tls === undefined ? 'http' : 'https'}://${bracketed(api.host)}:${api.port}`,
      peers: `${bracketed(peers.host)}:${peers.port ?? 'none'}`,
    });
  }
  await trustNetwork(path.join(directory, CA_FILE));
  const genesis = await loadGenesis(genesisFile);
  return { directory, genesis, genesisFile, adminKeyFile: path.join(directory, adminName), nodes };
}

/** `node-0`, `node-1`, ... of a directory, in the order of their numbers; none where there is no directory. */
export async function nodeFolders(directory: string): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  return entries.filter((name) => NODE_FOLDER.test(name)).sort((left, right) => indexOf(left) - indexOf(right));
}

function indexOf(name: string): number {
  return Number(NODE_FOLDER.exec(name)?.groups?.['index']);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
