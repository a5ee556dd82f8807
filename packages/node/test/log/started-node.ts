/** A real node of a network of one, in this process, and a device that writes to it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { onTestFinished, vi } from 'vitest';
import type { Signer } from '@tangle/core/crypto';
import type { TransactionId } from '@tangle/core/ids';
import { encodeRegistryPayload, PAYLOAD_TYPE, signTransaction, SUITE_ED25519, type Genesis } from '@tangle/core/model';
import { SCOPE_NAMES } from '../../src/access/index.js';
import { initNetwork, loadConfig } from '../../src/config/index.js';
import { sodiumCrypto, sodiumSigner } from '../../src/crypto/index.js';
import { startNode, type StartedNode } from '../../src/start-node.js';
import { markFirstStart } from '../../src/store/index.js';

export interface Network {
  readonly genesis: Genesis;
  /** The node's data directory. */
  readonly dataDirectory: string;
  /** What the node logged as having been made again. */
  readonly repairs: string[];
  /** Starts the node; one at a time. */
  start(): Promise<StartedNode>;
  readonly administrator: Signer;
}

/** @param onEnd takes what has to be undone at the end: of the test, unless the caller has another end in mind. */
export async function createNetwork(onEnd: (undo: () => Promise<void>) => void = onTestFinished): Promise<Network> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tangle-log-'));
  onEnd(() => rm(directory, { recursive: true, force: true }));
  const made = await initNetwork({
    directory: path.join(directory, 'net'),
    validators: 1,
    timeMs: Date.now(),
    random: (length) => new Uint8Array(randomBytes(length)),
    markFirstStart,
  });
  const admin = JSON.parse(await readFile(made.adminKeyFile, 'utf8')) as { readonly secretKey: string };
  const { configFile } = made.nodes[0]!;
  const loaded = await loadConfig(configFile);
  const config = {
    ...loaded,
    roundSpacingMs: 5,
    api: { ...loaded.api, port: 0 },
    peers: { ...loaded.peers, port: 0 },
  };
  const repairs: string[] = [];
  const log = pino(
    { level: 'warn' },
    {
      write: (line: string) => {
        const { what } = JSON.parse(line) as { readonly what?: string };
        if (what !== undefined) repairs.push(what);
      },
    },
  );
  return {
    genesis: made.genesis,
    dataDirectory: loaded.dataDirectory,
    repairs,
    administrator: sodiumSigner(Buffer.from(admin.secretKey, 'hex')),
    async start() {
      const started = await startNode(config, { version: '1.2.3', log });
      onEnd(() => started.stop());
      return started;
    },
  };
}

export class Writer {
  readonly signer: Signer;
  readonly #network: Network;
  #sequence = 0n;

  constructor(network: Network, signer: Signer = sodiumSigner(new Uint8Array(randomBytes(32)))) {
    this.#network = network;
    this.signer = signer;
  }

  /** The administrator registers the device. */
  static async registered(network: Network, started: StartedNode): Promise<Writer> {
    const device = new Writer(network);
    const key = device.signer.publicKey;
    const change = { action: 'register', suite: SUITE_ED25519, key, role: 'device', ratePerSecond: 0 } as const;
    const administrator = new Writer(network, network.administrator);
    // Its numbers are its own: any fresh one will do.
    administrator.#sequence = BigInt(Date.now());
    const id = await administrator.write(started, encodeRegistryPayload(change), PAYLOAD_TYPE.registry);
    await statusIs(started, id, 'final');
    return device;
  }

  async write(
    started: StartedNode,
    payload: Uint8Array = new Uint8Array(10),
    payloadType: number = PAYLOAD_TYPE.opaque,
  ) {
    const { network, transactionId } = this.#network.genesis;
    const transaction = signTransaction(
      {
        network,
        suite: SUITE_ED25519,
        issuerKey: this.signer.publicKey,
        sequence: this.#sequence++,
        timestampMs: Date.now(),
        parents: [transactionId, transactionId],
        payloadType,
        payload,
      },
      this.signer,
      sodiumCrypto,
    );
    const submitted = await started.node.submit(transaction.bytes, new Set(SCOPE_NAMES));
    if (!submitted.ok) throw new Error(JSON.stringify(submitted.reason));
    return transaction.id;
  }

  async writeMany(started: StartedNode, count: number): Promise<TransactionId[]> {
    return Promise.all(Array.from({ length: count }, () => this.write(started)));
  }
}

/** Until the transaction is at least so far. */
export async function statusIs(started: StartedNode, id: TransactionId, status: 'final' | 'certified'): Promise<void> {
  await vi.waitFor(
    async () => {
      const found = (await started.node.transaction(id))?.status ?? 'unknown';
      if (found !== status && found !== 'certified') throw new Error(`${id} is ${found}`);
    },
    { timeout: 10_000, interval: 5 },
  );
}
