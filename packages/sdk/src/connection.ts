/** What every kind of client opens with, and the defaults of it. */
import type { Crypto } from '@tangle/core/crypto';
import type { Limits } from './limits.js';
import type { Network, GenesisSource } from './network.js';
import type { Clock, Fetch, RandomBytes } from './ports.js';
import { nobleCrypto } from '@tangle/core/crypto';
import { NodePool } from './client/node-pool.js';
import { invalidArgument } from './errors.js';
import { resolveLimits } from './limits.js';
import { openNetwork } from './network.js';
import { systemClock, systemRandom } from './ports.js';

export interface ConnectionOptions {
  /** The genesis file as parsed JSON, or its hash: 64 hex digits, checked against what the nodes say. */
  readonly genesis: GenesisSource;
  /** Addresses of nodes, the preferred one first: `http://127.0.0.1:7410`. */
  readonly nodes: readonly string[];
  /** Bearer token of nodes that ask for one (`tangle token`). It is sent to all of `nodes`. */
  readonly token?: string;
  /** Hashing; default noble, which runs everywhere. */
  readonly crypto?: Crypto;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  /** For jitter. */
  readonly random?: RandomBytes;
  readonly limits?: Partial<Limits>;
}

/** An open connection: the ports, the nodes, and the network they agree on. */
export interface Connection {
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly limits: Limits;
  readonly pool: NodePool;
  readonly network: Network;
  /** Aborting it ends every request. */
  readonly controller: AbortController;
}

/** Throws `invalid-argument`, `invalid-genesis`, `genesis-mismatch`, and where a node is needed, why none answers. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const crypto = options.crypto ?? nobleCrypto;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const limits = resolveLimits(options.limits);
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const token = options.token === undefined ? null : parseToken(options.token);
  const pool = new NodePool(options.nodes, { fetch, clock, limits, random, token });
  const controller = new AbortController();
  const network = await openNetwork(options.genesis, pool, crypto, controller.signal);
  return { crypto, clock, random, limits, pool, network, controller };
}

/** What may stand in a header (RFC 6750 section 2.1). The message does not repeat it: it is a secret. */
function parseToken(token: string): string {
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return token;
  throw invalidArgument('token', '[secret]', 'letters, digits and - . _ ~ + /, as `tangle token create` gives it');
}
