/**
 * Transactions that were signed before the load begins, so that the process that sends takes little of the CPU: plain
 * requests, and one event stream a node. Each device stands on its own of a while ago, which need no asking for tips.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceId, TransactionId } from '@tangle/core/ids';
import {
  deviceIdOf,
  parseGenesis,
  PAYLOAD_TYPE,
  signTransaction,
  SUITE_ED25519,
  type Genesis,
} from '@tangle/core/model';
import { sodiumCrypto, sodiumSigner } from '@tangle/node';
import { Reader } from '@tangle/sdk';
import { packRow } from '@tangle/telemetry';
import type { Cluster } from './cluster.js';
import type { Senders } from './load.js';
import { registerDevices } from './senders.js';

const DEVICES_PER_NODE = 4;
/** Own transactions back to its parents: more than are ever under way to one node. */
const PARENT_DISTANCE = 32;
const RETRY_MS = 50;
const TRIES_MAX = 40;

interface Signed {
  readonly url: string;
  readonly id: TransactionId;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Signers {
  readonly ids: readonly DeviceId[];
  /** In the order in which they are to be sent. */
  readonly transactions: readonly Signed[];
}

/** @param count transactions to have ready */
export async function openPresignedSenders(
  cluster: Cluster,
  { count, ratePerSecond }: { readonly count: number; readonly ratePerSecond: number },
): Promise<Senders> {
  const genesis = parseGenesis(cluster.genesis, sodiumCrypto);
  if (!genesis.ok) throw new Error('the genesis of the cluster is none');
  const { ids, transactions } = signAhead(cluster, genesis.value, count);
  await registerDevices(cluster, ids, ratePerSecond);

  const waiting = new Map<TransactionId, (isAccepted: boolean) => void>();
  const readers = await Promise.all(
    cluster.nodes.map(({ url }) => Reader.open({ genesis: cluster.genesis, nodes: [url] })),
  );
  // From what the log holds now: a stream that opens a little later misses nothing.
  const following = await Promise.all(
    readers.map(async (reader) => ({ done: follow(reader, (await reader.info()).logSize - 1, waiting) })),
  );
  let next = 0;
  return {
    send: async () => {
      const signed = transactions[next++];
      if (signed === undefined) throw new Error(`only ${count} transactions were signed`);
      const final = new Promise<boolean>((resolve) => waiting.set(signed.id, resolve));
      await post(signed);
      return final;
    },
    close: async () => {
      for (const reader of readers) reader.close();
      await Promise.allSettled(following.map(({ done }) => done));
    },
  };
}

function signAhead({ nodes }: Cluster, genesis: Genesis, count: number): Signers {
  const devices = Array.from({ length: nodes.length * DEVICES_PER_NODE }, (_, index) => {
    const signer = sodiumSigner(new Uint8Array(randomBytes(32)));
    const own: TransactionId[] = [];
    return { signer, own, url: nodes[index % nodes.length]?.url ?? '' };
  });
  const startMs = Date.now();
  const transactions = Array.from({ length: count }, (_, index): Signed => {
    const device = devices[index % devices.length];
    if (device === undefined) throw new Error('a cluster has nodes');
    const { signer, own, url } = device;
    const first = own[own.length - PARENT_DISTANCE] ?? genesis.transactionId;
    const second = own[own.length - PARENT_DISTANCE - 1] ?? genesis.transactionId;
    const { id, bytes } = signTransaction(
      {
        network: genesis.network,
        suite: SUITE_ED25519,
        issuerKey: signer.publicKey,
        sequence: BigInt(own.length + 1),
        timestampMs: startMs,
        parents: [first, second],
        payloadType: PAYLOAD_TYPE.telemetry,
        payload: packRow(startMs, { pressure: 160.2, temperature: 41.7 }),
      },
      signer,
      sodiumCrypto,
    );
    own.push(id);
    return { url, id, bytes: new Uint8Array(bytes) };
  });
  return { ids: devices.map(({ signer }) => deviceIdOf(SUITE_ED25519, signer.publicKey)), transactions };
}

async function follow(
  reader: Reader,
  after: number,
  waiting: Map<TransactionId, (isAccepted: boolean) => void>,
): Promise<void> {
  let position = Math.max(0, after);
  for (let isComplete = false; !isComplete;) {
    isComplete = true;
    for await (const event of reader.events({ kinds: ['final'], after: position })) {
      if (event.kind === 'gap') {
        // Too slow for the node: what was dropped comes again from here.
        isComplete = false;
        break;
      }
      if (event.kind !== 'final') continue;
      position = event.position;
      waiting.get(event.id)?.(event.outcome.status === 'accepted');
      waiting.delete(event.id);
    }
  }
}

/** Again after a while where the node has too much to do, or lacks a parent that is still under way. */
async function post({ url, id, bytes }: Signed): Promise<void> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(`${url}/v1/transactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
    });
    const text = await response.text();
    if (response.status === 202) return;
    if (tries >= TRIES_MAX) throw new Error(`${url} does not take ${id}: ${response.status} ${text}`);
    await sleep(RETRY_MS);
  }
}
