import fc from 'fast-check';
import { unpack as decodeMessagePack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import {
  packReadings,
  TelemetryError,
  unpackReadings,
  type Reading,
  type TelemetryFailureCode,
} from '@tangle/telemetry';

const TIME_MS = 1_700_000_000_123;

function roundTrip(readings: readonly Reading[]): Reading[] {
  const unpacked = unpackReadings(packReadings(readings));
  if (!unpacked.ok) {
    throw new Error(JSON.stringify(unpacked.reason));
  }
  return unpacked.value;
}

function codeOf(action: () => unknown): TelemetryFailureCode | 'accepted' {
  try {
    action();
    return 'accepted';
  } catch (error) {
    if (error instanceof TelemetryError) {
      return error.code;
    }
    throw error;
  }
}

const nameStart = Array.from('ABCXYZabcxyz0189');
const nameRest = [...nameStart, '-', ':', '.', '/', '_'];
const arbitraryName = fc
  .tuple(
    fc.constantFrom(...nameStart),
    fc.array(fc.constantFrom(...nameRest), { maxLength: 40 }).map((characters) => characters.join('')),
  )
  .map(([first, rest]) => first + rest);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const arbitraryValue = fc.oneof(
  finite,
  fc.integer(),
  fc.maxSafeInteger(),
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes)),
);
const arbitraryReading: fc.Arbitrary<Reading> = fc
  .record({
    name: arbitraryName,
    unit: fc.option(fc.constantFrom('Cel', '%RH', 'W', 'm/s2', '°C'), { nil: undefined }),
    value: arbitraryValue,
    timeMs: fc.integer({ min: 2 ** 28 * 1000, max: 253_402_300_799_999 }),
    sum: fc.option(finite, { nil: undefined }),
    updateSeconds: fc.option(finite, { nil: undefined }),
  })
  .map(({ name, unit, value, timeMs, sum, updateSeconds }) => ({
    name,
    ...(unit === undefined ? {} : { unit }),
    value,
    timeMs,
    ...(sum === undefined ? {} : { sum }),
    ...(updateSeconds === undefined ? {} : { updateSeconds }),
  }));

