import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { nobleCrypto } from '../../src/crypto/index.js';
import type { Digest, StatementId, TransactionId } from '../../src/ids.js';
import { commitDigest, commitTime } from '../../src/order/index.js';
import { drawDag, Follower, TEST_GENESIS_MS } from '../../src/testing/index.js';
import { four } from '../confirmation/networks.js';

const previous = '11'.repeat(32) as Digest;
const leader = '22'.repeat(32) as StatementId;
const ids = ['33', '44'].map((byte) => byte.repeat(32) as TransactionId);

describe('D_k', () => {
  test('has one golden value, and is the hash that the protocol writes down', () => {
    const digest = commitDigest(previous, { index: 7, leader, timeMs: 1_767_225_600_123, ids }, nobleCrypto);
    const numbers = Buffer.alloc(16);
    numbers.writeBigUInt64BE(7n, 0);
    numbers.writeBigUInt64BE(1_767_225_600_123n, 8);
    const written = createHash('sha256')
      .update('tangle/commit/v1\0')
      .update(previous, 'hex')
      .update(numbers.subarray(0, 8))
      .update(leader, 'hex')
      .update(numbers.subarray(8))
      .update(ids.join(''), 'hex')
      .digest('hex');
    expect(digest).toBe(written);
    expect(digest).toBe('67761e3d8eb255077d146eacb8e1a9ff7a9eba372da4366806d5951f3300d8bc');
  });

  test('starts at the genesis hash and counts commits without transactions', () => {
    const dag = drawDag(four, [1, 2, 3, 4].map((round) => `Round ${round} : { * }`).join('\n'));
    const { commits } = new Follower(four).acceptAll(dag.vertices);
    const [first, second] = commits;
    const one = commitDigest(
      four.genesis.hash,
      { index: 1, leader: dag.statement('A1').id, timeMs: TEST_GENESIS_MS, ids: [] },
      four.crypto,
    );
    expect(first).toMatchObject({ index: 1, digest: one, recordPosition: null, entries: [] });
    expect(second?.index).toBe(2);
  });
});

describe('commit time', () => {
  /** Times of the commits, relative to the genesis time. */
  function times(text: string): number[] {
    const { commits } = new Follower(four).acceptAll(drawDag(four, text).vertices);
    return commits.map(({ timeMs }) => timeMs - TEST_GENESIS_MS);
  }

  test('is the one before for a leader of round 1, then the weighted median of what the leader cites', () => {
    const text = `
      Round 1 : { A @ 100, B @ 130, C @ 170, D @ 110 }
      Round 2 : { * }
      Round 3 : { * }
      Round 4 : { * }`;
    // B2 cites clocks 100, 110, 130, 170 of weight 1 each: the running weight, doubled, first exceeds 4 at the third.
    expect(times(text)).toEqual([0, 130]);
  });

  test('follows no lying clock, neither to 2100 nor to 1970', () => {
    for (const lie of [4_000_000_000_000 - TEST_GENESIS_MS, -TEST_GENESIS_MS]) {
      const text = `
        Round 1 : { A @ 100, B @ 120, C @ 140, D @ ${lie} }
        Round 2 : { A @ 200, B @ 220, C @ 240, D @ ${lie} }
        Round 3 : { * }
        Round 4 : { * }
        Round 5 : { * }`;
      for (const [index, time] of times(text).entries()) {
        if (index === 0) continue;
        expect(time).toBeGreaterThanOrEqual(100);
        expect(time).toBeLessThanOrEqual(240);
      }
    }
  });

  test('never runs backwards, even where the median does', () => {
    const text = `
      Round 1 : { * @ 900 }
      Round 2 : { * @ 500 }
      Round 3 : { * @ 1000 }
      Round 4 : { * }
      Round 5 : { * }`;
    expect(times(text)).toEqual([0, 900, 900]);
    expect([commitTime(5, null), commitTime(5, 4), commitTime(5, 6)]).toEqual([5, 5, 6]);
  });
});
