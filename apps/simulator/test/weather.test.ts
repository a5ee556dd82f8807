/** Load, clocks and links: that the weather is what the options say. */
import { expect, test } from 'vitest';
import { EventQueue } from '../src/event-queue.js';
import { readingTimes } from '../src/load.js';
import { SimNetwork, type NetworkOptions } from '../src/network.js';
import { Random } from '../src/prng.js';
import { Trace } from '../src/trace.js';
import { WallClock } from '../src/wall-clock.js';

const FAST: NetworkOptions = {
  delayMinMs: 1,
  delayMeanMs: 1,
  loss: 0,
  duplication: 0,
  detectMs: 10,
  reconnectMs: 10,
  linkBytesMax: 1024 * 1024,
};

/** Two stations that write down what reaches them. */
function twoStations(options: Partial<NetworkOptions> = {}) {
  const queue = new EventQueue();
  const network = new SimNetwork({ ...FAST, ...options }, queue, new Random('two'), new Trace(queue, null));
  const heard: string[] = [];
  for (const node of [0, 1]) {
    network.join(node, {
      peerUp: (peer) => heard.push(`${node} up ${peer}`),
      peerDown: (peer) => heard.push(`${node} down ${peer}`),
      receive: (peer, message) => heard.push(`${node} hears ${message.join()} of ${peer}`),
    });
  }
  const pass = (ms: number): string[] => {
    const untilUs = queue.nowUs + ms * 1_000;
    for (let action = queue.next(untilUs); action !== null; action = queue.next(untilUs)) action();
    return heard.splice(0);
  };
  expect(pass(50)).toEqual(['0 up 1', '1 up 0']);
  return { queue, network, pass };
}

test('a link that is cut one way is heard the other way, and nobody notices', () => {
  const { network, pass } = twoStations();
  const mend = network.cutOneWay([0], [1]);
  network.send(0, 1, Uint8Array.of(1));
  network.send(1, 0, Uint8Array.of(2));
  expect(pass(100)).toEqual(['0 hears 2 of 1']);
  mend();
  network.send(0, 1, Uint8Array.of(3));
  expect(pass(100)).toEqual(['1 hears 3 of 0']);
});

test('a link that is cut both ways goes down at both ends, and comes up when all cuts are mended', () => {
  const { network, pass } = twoStations();
  const mends = [network.partition([[0], [1]]), network.cutOneWay([0], [1])];
  expect(pass(50).sort()).toEqual(['0 down 1', '1 down 0']);
  expect(network.send(0, 1, Uint8Array.of(1))).toBe(false);
  mends[0]?.();
  expect(pass(50)).toEqual([]);
  mends[1]?.();
  expect(pass(50).sort()).toEqual(['0 up 1', '1 up 0']);
});

test('a clog holds everything back and then lets it go, and takes no more than a buffer holds', () => {
  const { network, pass } = twoStations();
  const mends = [network.clog(0, 1), network.clog(0, 1)];
  network.send(0, 1, Uint8Array.of(1));
  network.send(1, 0, Uint8Array.of(2));
  expect(pass(100)).toEqual(['0 hears 2 of 1']);
  mends[0]?.();
  expect(pass(100)).toEqual([]);
  mends[1]?.();
  expect(pass(100)).toEqual(['1 hears 1 of 0']);
  network.clog(0, 1);
  const frame = new Uint8Array(65_536);
  const taken = Array.from({ length: 20 }, () => network.send(0, 1, frame));
  expect(taken.filter(Boolean).length).toBe(17);
  network.heal();
  expect(pass(100).length).toBe(17);
});

test('a slow lane is slow one way', () => {
  const { network, pass } = twoStations();
  const mend = network.slow(0, 1, 20);
  for (const [from, to] of [
    [0, 1],
    [1, 0],
  ] as const) {
    network.send(from, to, Uint8Array.of(7));
  }
  expect(pass(19)).toEqual(['0 hears 7 of 1']);
  expect(pass(2)).toEqual(['1 hears 7 of 0']);
  mend();
  network.send(0, 1, Uint8Array.of(8));
  expect(pass(2)).toEqual(['1 hears 8 of 0']);
});

test('readings come at the rate of the span that holds, and none after the end', () => {
  const load = {
    readingsPerSecond: 10,
    load: [
      { atMs: 2_000, forMs: 1_000, readingsPerSecond: 0 },
      { atMs: 4_000, forMs: 1_000, readingsPerSecond: 100 },
    ],
    durationMs: 6_000,
  };
  for (const arrival of ['fixed', 'poisson'] as const) {
    const times = [...readingTimes({ ...load, arrival }, new Random('load'))];
    const countIn = (fromMs: number): number => times.filter((ms) => ms > fromMs && ms <= fromMs + 1_000).length;
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    expect(countIn(2_000)).toBe(0);
    expect(countIn(4_000)).toBeGreaterThan(70);
    expect(countIn(1_000)).toBeLessThan(20);
    expect(times.every((ms) => ms <= 6_000)).toBe(true);
  }
});

test('a wall clock drifts, jumps and stands still, and remembers the latest it has shown', () => {
  const queue = new EventQueue();
  const clock = new WallClock(queue, 1_000_000, { offsetMs: 5, driftPpm: 1_000_000 });
  expect(clock.nowMs()).toBe(1_000_005);
  queue.next(1_000_000);
  expect(clock.nowMs()).toBe(1_002_005);
  clock.jump(-10_000);
  expect(clock.nowMs()).toBe(992_005);
  expect(clock.latestMs).toBe(1_002_005);
  clock.freeze();
  queue.next(2_000_000);
  expect(clock.nowMs()).toBe(992_005);
  clock.thaw();
  expect(clock.nowMs()).toBe(994_005);
});
