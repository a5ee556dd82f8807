import { expect, test } from 'vitest';
import { ObserverQueue } from '../../src/replica/observer-queue.js';

/** Time passes only while messages are read, and when the test says so. */
function startQueue(costMs = 0, bytesPerObserverMax = 100) {
  let nowMs = 0;
  let isBusy = false;
  const read: number[] = [];
  const held: string[] = [];
  const timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  const queue = new ObserverQueue({
    bytesPerObserverMax,
    clock: {
      wallMs: () => 0,
      monotonicMs: () => nowMs,
      schedule: (delayMs, callback) => {
        const timer = { atMs: nowMs + delayMs, callback };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    },
    isBusy: () => isBusy,
    hold: (observer, isHeld) => held.push(`${isHeld ? 'holds' : 'frees'} ${observer}`),
    handle: (observer) => {
      read.push(observer);
      nowMs += costMs;
    },
  });
  return {
    queue,
    read,
    held,
    /** Runs every timer up to this time. */
    passTo: (untilMs: number): void => {
      for (let timer = timers[0]; timer !== undefined && timer.atMs <= untilMs; timer = timers[0]) {
        timers.shift();
        nowMs = Math.max(nowMs, timer.atMs);
        timer.callback();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
    setBusy: (busy: boolean) => (isBusy = busy),
  };
}

const MESSAGE = new Uint8Array(10);

test('observers are read in turn, however much one of them sends', () => {
  const { queue, read, passTo } = startQueue();
  for (let count = 0; count < 5; count++) queue.add(4, MESSAGE);
  queue.add(5, MESSAGE);
  queue.add(6, MESSAGE);
  passTo(1);
  expect(read).toEqual([4, 4, 5, 6, 4, 4, 4]);
});

test('they get a quarter of the time, together', () => {
  const { queue, read, passTo } = startQueue(10, 10_000);
  for (let count = 0; count < 100; count++) queue.add(4 + (count % 7), MESSAGE);
  passTo(999);
  expect(read).toHaveLength(25);
});

test('what one of them has too much of is dropped, the others keep theirs', () => {
  const { queue, read, passTo, setBusy } = startQueue();
  setBusy(true);
  const taken = Array.from({ length: 20 }, () => queue.add(4, MESSAGE));
  expect(taken.filter(Boolean)).toHaveLength(10);
  expect(queue.add(5, MESSAGE)).toBe(true);
  expect(queue.add(6, new Uint8Array(1_000))).toBe(true);
  setBusy(false);
  queue.resume();
  passTo(1);
  expect(read).toHaveLength(12);
});

test('who has sent much is not read from until there is little of it', () => {
  const { queue, held, passTo, setBusy } = startQueue();
  setBusy(true);
  for (let count = 0; count < 5; count++) queue.add(4, MESSAGE);
  expect(held).toEqual([]);
  for (let count = 0; count < 3; count++) queue.add(4, MESSAGE);
  expect(held).toEqual(['holds 4']);
  setBusy(false);
  queue.resume();
  passTo(1);
  expect(held).toEqual(['holds 4', 'frees 4']);
});

test('nothing is read while something of an observer waits for a turn, nor of one that has gone', () => {
  const { queue, read, passTo, setBusy } = startQueue();
  setBusy(true);
  queue.add(4, MESSAGE);
  queue.add(5, MESSAGE);
  queue.forget(4);
  passTo(10);
  expect(read).toEqual([]);
  setBusy(false);
  queue.resume();
  passTo(20);
  expect(read).toEqual([5]);
  queue.stop();
  queue.add(6, MESSAGE);
  passTo(30);
  expect(read).toEqual([5]);
});