describe('packReadings and unpackReadings', () => {
  it('give back any readings exactly: names, units, values, whole milliseconds and order', () => {
    fc.assert(
      fc.property(fc.array(arbitraryReading, { minLength: 1, maxLength: 30 }), (readings) => {
        expect(roundTrip(readings)).toStrictEqual(readings);
      }),
    );
  });

  it('give back rows of neighbouring times exactly, whatever base times the pack chooses', () => {
    const rows = fc.record({
      startMs: fc.integer({ min: 2 ** 28 * 1000, max: 4_200_000_000_000 }),
      steps: fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 1, maxLength: 20 }),
      channels: fc.uniqueArray(arbitraryName, { minLength: 1, maxLength: 6 }),
    });
    fc.assert(
      fc.property(rows, ({ startMs, steps, channels }) => {
        let timeMs = startMs + 5_000 * steps.length;
        const readings = steps.flatMap((step) => {
          timeMs += step;
          return channels.map((name) => ({ name, value: step, timeMs }));
        });
        expect(roundTrip(readings)).toStrictEqual(readings);
      }),
    );
  });

  it('keep a time between milliseconds to the microsecond', () => {
    for (const timeMs of [TIME_MS + 0.001, TIME_MS + 0.25, TIME_MS + 0.999]) {
      const [first, second] = roundTrip([
        { name: 'a1', value: 1, timeMs: TIME_MS },
        { name: 'a1', value: 2, timeMs },
      ]);
      expect(first?.timeMs).toBe(TIME_MS);
      expect(second?.timeMs).toBeCloseTo(timeMs, 3);
    }
  });

  it('write numbers read from a CSV file so that they come back equal', () => {
    const texts = [
      '73.96732207',
      '74.93588199999998',
      '0.1',
      '-3.93468',
      '1e-320',
      '1.7976931348623157e308',
      '4294967296',
    ];
    const readings = texts.map((text) => ({ name: 'value', value: Number(text), timeMs: TIME_MS }));
    expect(roundTrip(readings).map((reading) => String(reading.value))).toEqual(readings.map((r) => String(r.value)));
  });

  it('write a negative zero as zero', () => {
    expect(Object.is(roundTrip([{ name: 'x', value: -0, timeMs: TIME_MS }])[0]?.value, 0)).toBe(true);
  });

  it('return plain bytes of their own, and binary values that share nothing with the payload', () => {
    const payload = packReadings([{ name: 'image', value: Uint8Array.of(1, 2, 3), timeMs: TIME_MS }]);
    expect(Object.getPrototypeOf(payload)).toBe(Uint8Array.prototype);
    expect(payload.buffer.byteLength).toBe(payload.length);
    const before = Object.keys(payload);
    const unpacked = unpackReadings(payload);
    expect(Object.keys(payload)).toEqual(before);
    payload.fill(0);
    expect(unpacked).toMatchObject({ ok: true, value: [{ value: Uint8Array.of(1, 2, 3) }] });
  });

  it('use the integer labels of RFC 8428 section 6, and base fields for what readings share', () => {
    const payload = packReadings([
      { name: 'rig/TS1', unit: 'Cel', value: 35.5, timeMs: 1_700_000_000_000 },
      { name: 'rig/TS2', unit: 'Cel', value: 40, timeMs: 1_700_000_000_000 },
      { name: 'rig/FS1', unit: 'l/s', value: 9.5, timeMs: 1_700_000_001_000, sum: 7, updateSeconds: 60 },
    ]);
    const records = decodeMessagePack(payload) as readonly Record<string, unknown>[];
    expect(records).toEqual([
      { '-2': 'rig/', '-4': 'Cel', '-3': 1_700_000_000, '0': 'TS1', '2': 35.5 },
      { '0': 'TS2', '2': 40 },
      { '0': 'FS1', '1': 'l/s', '2': 9.5, '5': 7, '6': 1, '7': 60 },
    ]);
  });

  it('are compact: a row of eight channels takes no more than 16 bytes a channel and 10 for its time', () => {
    const names = ['TS1', 'TS2', 'TS3', 'TS4', 'VS1', 'CE', 'CP', 'SE'];
    const row = (timeMs: number): Reading[] => names.map((name, index) => ({ name, value: 57.355 + index, timeMs }));
    const rows = Array.from({ length: 100 }, (_, index) => row(TIME_MS + index * 1_000)).flat();
    expect(packReadings(rows).length).toBeLessThanOrEqual(100 * (8 * 16 + 10) + 5);
    const single = Array.from({ length: 100 }, (_, index) => ({
      name: 'T',
      value: 0.5,
      timeMs: TIME_MS + index * 1_000,
    }));
    expect(packReadings(single).length).toBeLessThanOrEqual(100 * (2 + 1 + 10 + 2) + 10);
  });

  it.each<[TelemetryFailureCode, Partial<Reading>]>([
    ['bad-name', { name: '' }],
    ['bad-name', { name: '_hidden' }],
    ['bad-name', { name: 'Motor temperature' }],
    ['bad-name', { name: 'n'.repeat(257) }],
    ['bad-unit', { unit: '' }],
    ['bad-unit', { unit: 'u'.repeat(65) }],
    ['bad-text', { value: 'half of a pair: \ud800' }],
    ['not-finite', { value: Number.NaN }],
    ['not-finite', { sum: Number.POSITIVE_INFINITY }],
    ['time-out-of-range', { timeMs: 0 }],
    ['time-out-of-range', { timeMs: Number.NaN }],
    ['time-out-of-range', { timeMs: 253_402_300_800_000 }],
  ])('refuse with %s a reading (case %#)', (code, change) => {
    const good: Reading = { name: 'TS1', value: 1, timeMs: TIME_MS };
    expect(codeOf(() => packReadings([good, { ...good, ...change }]))).toBe(code);
  });

  it('refuse nothing at all, and more than the payload may hold', () => {
    expect(codeOf(() => packReadings([]))).toBe('empty');
    const many = Array.from({ length: 200 }, () => ({ name: 'TS1', value: 0.1, timeMs: TIME_MS }));
    expect(codeOf(() => packReadings(many, { payloadBytesMax: 1_000 }))).toBe('too-large');
    const tooMany = Array.from({ length: 65_537 }, () => ({ name: 'TS1', value: 1, timeMs: TIME_MS }));
    expect(codeOf(() => packReadings(tooMany))).toBe('too-many-readings');
  });
});
