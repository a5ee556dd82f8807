/** The composition root: the only place that builds the real things a node is made of, and takes them down again. */
import { randomInt } from 'node:crypto';
import type { Genesis } from '@tangle/core/model';
import { toHex } from '@tangle/core/codec';
import { present } from '@tangle/core/assert';
import type { Signer } from '@tangle/core/crypto';
import type { ValidatorIdentity } from '@tangle/core/engine';
import { createApi, type Api } from './api/index.js';
import {
  ConfigError,
  loadGenesis,
  peerAddressesOf,
  readValidatorKeys,
  validatorIndexOf,
  type NodeConfig,
} from './config/index.js';
import { sodiumCrypto, sodiumSigner } from './crypto/index.js';
import { createLogger, type Logger } from './observe/index.js';
import { Replica, REPLICA_DEFAULTS, type ClockPort, type RandomPort, type ReplicaLimits } from './replica/index.js';
import { RunningNode } from './running-node.js';
import { openLevelStore } from './store/index.js';
import { createTransport, TransportError, type Transport } from './transport/index.js';

export interface StartOptions {
  /** Version of the software, shown by the API. */
  readonly version: string;
  /** Default: JSON lines on stderr at the configured level. */
  readonly log?: Logger;
}

export interface StartedNode {
  readonly genesis: Genesis;
  /** Name of the validator. */
  readonly name: string;
  /** `http://host:port` of the API. */
  readonly apiUrl: string;
  readonly node: RunningNode;
  /** Resolves with the error when the node stops for good by itself: the disk failed, or the rule says halt. */
  readonly failed: Promise<Error>;
  /** Ends links and requests, lets the running turn become durable, closes the store. */
  stop(): Promise<void>;
}

/**
 * Starts one node. Rejects with a ConfigError, StoreError, TransportError or ReplicaHaltError, each with a stable
 * `code`, and leaves nothing running then.
 *
 * @example
 * const started = await startNode(await loadConfig('net/node-0/config.json'), { version: '0.1.0' });
 */
export async function startNode(config: NodeConfig, options: StartOptions): Promise<StartedNode> {
  const undo: (() => Promise<void>)[] = [];
  const stop = (): Promise<void> => undoAll(undo.splice(0).reverse());
  try {
    return await build(config, options, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Every step in turn, whatever becomes of those before it; then rejects with the first error. */
export async function undoAll(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

async function build(
  config: NodeConfig,
  options: StartOptions,
  undo: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<StartedNode> {
  const genesis = await loadGenesis(config.genesis);
  const { validator, cosigner, log: logSigner } = await keysOf(config, genesis);
  const { name } = config.validator;
  const log = options.log ?? createLogger({ level: config.log.level, name });

  const store = await openLevelStore({
    directory: config.dataDirectory,
    genesis,
    crypto: sodiumCrypto,
    onRepair: (what) => log.warn({ what }, 'a part of the log was missing or damaged, and has been made again'),
    onCopy: () => log.warn('this data directory is a copy: what was signed since it was made may be missing in it'),
  });
  undo.push(() => store.close());

  let transport: Transport | null = null;
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const node = new RunningNode({
    name,
    version: options.version,
    genesis,
    store,
    crypto: sodiumCrypto,
    validatorIndex: validator.index,
    logSigner,
    linkGauges: () => linkGauges(transport),
    log,
  });
  const replica = await Replica.start({
    genesis,
    crypto: sodiumCrypto,
    validator,
    cosigner,
    store,
    network: { send: (peer, message) => transport?.send(peer, message) ?? false },
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    limits: limitsOf(config),
    listener: node,
    onFatal: (error) => {
      log.fatal({ err: error }, 'the node stops');
      fail(error);
    },
  });
  undo.push(() => replica.stop());
  node.attach(replica);
  if (replica.engine.inDoubt) {
    log.warn('own past in doubt: this validator signs nothing until a quorum of the others has said what they hold');
  }

  const links = createTransport({
    genesis,
    self: validator.index,
    signer: validator.signer,
    crypto: sodiumCrypto,
    listen: { host: config.peers.host, port: config.peers.port },
    addresses: peerAddressesOf(config, genesis),
    onUp: (peer) => replica.peerUp(peer),
    onDown: (peer) => replica.peerDown(peer),
    onMessage: (peer, bytes) => replica.receive(peer, bytes),
    log,
  });
  transport = links;
  undo.push(() => links.stop());
  await links.start();

  const api = await createApi({ node, host: config.api.host, port: config.api.port, log, version: options.version });
  undo.push(() => api.stop());
  const { host, port } = await listen(api, config);
  const apiUrl = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  log.info({ api: apiUrl, peers: links.status().listen, commit: replica.engine.head.index }, 'the node runs');
  return { genesis, name, apiUrl, node, failed, stop };
}

/** The keys of this validator, each of which must be the one of the genesis. */
interface ValidatorKeys {
  readonly validator: ValidatorIdentity;
  readonly cosigner: Signer;
  readonly log: Signer;
}

async function keysOf(config: NodeConfig, genesis: Genesis): Promise<ValidatorKeys> {
  const index = validatorIndexOf(config, genesis);
  const secrets = await readValidatorKeys(config.validator.keyFile);
  const { name, statementKey, cosignerKey, logKey } = present(
    genesis.committee.validators[index],
    `no validator ${index}`,
  );
  const signerOf = (purpose: keyof typeof secrets, expected: Uint8Array): Signer => {
    const signer = sodiumSigner(secrets[purpose]);
    if (toHex(signer.publicKey) === toHex(expected)) return signer;
    throw new ConfigError('key-file-invalid', config.validator.keyFile, [
      {
        path: purpose,
        found: `the key ${toHex(signer.publicKey)}`,
        allowed: `${toHex(expected)}, the ${purpose} key of ${name} in the genesis`,
      },
    ]);
  };
  return {
    validator: { index, signer: signerOf('statement', statementKey) },
    cosigner: signerOf('cosigner', cosignerKey),
    log: signerOf('log', logKey),
  };
}

async function listen(api: Api, config: NodeConfig): Promise<{ readonly host: string; readonly port: number }> {
  try {
    return await api.start();
  } catch (error) {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!inUse) throw error;
    const where = `${config.api.host}:${config.api.port} (config field api)`;
    throw new TransportError(
      'port-in-use',
      `port-in-use: another process listens on ${where}; stop it or choose another api.port`,
      error,
    );
  }
}

function limitsOf(config: NodeConfig): ReplicaLimits {
  return {
    ...REPLICA_DEFAULTS,
    roundSpacingMs: config.roundSpacingMs,
    antiEntropyMs: config.antiEntropyMs,
    antiEntropyIdleMs: Math.max(config.antiEntropyMs, REPLICA_DEFAULTS.antiEntropyIdleMs),
    openTransactionsMax: config.limits.maxPending,
    pendingVerticesMax: config.limits.pendingAreaVertices,
    pendingBytesMax: config.limits.pendingAreaBytes,
  };
}

function linkGauges(transport: Transport | null): Readonly<Record<string, number>> {
  const peers = transport?.status().peers ?? [];
  return { linkBufferedBytes: peers.reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0) };
}

const SYSTEM_CLOCK: ClockPort = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule: (delayMs, callback) => {
    // A timer of Node may fire up to a millisecond early by the monotonic clock.
    const timer = setTimeout(callback, Math.ceil(delayMs) + 1);
    return () => clearTimeout(timer);
  },
};

const SYSTEM_RANDOM: RandomPort = { nextU32: () => randomInt(2 ** 32) };
