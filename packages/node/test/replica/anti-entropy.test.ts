/** Anti-entropy: who is asked for whole commits, for how long, and what is made of another digest. */
import { describe, expect, test } from 'vitest';
import type { Digest } from '@tangle/core/ids';
import { AntiEntropy, type Frontier, type Standing } from '../../src/replica/anti-entropy.js';
import { REPLICA_DEFAULTS } from '../../src/replica/limits.js';

const { catchUpMs } = REPLICA_DEFAULTS;
const OURS = 'a'.repeat(64) as Digest;
const THEIRS = 'b'.repeat(64) as Digest;

const standing = (commitIndex: number): Standing => ({
  commitIndex,
  digest: OURS,
  statements: [],
  isIdle: true,
  openTransactions: () => [],
});
const frontier = (commitIndex: number, digest = OURS): Frontier => ({
  kind: 'frontier',
  commitIndex,
  digest,
  statements: [],
  open: [],
});

describe('the turn to send whole commits', () => {
  test('is lost by a peer that brings no commit, and goes to the others that are ahead, one after the other', () => {
    const antiEntropy = new AntiEntropy(REPLICA_DEFAULTS);
    const asked: number[] = [];
    for (let nowMs = 0; nowMs < 6 * catchUpMs; nowMs += catchUpMs / 5) {
      for (const peer of [3, 1, 2]) {
        const question = antiEntropy.onFrontier(peer, frontier(peer === 3 ? 1e9 : 50_000), standing(0), nowMs);
        if (question !== null) asked.push(question.peer);
      }
    }
    expect(asked).toEqual([3, 1, 2, 3, 1, 2]);
  });

  test('lasts as long as our own order grows', () => {
    const antiEntropy = new AntiEntropy(REPLICA_DEFAULTS);
    antiEntropy.onFrontier(1, frontier(1_000), standing(0), 0);
    for (let turn = 1; turn < 20; turn++) {
      const nowMs = turn * (catchUpMs - 1);
      expect(antiEntropy.onFrontier(2, frontier(1_000), standing(turn), nowMs)).toBeNull();
    }
    const lateMs = 20 * catchUpMs;
    expect(antiEntropy.onFrontier(2, frontier(1_000), standing(19), lateMs)).toMatchObject({ peer: 2 });
  });

  test('goes on from the end of an answer to the next commits', () => {
    const antiEntropy = new AntiEntropy(REPLICA_DEFAULTS);
    antiEntropy.onFrontier(1, frontier(100), standing(0), 0);
    const next = antiEntropy.onCommitsEnd(1, { nextIndex: 40, lastIndex: 100 }, standing(39), 1);
    expect(next).toEqual({ kind: 'commits-request', fromIndex: 40 });
    expect(antiEntropy.onCommitsEnd(1, { nextIndex: 101, lastIndex: 100 }, standing(100), 2)).toBeNull();
  });

  test.each([
    ['the same index again', () => 1],
    ['ever higher ones', (nowMs: number) => nowMs + 2],
  ])('is not kept by answers that end and bring nothing, with %s', (_, nextIndexAt) => {
    const antiEntropy = new AntiEntropy(REPLICA_DEFAULTS);
    antiEntropy.onFrontier(3, frontier(1e9), standing(0), 0);
    for (let nowMs = 1; nowMs < catchUpMs; nowMs += 10) {
      antiEntropy.onCommitsEnd(3, { nextIndex: nextIndexAt(nowMs), lastIndex: 1e9 }, standing(0), nowMs);
    }
    expect(antiEntropy.onFrontier(1, frontier(100), standing(0), catchUpMs)).toMatchObject({ peer: 1 });
  });

  test('is not given to a peer whose link has ended', () => {
    const antiEntropy = new AntiEntropy(REPLICA_DEFAULTS);
    antiEntropy.onFrontier(3, frontier(100), standing(0), 0);
    antiEntropy.onFrontier(2, frontier(100), standing(0), 0);
    antiEntropy.peerDown(3);
    antiEntropy.peerDown(2);
    expect(antiEntropy.onFrontier(1, frontier(0), standing(0), 1)).toBeNull();
  });
});

describe('lagging', () => {
  test('is what peers of more than the faulty weight say, and those that have gone say nothing', () => {
    const committee = { weightOf: () => 1 };
    const { laggingDistance } = REPLICA_DEFAULTS;
    const antiEntropy = new AntiEntropy(REPLICA_DEFAULTS);
    for (const peer of [1, 2]) antiEntropy.onFrontier(peer, frontier(laggingDistance + 11), standing(0), 0);
    antiEntropy.onFrontier(3, frontier(laggingDistance), standing(0), 0);
    expect(antiEntropy.aheadWeight(standing(0), committee)).toBe(2);
    expect(antiEntropy.aheadWeight(standing(11), committee)).toBe(0);
    antiEntropy.peerDown(1);
    expect(antiEntropy.aheadWeight(standing(0), committee)).toBe(1);
  });
});

describe('a peer at the same commit', () => {
  test('is reported once, with both digests, where its digest is another', () => {
    const antiEntropy = new AntiEntropy(REPLICA_DEFAULTS);
    const report = antiEntropy.divergenceOf(1, frontier(7, THEIRS), standing(7));
    expect(report).toContain(OURS);
    expect(report).toContain(THEIRS);
    expect(antiEntropy.divergenceOf(1, frontier(7, THEIRS), standing(7))).toBeNull();
    expect(antiEntropy.divergedPeers).toBe(1);
  });

  test('is in order with the same digest, as is any digest of another commit', () => {
    const antiEntropy = new AntiEntropy(REPLICA_DEFAULTS);
    expect(antiEntropy.divergenceOf(1, frontier(7), standing(7))).toBeNull();
    expect(antiEntropy.divergenceOf(1, frontier(8, THEIRS), standing(7))).toBeNull();
    expect(antiEntropy.divergedPeers).toBe(0);
  });
});
