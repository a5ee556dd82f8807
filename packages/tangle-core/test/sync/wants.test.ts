import { describe, expect, test } from 'vitest';
import type { VertexId } from '../../src/ids.js';
import { Wants, WANTS_DEFAULTS, type WantsLimits } from '../../src/sync/index.js';

const id = (number: number): VertexId => number.toString(16).padStart(64, '0') as VertexId;
const awaited = (): boolean => true;
const notAwaited = (): boolean => false;
const { graceMs, answerMs, answerCapMs, localTriesMax } = WANTS_DEFAULTS;

function wantsOf(peers: readonly number[], limits: Partial<WantsLimits> = {}): Wants {
  const wants = new Wants({ ...WANTS_DEFAULTS, ...limits }, 4);
  for (const peer of peers) wants.peerUp(peer);
  return wants;
}

describe('wanted ids', () => {
  test('are asked of the peer that cited them, then of the others in the order they cited, then of all in turn', () => {
    const wants = wantsOf([0, 1, 2, 3]);
    wants.want(id(1), 2, 'now');
    wants.want(id(1), 0, 'now');
    const asked: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      asked.push(...wants.due(wants.nextAtMs() ?? 0, awaited).map(({ peer }) => peer));
    }
    expect(asked.slice(0, 2)).toEqual([2, 0]);
    expect(new Set(asked).size).toBe(4);
    for (const [turn, peer] of asked.slice(1).entries()) expect(peer).not.toBe(asked[turn]);
  });

  test('that are cited by what came unasked get a moment to arrive by themselves', () => {
    const wants = wantsOf([0, 1]);
    wants.want(id(1), 0, 'after-grace');
    wants.want(id(2), 0, 'after-grace');
    expect(wants.due(1_000, awaited)).toEqual([]);
    expect(wants.nextAtMs()).toBe(1_000 + graceMs);
    wants.resolved(id(1));
    expect(wants.due(1_000 + graceMs, awaited)).toEqual([{ peer: 0, ids: [id(2)] }]);
  });

  test('that are known not to be on their way are asked for at once', () => {
    const wants = wantsOf([0, 1]);
    wants.want(id(1), 0, 'now');
    expect(wants.due(1_000, awaited)).toEqual([{ peer: 0, ids: [id(1)] }]);
  });

  test('give a peer more and more time to answer, up to a cap', () => {
    const wants = wantsOf([0, 1]);
    wants.want(id(1), 0, 'now');
    const waits: number[] = [];
    let nowMs = 0;
    for (let turn = 0; turn < 7; turn++) {
      expect(wants.due(nowMs, awaited)).toHaveLength(1);
      expect(wants.due(nowMs, awaited)).toEqual([]);
      const nextAtMs = wants.nextAtMs() ?? 0;
      waits.push(nextAtMs - nowMs);
      nowMs = nextAtMs;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64].map((times) => Math.min(answerCapMs, times * answerMs)));
  });

  test('go to the next peer at once where one does not hold them, with a pause after a whole turn', () => {
    const wants = wantsOf([0, 1]);
    wants.want(id(1), 1, 'now');
    expect(wants.due(0, awaited)).toEqual([{ peer: 1, ids: [id(1)] }]);
    wants.notHeld(id(1), 0, 5);
    expect(wants.due(5, awaited)).toEqual([]);
    wants.notHeld(id(1), 1, 5);
    expect(wants.due(5, awaited)).toHaveLength(1);
    wants.notHeld(id(1), 0, 6);
    wants.notHeld(id(1), 1, 6);
    expect(wants.due(5 + answerMs, awaited)).toEqual([]);
    expect(wants.nextAtMs()).toBe(6 + answerMs);
    expect(wants.due(6 + answerMs, awaited)).toHaveLength(1);
  });

  test('are given up where every peer has said several times that it does not hold them', () => {
    const wants = wantsOf([0, 1]);
    wants.want(id(1), 1, 'now');
    const answers: string[] = [];
    for (let nowMs = 0; wants.has(id(1)); nowMs += answerMs) {
      const [request] = wants.due(nowMs, awaited);
      if (request !== undefined) answers.push(wants.notHeld(id(1), request.peer, nowMs));
    }
    expect(answers).toEqual([...Array.from({ length: 7 }, () => 'asked-again'), 'given-up']);
    expect(wants.nextAtMs()).toBe(null);
  });

  test('go to another peer when the one asked goes down', () => {
    const wants = wantsOf([0, 1]);
    wants.want(id(1), 1, 'now');
    wants.due(0, awaited);
    wants.peerDown(1);
    expect(wants.due(1, awaited)).toEqual([{ peer: 0, ids: [id(1)] }]);
  });

  test('wait without a timer while nobody is connected, and are asked of the first that comes', () => {
    const wants = wantsOf([]);
    wants.want(id(1), 1, 'now');
    expect(wants.due(0, awaited)).toEqual([]);
    expect(wants.nextAtMs()).toBe(null);
    wants.peerUp(3);
    expect(wants.due(10, awaited)).toEqual([{ peer: 3, ids: [id(1)] }]);
  });

  test('that no vertex waits for are given up after some tries, and at once with nobody to ask', () => {
    const wants = wantsOf([0]);
    wants.want(id(1), null, 'now');
    let asked = 0;
    for (let turn = 0; turn < 50 && wants.size > 0; turn++) {
      asked += wants.due(wants.nextAtMs() ?? 0, notAwaited).length;
    }
    expect(asked).toBe(localTriesMax);
    expect(wants.size).toBe(0);
    wants.peerDown(0);
    wants.want(id(2), null, 'now');
    wants.due(0, notAwaited);
    expect(wants.size).toBe(0);
  });

  test('of one peer take its own share of the table, so that what it makes up keeps nobody else out', () => {
    const wants = wantsOf([0, 1, 2, 3], { wantedIdsMax: 60 });
    for (let number = 0; number < 1_000; number++) wants.want(id(number), 0, 'now');
    expect(wants.size).toBe(10);
    expect(wants.want(id(5_000), 1, 'now')).toBe(true);
    expect(wants.want(id(5_001), null, 'now')).toBe(true);
    expect(wants.due(0, awaited)).toContainEqual({ peer: 1, ids: [id(5_000)] });
  });

  test('of observers have one share together, and keep no validator out', () => {
    const wants = wantsOf([0, 1, 4, 5, 6], { wantedIdsMax: 60 });
    for (let number = 0; number < 1_000; number++) wants.want(id(number), 4 + (number % 3), 'now');
    expect(wants.size).toBe(10);
    expect(wants.want(id(5_000), 1, 'now')).toBe(true);
  });

  test('that validators cite are asked of validators, though observers cite them first, again and in any number', () => {
    const wants = wantsOf([0, 1, 4, 5, 6]);
    wants.want(id(1), 4, 'now');
    wants.want(id(1), 1, 'now');
    const asked: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      for (const observer of [5, 6]) wants.want(id(1), observer, 'now');
      asked.push(...wants.due(wants.nextAtMs() ?? 0, awaited).map(({ peer }) => peer));
    }
    expect(asked[0]).toBe(1);
    // One of them at a time, and the others never in turn.
    expect(asked.filter((peer) => peer >= 4).length).toBeLessThanOrEqual(5);
    const alone = wantsOf([0, 1, 4, 5, 6]);
    alone.want(id(1), 0, 'now');
    const inTurn: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      inTurn.push(...alone.due(alone.nextAtMs() ?? 0, awaited).map(({ peer }) => peer));
    }
    expect(inTurn).toEqual([0, 1, 0, 1, 0, 1]);
  });

  test('are given up for the denials of validators alone, and asked of observers where nobody else is', () => {
    const wants = wantsOf([0, 4]);
    wants.want(id(1), 4, 'now');
    let denials = 0;
    for (let nowMs = 0; nowMs < 200_000; nowMs += 10_000) {
      const isAsked = wants.due(nowMs, awaited).some(({ peer }) => peer === 4);
      if (isAsked && wants.notHeld(id(1), 4, nowMs) === 'asked-again') denials++;
      wants.want(id(1), 4, 'now');
    }
    expect(denials).toBeGreaterThan(4);
    expect(wants.has(id(1))).toBe(true);
    const alone = wantsOf([4, 5]);
    alone.want(id(1), 4, 'now');
    const asked: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      asked.push(...alone.due(alone.nextAtMs() ?? 0, awaited).map(({ peer }) => peer));
    }
    expect(asked).toEqual([4, 5, 4]);
  });

  test('each reach every peer in turn, whatever else is wanted', () => {
    const wants = wantsOf([0, 1, 2]);
    for (let number = 0; number < 3; number++) wants.want(id(number), 1, 'now');
    const askedOf = new Map<VertexId, Set<number>>();
    for (let nowMs = 0; nowMs < 20; nowMs++) {
      for (const { peer, ids } of wants.due(nowMs * 10_000, awaited)) {
        for (const asked of ids) askedOf.set(asked, (askedOf.get(asked) ?? new Set()).add(peer));
      }
    }
    for (const peers of askedOf.values()) expect(peers.size).toBe(3);
  });

  test('are bounded in number and in each request', () => {
    const wants = wantsOf([0], { wantedIdsMax: 60, idsPerRequestMax: 4 });
    const isTaken = Array.from({ length: 12 }, (_, number) => wants.want(id(number), 0, 'now'));
    expect(isTaken.filter(Boolean)).toHaveLength(10);
    expect(wants.want(id(3), 0, 'now')).toBe(true);
    expect(wants.due(0, awaited).map(({ ids }) => ids.length)).toEqual([4, 4, 2]);
    for (let number = 0; number < 10; number++) wants.resolved(id(number));
    expect(wants.size).toBe(0);
    expect(wants.nextAtMs()).toBe(null);
  });
});
