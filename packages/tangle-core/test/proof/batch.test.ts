/** Batches: what goes on the ledger, what stays off it, and that nothing but the very blob and sample fits. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Anchor, Samples } from '../../src/proof/index.js';
import { InvariantError } from '../../src/assert.js';
import { nobleCrypto as crypto } from '../../src/crypto/index.js';
import {
  BATCH_SAMPLES_MAX,
  checkSamples,
  createBatch,
  decodeAnchor,
  decodeSample,
  encodeAnchor,
  openBatch,
} from '../../src/proof/index.js';
import { Prng } from '../../src/testing/index.js';
import { naiveRoot } from '../log/trees.js';
import { vibration } from './vibration.js';

const seed = new Uint8Array(32).fill(5);
const random = new Prng(Number(process.env['SEED'] ?? 20_261_122));

function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('a batch', () => {
  test('commits to salt and sample of every row, as RFC 6962 and RFC 2104 have it', () => {
    for (const count of [1, 2, 3, 5, 8, 33]) {
      const batch = createBatch(vibration(count), seed, crypto);
      const leaves = Array.from({ length: count }, (_, index) => {
        const number = Buffer.alloc(4);
        number.writeUInt32BE(index);
        const salt = createHmac('sha256', seed).update(number).digest().subarray(0, 16);
        expect(batch.reading(index).salt).toEqual(new Uint8Array(salt));
        const sample = Buffer.alloc(32);
        for (const [place, { value }] of batch.sample(index).values.entries()) sample.writeDoubleBE(value!, place * 8);
        return concat(salt, sample);
      });
      expect(batch.anchor.root).toEqual(naiveRoot(leaves));
    }
  });

  test('opens from its anchor and its blob, with the same readings', () => {
    const batch = createBatch(vibration(100), seed, crypto);
    const anchor = decodeAnchor(batch.payload);
    const opened = anchor.ok ? openBatch(anchor.value, batch.blob, crypto) : anchor;
    if (!opened.ok) throw new Error(opened.reason.field);
    expect(opened.value.anchor).toEqual(batch.anchor);
    expect(opened.value.reading(42)).toEqual(batch.reading(42));
    expect(opened.value.sample(42)).toEqual({
      index: 42,
      timeMs: 1_767_225_600_000 + 42 / 20,
      values: ['a1', 'a2', 'a3', 'a4'].map((name, place) => ({
        name,
        unit: 'm/s2',
        value: vibration(100).values[168 + place],
      })),
    });
  });

  test('of samples with times of their own and missing values keeps both', () => {
    const samples: Samples = {
      stream: 'rig-7/',
      timing: { kind: 'each', firstTimeMs: 1_000.5, lastTimeMs: 2_000 },
      channels: [
        { name: 'TS1', unit: 'Cel' },
        { name: 'PS1', unit: '' },
      ],
      timesMs: Float64Array.of(1_000.5, 1_000.5, 1_999.25),
      values: Float64Array.of(35.1, NaN, -0, 160.2, NaN, NaN),
    };
    const batch = createBatch(samples, seed, crypto);
    expect([0, 1, 2].map((index) => batch.sample(index).timeMs)).toEqual([1_000.5, 1_000.5, 1_999.25]);
    expect([0, 1, 2].map((index) => batch.sample(index).values.map(({ value }) => value))).toEqual([
      [35.1, null],
      [0, 160.2],
      [null, null],
    ]);
    expect(openBatch(batch.anchor, batch.blob, crypto).ok).toBe(true);
  });

  test('does not match any blob but its own: cut, longer, any byte changed, another batch', () => {
    const batch = createBatch(vibration(300), seed, crypto);
    const codeOf = (blob: Uint8Array): string => {
      const opened = openBatch(batch.anchor, blob, crypto);
      return opened.ok ? 'ok' : opened.reason.code;
    };
    expect(codeOf(batch.blob)).toBe('ok');
    for (let run = 0; run < 60; run++) {
      const blob = batch.blob.slice();
      blob[random.below(blob.length)]! ^= 1 + random.below(255);
      expect(codeOf(blob), `seed ${process.env['SEED'] ?? 'default'}, run ${run}`).toBe('does-not-match');
    }
    const others = [
      batch.blob.with(0, 2),
      new Uint8Array(0),
      batch.blob.subarray(1),
      concat(batch.blob, Uint8Array.of(0)),
    ];
    for (const blob of others) {
      expect(codeOf(blob)).toBe('does-not-match');
    }
    expect(
      codeOf(
        createBatch(
          vibration(300),
          seed.map((byte) => byte + 1),
          crypto,
        ).blob,
      ),
    ).toBe('does-not-match');
  });

  test('of the most samples there may be is hashed at once', () => {
    const samples = vibration(BATCH_SAMPLES_MAX);
    const batch = createBatch(samples, seed, crypto);
    expect(batch.reading(BATCH_SAMPLES_MAX - 1).path.length).toBe(16);
    expect(checkSamples(vibration(BATCH_SAMPLES_MAX + 1))).toMatchObject({ field: 'count' });
  });
});

describe('an anchor', () => {
  const text = (characters: string, minLength: number) =>
    fc.string({ unit: fc.constantFrom(...characters.split('')), minLength, maxLength: 12 });
  const time = fc.double({ min: 0, max: 2e12, noNaN: true }).map(Math.abs);
  const timing = fc.oneof(
    fc.record({
      kind: fc.constant('regular' as const),
      firstTimeMs: time,
      ratePerSecond: fc.double({ min: 1, max: 1e9, noNaN: true }),
    }),
    fc.record({ kind: fc.constant('each' as const), firstTimeMs: time, lastTimeMs: fc.constant(3e12) }),
  );
  const anchors: fc.Arbitrary<Anchor> = fc.record({
    stream: fc.constantFrom('', 'rig-7/', 'urn:dev:mac:0024befffe804ff1/'),
    timing,
    channels: fc.uniqueArray(fc.record({ name: text('aZ09', 1), unit: text('%/mCelRH', 0) }), {
      selector: ({ name }) => name,
      minLength: 1,
      maxLength: 6,
    }),
    count: fc.integer({ min: 1, max: BATCH_SAMPLES_MAX }),
    root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  });

  test('is read as it is written, and no other way', () => {
    fc.assert(
      fc.property(anchors, fc.nat(), fc.integer({ min: 1, max: 255 }), (anchor, place, bits) => {
        const payload = encodeAnchor(anchor);
        expect(decodeAnchor(payload)).toEqual({ ok: true, value: anchor });
        expect(decodeAnchor(payload.subarray(0, -1)).ok).toBe(false);
        expect(decodeAnchor(concat(payload, Uint8Array.of(0))).ok).toBe(false);
        const changed = payload.slice();
        changed[place % changed.length]! ^= bits;
        const decoded = decodeAnchor(changed);
        expect(decoded.ok ? encodeAnchor(decoded.value) : changed).toEqual(changed);
      }),
    );
  });

  test('takes few bytes', () => {
    expect(createBatch(vibration(10), seed, crypto).payload.length).toBe(96);
  });

  test.each<[string, Partial<Samples>]>([
    ['channels', { channels: [] }],
    ['channels[0].name', { channels: [{ name: 'a b', unit: '' }] }],
    ['channels[0].name', { channels: [{ name: '', unit: '' }] }],
    ['channels[0].name', { channels: [{ name: 'x'.repeat(257), unit: '' }] }],
    ['channels[0].name', { stream: '/', channels: [{ name: 'a', unit: '' }] }],
    [
      'channels[1].name',
      {
        channels: [
          { name: 'a', unit: '' },
          { name: 'a', unit: '' },
        ],
      },
    ],
    ['channels[0].unit', { channels: [{ name: 'a', unit: '°C' }] }],
    ['count', { channels: [1, 2, 3].map((name) => ({ name: `${name}`, unit: '' })) }],
    ['count', { values: new Float64Array(0) }],
    ['values[2]', { values: Float64Array.of(1, 2, Infinity, 4) }],
    ['first time', { timing: { kind: 'regular', firstTimeMs: -1, ratePerSecond: 1 } }],
    ['rate', { timing: { kind: 'regular', firstTimeMs: 1, ratePerSecond: 0 } }],
    ['rate', { timing: { kind: 'regular', firstTimeMs: 1, ratePerSecond: 1e-300 }, values: new Float64Array(8) }],
    ['last time', { timing: { kind: 'each', firstTimeMs: 2, lastTimeMs: 1 } }],
    ['timesMs[0]', { timing: { kind: 'each', firstTimeMs: 1, lastTimeMs: 2 } }],
  ])('is refused over its %s', (field, wrong) => {
    const samples = { ...vibration(1), ...wrong };
    expect(checkSamples(samples)).toMatchObject({ code: 'malformed', field });
    expect(() => createBatch(samples, seed, crypto)).toThrow(InvariantError);
  });

  test('of another version or timing is refused', () => {
    const payload = createBatch(vibration(2), seed, crypto).payload;
    const reasonOf = (place: number, byte: number): unknown => {
      const decoded = decodeAnchor(payload.with(place, byte));
      return decoded.ok ? 'ok' : [decoded.reason.code, decoded.reason.field];
    };
    expect(reasonOf(0, 2)).toEqual(['unsupported-version', 'version']);
    expect(reasonOf(1, 3)).toEqual(['malformed', 'timing']);
  });
});

test('a sample has one byte-form: no other length, NaN, negative zero, infinity, or time outside the batch', () => {
  const anchor: Anchor = {
    stream: '',
    timing: { kind: 'each', firstTimeMs: 10, lastTimeMs: 20 },
    channels: [{ name: 'a', unit: '' }],
    count: 2,
    root: new Uint8Array(32),
  };
  const bytesOf = (...words: [bigint, bigint]): Uint8Array => {
    const bytes = Buffer.alloc(16);
    for (const [place, word] of words.entries()) bytes.writeBigUInt64BE(word, place * 8);
    return new Uint8Array(bytes);
  };
  const time = 0x4024_0000_0000_0000n;
  const fieldOf = (bytes: Uint8Array, index = 0): string => {
    const decoded = decodeSample(bytes, index, anchor);
    return decoded.ok ? `ok ${decoded.value.values[0]!.value}` : decoded.reason.field;
  };
  expect(fieldOf(bytesOf(time, 0x3ff0_0000_0000_0000n))).toBe('ok 1');
  expect(fieldOf(bytesOf(time, 0x7ff8_0000_0000_0000n))).toBe('ok null');
  expect(fieldOf(bytesOf(time, 0x7ff8_0000_0000_0001n))).toBe('sample a');
  expect(fieldOf(bytesOf(time, 0xfff8_0000_0000_0000n))).toBe('sample a');
  expect(fieldOf(bytesOf(time, 0x8000_0000_0000_0000n))).toBe('sample a');
  expect(fieldOf(bytesOf(time, 0x7ff0_0000_0000_0000n))).toBe('sample a');
  expect(fieldOf(bytesOf(0x7ff8_0000_0000_0000n, 0n))).toBe('sample time');
  expect(fieldOf(bytesOf(0x4022_0000_0000_0000n, 0n))).toBe('sample time');
  expect(fieldOf(bytesOf(time, 0n), 2)).toBe('sample index');
  expect(fieldOf(bytesOf(time, 0n).subarray(1))).toBe('sample');
});
