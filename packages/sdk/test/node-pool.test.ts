import { describe, expect, it } from 'vitest';
import { TangleError } from '@tangle/sdk';
import { NodePool } from '../src/client/node-pool.js';
import { DEFAULT_LIMITS } from '../src/limits.js';
import type { Clock } from '../src/ports.js';

/** Time that passes when somebody waits. */
class ManualClock implements Clock {
  nowMs = 1_000;
  wallMs = (): number => this.nowMs;
  monotonicMs = (): number => this.nowMs;
  schedule(delayMs: number, callback: () => void): () => void {
    this.nowMs += delayMs;
    queueMicrotask(callback);
    return () => undefined;
  }
}

function poolOf(...urls: string[]): { pool: NodePool; clock: ManualClock } {
  const clock = new ManualClock();
  const fetch = (): Promise<Response> => Promise.reject(new TypeError('nobody is asked here'));
  // Without jitter a pause is half of what it may be.
  const random = (length: number): Uint8Array => new Uint8Array(length);
  return { pool: new NodePool(urls, { fetch, clock, limits: DEFAULT_LIMITS, random }), clock };
}

const { signal } = new AbortController();
const silence = new TangleError('node-unreachable', 'no answer');

/** How long `next` waits. */
async function waitMs(pool: NodePool, clock: ManualClock): Promise<number> {
  const startMs = clock.nowMs;
  await pool.next(signal);
  return clock.nowMs - startMs;
}

describe('a pool of nodes', () => {
  it('takes what fails together for one failure: the pause doubles with each outage, not with each request', async () => {
    const { pool, clock } = poolOf('http://one');
    const pausesMs: number[] = [];
    for (let outage = 0; outage < 3; outage++) {
      const client = await pool.next(signal);
      for (let request = 0; request < 32; request++) pool.failed(client, silence);
      pausesMs.push(await waitMs(pool, clock));
    }
    expect(pausesMs).toEqual([50, 100, 200]);
    expect(pool.offline).toBe(true);
  });

  it('lets a later failure make the pause as long as the node asks', async () => {
    const { pool, clock } = poolOf('http://one');
    const client = await pool.next(signal);
    pool.failed(client, silence);
    pool.failed(client, new TangleError('not-ready', 'catching up', { node: client.url, retryAfterMs: 2_000 }));
    expect(await waitMs(pool, clock)).toBe(2_000);
  });
});
