/** Which network a device or reader belongs to: from the genesis file, or from its hash and what a node says of it. */
import type { Crypto } from '@tangle/core/crypto';
import type { Digest, NetworkId, TransactionId } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { NodePool } from './client/node-pool.js';
import type { NodeInfo } from './client/wire.js';
import { isIdText } from '@tangle/core/ids';
import { parseGenesis, PAYLOAD_BYTES_MAX } from '@tangle/core/model';
import { isNodeFailure } from './client/node-pool.js';
import { readInfo } from './client/wire.js';
import { invalidArgument, TangleError } from './errors.js';

/** The genesis file as parsed JSON, or the 64 hex digits of its hash. */
export type GenesisSource = object | string;

export interface Network {
  readonly genesisHash: Digest;
  /** First 8 bytes of the hash: what every transaction names. */
  readonly network: NetworkId;
  readonly genesisId: TransactionId;
  readonly maxPayload: number;
  /** Null where only its hash is known: then nothing can be proven. */
  readonly genesis: Genesis | null;
}

/**
 * Checks the genesis and asks every node which network it serves. A node with another one is an error: it is a wrong
 * address. A node that does not answer is not; without the genesis file, one must, since `maxPayload` is only there
 * (a node that lies about it makes `submit` refuse or the others refuse, nothing worse).
 */
export async function openNetwork(
  source: GenesisSource,
  pool: NodePool,
  crypto: Crypto,
  signal: AbortSignal,
): Promise<Network> {
  const local = typeof source === 'string' ? null : fromFile(source, crypto);
  const genesisHash = local?.genesisHash ?? parseHash(source);
  const infos: NodeInfo[] = [];
  let silence: TangleError | undefined;
  await Promise.all(
    pool.clients.map(async (client) => {
      try {
        const info = readInfo(await client.getJson('/v1/info', signal));
        if (info.genesisHash !== genesisHash) {
          throw new TangleError('genesis-mismatch', `the node serves ${info.genesisHash}, not ${genesisHash}`, {
            node: client.url,
            details: { field: 'genesisHash', found: info.genesisHash, allowed: genesisHash },
          });
        }
        infos.push(info);
      } catch (error) {
        if (!(error instanceof TangleError) || !isNodeFailure(error)) throw error;
        pool.failed(client, error);
        silence = error;
      }
    }),
  );
  if (local !== null) return local;
  if (infos.length === 0) throw silence ?? new TangleError('node-unreachable', 'no node answers');
  const maxPayload = Math.min(PAYLOAD_BYTES_MAX, ...infos.map((info) => info.maxPayload));
  return { ...networkOf(genesisHash), maxPayload, genesis: null };
}

function fromFile(json: object, crypto: Crypto): Network {
  const parsed = parseGenesis(json, crypto);
  if (parsed.ok) {
    const genesis = parsed.value;
    return { ...networkOf(genesis.hash), maxPayload: genesis.parameters.maxPayload, genesis };
  }
  const { code, field, found, allowed } = parsed.reason;
  throw new TangleError('invalid-genesis', `${code}: ${field} is ${found}, allowed: ${allowed}`, {
    details: { field, found, allowed, reason: code },
  });
}

function parseHash(source: GenesisSource): Digest {
  if (typeof source !== 'string' || !isIdText(source)) {
    throw invalidArgument('genesis', source, 'a genesis file as parsed JSON, or 64 lower-case hex digits of its hash');
  }
  return source as Digest;
}

function networkOf(hash: Digest): Omit<Network, 'maxPayload' | 'genesis'> {
  return { genesisHash: hash, network: hash.slice(0, 16) as NetworkId, genesisId: hash as string as TransactionId };
}
