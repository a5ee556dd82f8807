/**
 * Parents for the next transactions, fetched ahead: no round trip a reading. A batch is renewed when half of it is used
 * or it gets old; between, its pairs are used again, which is allowed and only makes the tangle a little wider.
 */
import type { DeviceId, TransactionId } from '@tangle/core/ids';
import type { NodePool } from '../client/node-pool.js';
import type { Limits } from '../limits.js';
import type { Clock } from '../ports.js';
import { readTips } from '../client/wire.js';
import { TangleError } from '../errors.js';

export type Parents = readonly [TransactionId, TransactionId];

export interface TipCacheDependencies {
  readonly pool: NodePool;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly device: DeviceId;
  readonly genesisId: TransactionId;
  readonly signal: AbortSignal;
}

export class TipCache {
  readonly #dependencies: TipCacheDependencies;
  #pairs: readonly Parents[] = [];
  /** Pairs handed out since the last fetch. */
  #used = 0;
  #fetchedAtMs = -Infinity;
  #fetching: Promise<void> | null = null;

  constructor(dependencies: TipCacheDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Two parents. Waits for a node only where what is cached is too old; offline, it takes the last ones known or the
   * genesis twice, which every node holds: whether a transaction is confirmed does not depend on it (PROTOCOL 6).
   */
  async take(): Promise<Parents> {
    const { clock, limits, pool, genesisId } = this.#dependencies;
    const isOld = clock.monotonicMs() - this.#fetchedAtMs > limits.tipsAgeMsMax;
    if (isOld || this.#used * 2 >= this.#pairs.length) this.#fetching ??= this.#fetch();
    if (isOld && !pool.offline) await this.#fetching;
    const parents = this.#pairs[this.#used % Math.max(1, this.#pairs.length)];
    this.#used += 1;
    return parents ?? [genesisId, genesisId];
  }

  /** What is cached led nowhere: the next `take` fetches. */
  discard(): void {
    this.#fetchedAtMs = -Infinity;
  }

  async #fetch(): Promise<void> {
    const { pool, clock, limits, device, genesisId, signal } = this.#dependencies;
    const query = new URLSearchParams({ count: String(limits.tipsCount), issuer: device });
    try {
      const tips = await pool.read(
        async (client) => readTips(await client.getJson(`/v1/tips?${query.toString()}`, signal)),
        signal,
        1,
      );
      this.#pairs = pair(tips, genesisId);
      this.#used = 0;
      this.#fetchedAtMs = clock.monotonicMs();
    } catch (error) {
      // No node answers: what is cached, or the genesis, still makes a valid transaction.
      if (!(error instanceof TangleError)) throw error;
    } finally {
      this.#fetching = null;
    }
  }
}

/** Neighbours become parents; equal ones are only allowed for the genesis (PROTOCOL 3, T2). */
function pair(tips: readonly TransactionId[], genesisId: TransactionId): Parents[] {
  const pairs: Parents[] = [];
  for (let index = 0; index < tips.length; index += 2) {
    const first = tips[index] ?? genesisId;
    const second = tips[index + 1] ?? genesisId;
    pairs.push(first === second ? [first, genesisId] : [first, second]);
  }
  return pairs;
}
