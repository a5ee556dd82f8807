/** The composition root: the only place that builds the real things a node is made of, and takes them down again. */
import { randomInt } from 'node:crypto';
import type { Genesis } from '@tangle/core/model';
import { toHex } from '@tangle/core/codec';
import { present } from '@tangle/core/assert';
import type { Signer } from '@tangle/core/crypto';
import type { ValidatorIdentity } from '@tangle/core/engine';
import { TokenTable } from './access/index.js';
import { createApi, type Api, type ApiAccess } from './api/index.js';
import {
  ConfigError,
  loadGenesis,
  nameOf,
  observersOf,
  peerAddressesOf,
  readObserverKey,
  readValidatorKeys,
  validatorIndexOf,
  type NodeConfig,
} from './config/index.js';
import { sodiumCrypto, sodiumSigner } from './crypto/index.js';
import { createLogger, NodeMetrics, type Logger, type QueueLevel } from './observe/index.js';
import {
  isObserver,
  Replica,
  REPLICA_DEFAULTS,
  type ClockPort,
  type RandomPort,
  type ReplicaLimits,
} from './replica/index.js';
import { RunningNode } from './running-node.js';
import { DiskReserve, openLevelStore, StoreError } from './store/index.js';
import { readTlsIdentity, type TlsIdentity } from './tls/index.js';
import { createTransport, TRANSPORT_LIMITS, TransportError, type Transport } from './transport/index.js';

export interface StartOptions {
  /** Version of the software, shown by the API. */
  readonly version: string;
  /** Default: JSON lines on stderr at the configured level. */
  readonly log?: Logger;
}

export interface StartedNode {
  readonly genesis: Genesis;
  /** Of the validator or observer. */
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
  const observers = observersOf(config, genesis);
  const keys = await keysOf(config, genesis);
  const { validator } = keys;
  const name = nameOf(config);
  const log = options.log ?? createLogger({ level: config.log.level, name });

  const metrics = new NodeMetrics({
    name,
    version: options.version,
    network: genesis.network,
    networkName: genesis.name,
    dataDirectory: config.dataDirectory,
    certificateFiles: certificateFilesOf(config),
    queues: () => queueLevels(node, transport, config),
    peers: () => (transport?.status().peers ?? []).filter(({ index }) => !isObserver(index, genesis.committee)),
    isReady: () => node.readiness().ready,
    isCatchingUp: () => node.isLagging,
    // The first commit bears the time of the genesis, which may be long before (PROTOCOL 5).
    oldestKeptMs: async () => ((await store.commit(2)) ?? (await store.commit(1)))?.timeMs ?? null,
  });
  const reserve = new DiskReserve({
    directory: config.dataDirectory,
    ...config.disk,
    onChange: (isShort, freeBytes) => {
      const room = { freeBytes, reserveBytes: config.disk.reserveBytes };
      if (isShort) log.warn(room, 'too little room on the disk: this node takes no transactions until there is more');
      else log.info(room, 'there is room on the disk again: this node takes transactions');
    },
  });
  const store = await openLevelStore({
    directory: config.dataDirectory,
    genesis,
    crypto: sodiumCrypto,
    onRepair: (what) => log.warn({ what }, 'a part of the log was missing or damaged, and has been made again'),
    onCopy: () => log.warn('this data directory is a copy: what was signed since it was made may be missing in it'),
    onMigrated: (from, to) => log.info({ from, to }, 'the store was brought to a newer format'),
    onWritten: (seconds) => metrics.wrote(seconds),
    reserve,
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
    validator: validator && keys.log && { index: validator.index, signer: keys.log },
    observers: observers.map((observer) => observer.name),
    linkGauges: () => linkGauges(transport),
    openTransactionsMax: config.limits.maxPending,
    deviceRatePerSecond: config.limits.deviceRatePerSecond,
    metrics,
    reserve,
    log,
  });
  const replica = await Replica.start({
    genesis,
    crypto: sodiumCrypto,
    role: validator === null ? 'observer' : 'validator',
    validator,
    cosigner: keys.cosigner,
    ...(keys.log !== null && { logSigner: keys.log }),
    admitsRelayed: (transaction) => node.admitsRelayed(transaction),
    store,
    network: {
      send: (peer, message) => transport?.send(peer, message) ?? false,
      hold: (peer, isHeld) => transport?.hold(peer, isHeld),
    },
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    limits: limitsOf(config),
    listener: node,
    onFatal: (error) => {
      // A full disk that was noticed in time is another matter than a write that failed.
      const reason = error.cause instanceof StoreError && error.cause.code === 'disk-full' ? error.cause : error;
      log.fatal({ err: reason }, 'the node stops');
      fail(reason);
    },
  });
  undo.push(() => replica.stop());
  const unwatch = reserve.watch((error) => {
    log.fatal({ err: error }, 'the node stops');
    fail(error);
  });
  undo.push(async () => unwatch());
  node.attach(replica);
  metrics.resumed(replica.engine.head.timeMs, replica.log.published?.time ?? null);
  if (replica.engine.inDoubt) {
    log.warn('own past in doubt: this validator signs nothing until a quorum of the others has said what they hold');
  }

  const links = createTransport({
    genesis,
    self: validator?.index ?? null,
    signer: keys.link,
    observers,
    crypto: sodiumCrypto,
    listen: config.peers.port === undefined ? null : { host: config.peers.host, port: config.peers.port },
    tls: await tlsOf(config.peers, log),
    addresses: peerAddressesOf(config, genesis),
    onUp: (peer) => replica.peerUp(peer),
    onDown: (peer) => replica.peerDown(peer),
    onMessage: (peer, bytes) => replica.receive(peer, bytes),
    log,
  });
  transport = links;
  undo.push(() => links.stop());
  await links.start();

