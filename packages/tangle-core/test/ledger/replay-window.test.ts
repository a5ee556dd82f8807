/** The replay window: its edges, jumps, the ends of u64, shuffled numbers, and a naive window it must agree with. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REPLAY_WINDOW } from '../../src/ledger/index.js';
import { ReplayWindow } from '../../src/ledger/replay-window.js';
import { Prng } from '../../src/testing/prng.js';
import { pump, staffedBench } from './fixtures.js';

const U64_MAX = 2n ** 64n - 1n;
const WIDTH = BigInt(REPLAY_WINDOW);

function windowWith(...used: readonly bigint[]): ReplayWindow {
  const window = new ReplayWindow();
  for (const sequence of used) window.use(sequence);
  return window;
}

describe('edges of the window', () => {
  test('top - 1023 is inside and top - 1024 is too old', () => {
    const window = windowWith(10_000n);
    expect(window.check(10_000n - 1_023n)).toBe('fresh');
    expect(window.check(10_000n - 1_024n)).toBe('too-old');
  });

  test('a used number is known at top - 1023 and too old once the top moves on by one', () => {
    const window = windowWith(100n, 100n + 1_023n);
    expect(window.check(100n)).toBe('used');
    window.use(100n + 1_024n);
    expect(window.check(100n)).toBe('too-old');
  });

  test('the number that takes over a slot is not mistaken for the one before', () => {
    const window = windowWith(5n);
    expect(window.check(5n + WIDTH)).toBe('fresh');
    window.use(4n + WIDTH);
    expect(window.check(5n)).toBe('used');
    window.use(6n + WIDTH);
    expect(window.check(5n + WIDTH)).toBe('fresh');
  });

  test.each([1n, 2n, 63n, 64n, 1_022n, 1_023n, 1_024n, 1_025n, 2_048n, 1_000_000n])(
    'a jump ahead by %i leaves exactly the numbers that are still inside',
    (jump) => {
      const all = Array.from({ length: REPLAY_WINDOW }, (_, index) => BigInt(index));
      const top = WIDTH - 1n + jump;
      const window = windowWith(...all, top);
      for (let sequence = 0n; sequence <= top && sequence < 3n * WIDTH; sequence++) {
        const used = sequence === top || sequence < WIDTH;
        expect(window.check(sequence)).toBe(sequence + WIDTH <= top ? 'too-old' : used ? 'used' : 'fresh');
      }
    },
  );
});

describe('ends of u64', () => {
  test('0 is a number like any other', () => {
    const window = windowWith(0n);
    expect(window.top).toBe(0n);
    expect(window.check(0n)).toBe('used');
    expect(window.check(1n)).toBe('fresh');
  });

  test('2^64 - 1 can be used; after it only the unused numbers of its window remain', () => {
    const window = windowWith(0n, U64_MAX);
    expect(window.check(U64_MAX)).toBe('used');
    expect(window.check(U64_MAX - 1n)).toBe('fresh');
    expect(window.check(U64_MAX - 1_023n)).toBe('fresh');
    expect(window.check(U64_MAX - 1_024n)).toBe('too-old');
    expect(window.check(0n)).toBe('too-old');
  });

  test('the ledger executes both ends', () => {
    const bench = staffedBench();
    expect(bench.send(pump, 0n)).toBe('accepted');
    expect(bench.send(pump, U64_MAX)).toBe('accepted');
    expect(bench.send(pump, 0n)).toBe('sequence-too-old');
    expect(bench.send(pump, U64_MAX)).toBe('sequence-used');
    expect(bench.ledger.device(pump.issuer)?.highestSequence).toBe(U64_MAX);
  });
});

describe('an order that shuffles what one issuer sent', () => {
  test('numbers shuffled within 1,024 are all accepted', () => {
    const bench = staffedBench();
    const prng = new Prng(20_240);
    for (let batch = 0n; batch < 3n; batch++) {
      const numbers = Array.from({ length: 1_000 }, (_, index) => batch * 1_000n + BigInt(index));
      for (const sequence of prng.shuffled(numbers)) expect(bench.send(pump, sequence)).toBe('accepted');
    }
    expect(bench.ledger.device(pump.issuer)?.transactions).toBe(3_000);
  });

  test('of 3,000 shuffled at once about 2,000 get too old, none twice, and the state stays bounded', () => {
    const bench = staffedBench();
    const numbers = Array.from({ length: 3_000 }, (_, index) => BigInt(index));
    const codes = new Prng(7).shuffled(numbers).map((sequence) => bench.send(pump, sequence));
    const accepted = codes.filter((code) => code === 'accepted').length;
    expect(codes.filter((code) => code === 'sequence-too-old').length).toBe(3_000 - accepted);
    expect(accepted).toBeGreaterThan(900);
    expect(accepted).toBeLessThan(1_200);
    const again = new Set(numbers.map((sequence) => bench.send(pump, sequence)));
    expect([...again].sort()).toEqual(['sequence-too-old', 'sequence-used']);
    expect(bench.ledger.entries().filter(({ key }) => key.includes(pump.issuer)).length).toBe(2 + 16);
  });
});

describe('content digests in the state', () => {
  test('a number that leaves the window takes its digest with it, and an empty block is removed', () => {
    const bench = staffedBench();
    const blocks = () => bench.ledger.entries().filter(({ key }) => key.startsWith(`03${pump.issuer}`));
    for (let sequence = 0n; sequence < WIDTH; sequence++) bench.send(pump, sequence);
    expect(blocks().length).toBe(16);
    bench.ledger.drainChanges();
    bench.send(pump, 10_000n);
    expect(blocks().length).toBe(1);
    expect(blocks()[0]?.value?.filter((byte) => byte !== 0).length).toBeLessThanOrEqual(8);
    const removed = bench.ledger.drainChanges().filter(({ value }) => value === null);
    expect(removed.length).toBe(15);
  });
});

test('the window agrees with a naive one that remembers every number', () => {
  const near = fc.bigInt({ min: -1_100n, max: 1_100n });
  const step = fc.oneof(
    { weight: 8, arbitrary: near },
    { weight: 1, arbitrary: fc.bigInt({ min: -4_000n, max: 4_000n }) },
    { weight: 1, arbitrary: fc.constantFrom(-1_024n, -1_023n, 1_023n, 1_024n, 1_025n, 0n, 1n) },
  );
  const start = fc.oneof(fc.bigInt({ min: 0n, max: 3_000n }), fc.bigInt({ min: U64_MAX - 3_000n, max: U64_MAX }));
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 60 }), (first, steps) => {
      const window = new ReplayWindow();
      const used = new Set<bigint>();
      let top: bigint | null = null;
      for (const offset of [0n, ...steps]) {
        const wanted: bigint = (top ?? first) + offset;
        const sequence = wanted < 0n ? 0n : wanted > U64_MAX ? U64_MAX : wanted;
        const tooOld = top !== null && sequence <= top - WIDTH;
        const expected = tooOld ? 'too-old' : used.has(sequence) ? 'used' : 'fresh';
        expect(window.check(sequence)).toBe(expected);
        if (expected !== 'fresh') continue;
        window.use(sequence);
        used.add(sequence);
        top = top === null || sequence > top ? sequence : top;
        expect(window.top).toBe(top);
      }
      expect(new ReplayWindow(window.top, window.bitmap)).toEqual(window);
    }),
  );
});
