/** Payloads as an attacker would sign them. Nothing may throw, and every refusal has its code. */
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { packReadings, PAYLOAD_BYTES_MAX, unpackReadings, type TelemetryFailureCode } from '@tangle/telemetry';

const packr = new Packr({ useRecords: false });
const REFERENCE = { referenceTimeMs: 1_700_000_000_000 };

function pack(...records: readonly (readonly [number | string, unknown])[][]): Uint8Array {
  return new Uint8Array(packr.pack(records.map((fields) => new Map(fields))));
}

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function verdict(payload: Uint8Array): TelemetryFailureCode | 'accepted' {
  const unpacked = unpackReadings(payload, REFERENCE);
  return unpacked.ok ? 'accepted' : unpacked.reason.code;
}

describe('unpackReadings', () => {
  it.each<[string, TelemetryFailureCode, Uint8Array]>([
    ['nothing', 'malformed', new Uint8Array()],
    ['an empty pack', 'empty', bytes('90')],
    ['a map instead of an array', 'malformed', bytes('80')],
    ['an array of numbers', 'malformed', bytes('91 01')],
    ['an array bomb', 'malformed', bytes('dc ffff')],
    ['a longer array bomb', 'too-many-readings', bytes('dd ffffffff')],
    ['a map bomb', 'malformed', bytes('91 df ffffffff')],
    ['a text bomb', 'malformed', bytes('91 81 00 db ffffffff 61')],
    ['a binary bomb', 'malformed', bytes('91 81 08 c6 ffffffff 00')],
    ['a cut number', 'malformed', bytes('91 82 00 a1 61 02 cb 0000')],
    ['nested arrays', 'nested', bytes(`91 82 00 a1 61 02 ${'91'.repeat(60_000)}`)],
    ['a nested map', 'nested', bytes('91 82 00 a1 61 02 80')],
    ['nil', 'malformed', bytes('91 82 00 a1 61 02 c0')],
    ['the unused byte', 'malformed', bytes('91 82 00 a1 61 02 c1')],
    ['an extension type', 'malformed', bytes('91 82 00 a1 61 02 d4 72 00')],
    ['a timestamp extension', 'malformed', bytes('91 82 00 a1 61 02 d6 ff 00000000')],
    ['a boolean as a key', 'malformed', bytes('91 81 c3 00')],
    ['bytes after the pack', 'malformed', bytes('91 82 00 a1 61 02 01 00')],
    ['broken UTF-8', 'bad-text', bytes('91 82 00 a1 61 03 a1 ff')],
    ['an encoded surrogate', 'bad-text', bytes('91 82 00 a1 61 03 a3 eda080')],
    ['the same label twice', 'repeated-field', bytes('91 83 00 a1 61 02 01 02 02')],
    ['the same label in two widths', 'repeated-field', bytes('91 83 00 a1 61 02 01 cc02 02')],
    ['an integer beyond 2^53', 'integer-too-large', bytes('91 82 00 a1 61 02 cf 0020000000000001')],
    ['NaN', 'not-finite', bytes('91 82 00 a1 61 02 cb 7ff8000000000000')],
    [
      'text as a value',
      'bad-field-type',
      pack([
        [0, 'a'],
        [2, '1'],
      ]),
    ],
    [
      'text as binary data',
      'bad-field-type',
      pack([
        [0, 'a'],
        [8, 'aGkgCg'],
      ]),
    ],
    [
      'a number as a name',
      'bad-field-type',
      pack([
        [0, 1],
        [2, 1],
      ]),
    ],
    [
      'a number as a boolean',
      'bad-field-type',
      pack([
        [0, 'a'],
        [4, 1],
      ]),
    ],
    ['no name', 'bad-name', pack([[2, 1]])],
    [
      'a name that starts wrongly',
      'bad-name',
      pack([
        [-2, '/'],
        [0, 'a'],
        [2, 1],
      ]),
    ],
    [
      'a name with a space',
      'bad-name',
      pack([
        [0, 'a b'],
        [2, 1],
      ]),
    ],
    [
      'an overlong base name',
      'bad-name',
      pack([
        [-2, 'a'.repeat(257)],
        [2, 1],
      ]),
    ],
    [
      'an overlong base unit',
      'bad-unit',
      pack([
        [-4, 'u'.repeat(65)],
        [0, 'a'],
        [2, 1],
      ]),
    ],
    ['no value', 'missing-value', pack([[0, 'a']])],
    [
      'a sum alone',
      'missing-value',
      pack([
        [0, 'a'],
        [5, 1],
      ]),
    ],
    [
      'two values',
      'several-values',
      pack([
        [0, 'a'],
        [2, 1],
        [4, true],
      ]),
    ],
    [
      'a value that overflows with its base',
      'not-finite',
      pack([
        [-5, 1.7e308],
        [0, 'a'],
        [2, 1.7e308],
      ]),
    ],
    [
      'a later version',
      'bad-version',
      pack([
        [-1, 11],
        [0, 'a'],
        [2, 1],
      ]),
    ],
    [
      'a version of no kind',
      'bad-version',
      pack([
        [-1, 0],
        [0, 'a'],
        [2, 1],
      ]),
    ],
    [
      'two versions',
      'bad-version',
      pack(
        [
          [-1, 10],
          [0, 'a'],
          [2, 1],
        ],
        [
          [-1, 9],
          [0, 'a'],
          [2, 1],
        ],
      ),
    ],
    [
      'a field that must be understood',
      'unsupported-field',
      pack([
        [0, 'a'],
        [2, 1],
        ['crit_', 1],
      ]),
    ],
    [
      'a time after the year 9999',
      'time-out-of-range',
      pack([
        [0, 'a'],
        [2, 1],
        [6, 1e12],
      ]),
    ],
    [
      'a relative time before 1978',
      'time-out-of-range',
      pack([
        [0, 'a'],
        [2, 1],
        [6, -1e12],
      ]),
    ],
    ['65 fields', 'malformed', pack(Array.from({ length: 65 }, (_, label) => [label + 20, 1] as const))],
    ['more than any network allows', 'too-large', new Uint8Array(PAYLOAD_BYTES_MAX + 1)],
  ])('refuses %s with %s', (_title, code, payload) => {
    expect(verdict(payload)).toBe(code);
  });

  it('ignores fields that it does not know', () => {
    const payload = pack([
      [0, 'a'],
      [2, 1],
      [20, 'x'],
      [-20, 2],
      ['note', 'y'],
    ]);
    expect(unpackReadings(payload, REFERENCE)).toEqual({
      ok: true,
      value: [{ name: 'a', value: 1, timeMs: REFERENCE.referenceTimeMs }],
    });
  });

  it('reads numbers in every width that MessagePack has', () => {
    const widths = [
      '7f',
      'ff',
      '40',
      'cc80',
      'cd0100',
      'ce00010000',
      'cf001fffffffffffff',
      'd080',
      'd18000',
      'd280000000',
    ];
    const payload = bytes(`9b ${widths.map((value) => `82 00 a1 61 02 ${value}`).join('')} 82 00 a1 61 02 ca 3fc00000`);
    const unpacked = unpackReadings(payload, REFERENCE);
    expect(unpacked.ok && unpacked.value.map((reading) => reading.value)).toEqual([
      127,
      -1,
      64,
      128,
      256,
      65_536,
      Number.MAX_SAFE_INTEGER,
      -128,
      -32_768,
      -2_147_483_648,
      1.5,
    ]);
  });

  it('counts relative times from the reference, and refuses them without one', () => {
    const payload = pack(
      [
        [0, 'a'],
        [2, 1],
        [6, -2.5],
      ],
      [
        [0, 'b'],
        [2, 2],
      ],
    );
    const unpacked = unpackReadings(payload, REFERENCE);
    expect(unpacked.ok && unpacked.value.map((reading) => reading.timeMs)).toEqual([
      1_699_999_997_500, 1_700_000_000_000,
    ]);
    expect(unpackReadings(payload)).toMatchObject({ ok: false, reason: { code: 'relative-time', record: 0 } });
  });

  it('adds base value and base sum, and lets a later base field take over', () => {
    const payload = pack(
      [
        [-2, 'a/'],
        [-5, 100],
        [-6, 10],
        [-4, 'W'],
        [-3, 1.6e9],
        [0, 'x'],
        [2, 1],
        [5, 1],
      ],
      [
        [-2, 'b/'],
        [-3, 1.7e9],
        [0, 'y'],
        [2, 2],
        [1, 'J'],
        [6, 0.5],
      ],
      [
        [0, 'z'],
        [3, 'on'],
        [6, -1],
      ],
    );
    expect(unpackReadings(payload)).toEqual({
      ok: true,
      value: [
        { name: 'a/x', unit: 'W', value: 101, timeMs: 1.6e12, sum: 11 },
        { name: 'b/y', unit: 'J', value: 102, timeMs: 1.7e12 + 500, sum: 10 },
        { name: 'b/z', unit: 'W', value: 'on', timeMs: 1.7e12 - 1000, sum: 10 },
      ],
    });
  });

  it('never throws, on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
        expect(() => [verdict(payload), verdict(Uint8Array.of(0x91, 0x82, ...payload))]).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws on a good payload with bytes changed, and what it accepts can be packed again', () => {
    const good = packReadings([
      { name: 'rig/TS1', unit: 'Cel', value: 35.1, timeMs: 1_700_000_000_123 },
      { name: 'rig/state', value: 'stable', timeMs: 1_700_000_000_123 },
      { name: 'rig/image', value: Uint8Array.of(1, 2), timeMs: 1_700_000_001_123 },
    ]);
    const change = fc.tuple(fc.nat({ max: good.length - 1 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const payload = new Uint8Array(good);
        for (const [index, byte] of changes) {
          payload[index] = byte;
        }
        const unpacked = unpackReadings(payload, REFERENCE);
        const readings = unpacked.ok ? unpacked.value : [];
        const again = readings.length === 0 ? { ok: true, value: [] } : unpackReadings(packReadings(readings));
        expect(again).toEqual({ ok: true, value: readings });
      }),
      { numRuns: 2_000 },
    );
  });
});