  const api = await createApi({
    node,
    host: config.api.host,
    port: config.api.port,
    log,
    version: options.version,
    observed: metrics.registry,
    tls: await tlsOf(config.api, log),
    allowedHosts: allowedHostsOf(config),
    allowedOrigins: config.api.allowedOrigins,
    access: await accessOf(config, log),
  });
  undo.push(() => api.stop());
  const { host, port } = await listen(api, config);
  const apiUrl = `${config.api.tls === undefined ? 'http' : 'https'}://${bracketed(host)}:${port}`;
  log.info({ api: apiUrl, peers: links.status().listen, commit: replica.engine.head.index }, 'the node runs');
  return { genesis, name, apiUrl, node, failed, stop };
}

/** The keys of this node: a validator's, each of which must be the one of the genesis, or an observer's for its links. */
interface NodeKeys {
  readonly link: Signer;
  readonly validator: ValidatorIdentity | null;
  readonly cosigner: Signer | null;
  readonly log: Signer | null;
}

async function keysOf(config: NodeConfig, genesis: Genesis): Promise<NodeKeys> {
  const index = validatorIndexOf(config, genesis);
  if (index === null || config.validator === undefined) {
    const { keyFile: observerKeyFile } = present(config.observer, 'a node is a validator or an observer');
    return { link: await readObserverKey(observerKeyFile), validator: null, cosigner: null, log: null };
  }
  const { keyFile } = config.validator;
  const secrets = await readValidatorKeys(keyFile);
  const { name, statementKey, cosignerKey, logKey } = present(
    genesis.committee.validators[index],
    `no validator ${index}`,
  );
  const signerOf = (purpose: keyof typeof secrets, expected: Uint8Array): Signer => {
    const signer = sodiumSigner(secrets[purpose]);
    if (toHex(signer.publicKey) === toHex(expected)) return signer;
    throw new ConfigError('key-file-invalid', keyFile, [
      {
        path: purpose,
        found: `the key ${toHex(signer.publicKey)}`,
        allowed: `${toHex(expected)}, the ${purpose} key of ${name} in the genesis`,
      },
    ]);
  };
  const link = signerOf('statement', statementKey);
  return {
    link,
    validator: { index, signer: link },
    cosigner: signerOf('cosigner', cosignerKey),
    log: signerOf('log', logKey),
  };
}

/** Warned of this long before a certificate expires. */
const CERTIFICATE_NOTICE_MS = 30 * 86_400_000;

/** Null where the configuration names no certificate. */
async function tlsOf({ tls }: NodeConfig['api'] | NodeConfig['peers'], log: Logger): Promise<TlsIdentity | null> {
  if (tls === undefined) return null;
  const identity = await readTlsIdentity(tls);
  const { certificateFile } = tls;
  const expiresAt = new Date(identity.expiresAtMs).toISOString();
  const isSoon = identity.expiresAtMs - Date.now() < CERTIFICATE_NOTICE_MS;
  if (isSoon) log.warn({ certificateFile, expiresAt }, 'clients will not take this certificate for much longer');
  return identity;
}

/** Null where the configuration names no tokens: then it listens on loopback only. */
async function accessOf({ api }: NodeConfig, log: Logger): Promise<ApiAccess | null> {
  if (api.tokensFile === undefined) return null;
  return { tokens: await TokenTable.open(api.tokensFile, log), reading: api.reading };
}

/** An address that stands for all of a machine's is the name of none. */
function allowedHostsOf({ api }: NodeConfig): string[] {
  const isWildcard = api.host === '0.0.0.0' || api.host === '::';
  return isWildcard ? api.allowedHosts : [...api.allowedHosts, bracketed(api.host).toLowerCase()];
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
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

function certificateFilesOf({ api, peers }: NodeConfig): Record<string, string> {
  return {
    ...(api.tls !== undefined && { api: api.tls.certificateFile }),
    ...(peers.tls !== undefined && { peers: peers.tls.certificateFile }),
  };
}

function queueLevels(node: RunningNode, transport: Transport | null, config: NodeConfig): QueueLevel[] {
  const { openTransactions = 0, pendingVertices = 0, pendingBytes = 0, wantedIds = 0 } = node.gauges();
  const { maxPending, pendingAreaVertices, pendingAreaBytes } = config.limits;
  const { guests = 0, peers = [] } = transport?.status() ?? {};
  const fullest = Math.max(0, ...peers.map(({ bufferedBytes }) => bufferedBytes));
  const { guestsMax, sendBufferBytesMax } = TRANSPORT_LIMITS;
  return [
    { queue: 'open_transactions', unit: 'items', level: openTransactions, limit: maxPending },
    { queue: 'pending_vertices', unit: 'items', level: pendingVertices, limit: pendingAreaVertices },
    { queue: 'pending_vertices', unit: 'bytes', level: pendingBytes, limit: pendingAreaBytes },
    { queue: 'wanted_ids', unit: 'items', level: wantedIds, limit: REPLICA_DEFAULTS.wantedIdsMax },
    { queue: 'unauthenticated_connections', unit: 'items', level: guests, limit: guestsMax },
    { queue: 'fullest_peer_send_buffer', unit: 'bytes', level: fullest, limit: sendBufferBytesMax },
  ];
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
