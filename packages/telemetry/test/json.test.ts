import { describe, expect, it } from 'vitest';
import { fromSenmlJson, packReadings, toSenmlJson, unpackReadings, type Reading } from '@tangle/telemetry';

const NOW = { referenceTimeMs: 1_700_000_000_000 };

function read(text: string): Reading[] {
  const parsed = fromSenmlJson(text, NOW);
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.reason));
  }
  return parsed.value;
}

const DEVICE = 'urn:dev:ow:10e2073a01080063';

describe('the examples of RFC 8428 section 5.1', () => {
  it('5.1.1: a single data point', () => {
    expect(read(`[{"n":"${DEVICE}","u":"Cel","v":23.1}]`)).toEqual([
      { name: DEVICE, unit: 'Cel', value: 23.1, timeMs: NOW.referenceTimeMs },
    ]);
  });

  it('5.1.2: several data points of one device', () => {
    const text = `[{"bn":"${DEVICE}:","n":"voltage","u":"V","v":120.1},{"n":"current","u":"A","v":1.2}]`;
    expect(read(text)).toEqual([
      { name: `${DEVICE}:voltage`, unit: 'V', value: 120.1, timeMs: NOW.referenceTimeMs },
      { name: `${DEVICE}:current`, unit: 'A', value: 1.2, timeMs: NOW.referenceTimeMs },
    ]);
  });

  const BASE_TIME = `[
    {"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
    {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},{"n":"current","t":-3,"v":1.4},
    {"n":"current","t":-2,"v":1.5},{"n":"current","t":-1,"v":1.6},{"n":"current","v":1.7}]`;

  it('5.1.2: base time, base unit and times before it', () => {
    const current = (timeMs: number, value: number): Reading => ({
      name: 'urn:dev:ow:10e2073a0108006:current',
      unit: 'A',
      value,
      timeMs,
    });
    expect(read(BASE_TIME)).toEqual([
      { name: 'urn:dev:ow:10e2073a0108006:voltage', unit: 'V', value: 120.1, timeMs: 1_276_020_076_001 },
      current(1_276_020_071_001, 1.2),
      current(1_276_020_072_001, 1.3),
      current(1_276_020_073_001, 1.4),
      current(1_276_020_074_001, 1.5),
      current(1_276_020_075_001, 1.6),
      current(1_276_020_076_001, 1.7),
    ]);
  });

  const TRACK = `[{"bn":"${DEVICE}","bt":1.320067464e+09,"bu":"%RH","v":20},
    {"u":"lon","v":24.30621},{"u":"lat","v":60.07965},
    {"t":60,"v":20.3},{"u":"lon","t":60,"v":24.30622},{"u":"lat","t":60,"v":60.07965},
    {"t":120,"v":20.7},{"u":"lon","t":120,"v":24.30623},{"u":"lat","t":120,"v":60.07966},
    {"u":"%EL","t":150,"v":98},
    {"t":180,"v":21.2},{"u":"lon","t":180,"v":24.30628},{"u":"lat","t":180,"v":60.07967}]`;
  const RESOLVED_TRACK = [
    ['%RH', 1320067464, 20],
    ['lon', 1320067464, 24.30621],
    ['lat', 1320067464, 60.07965],
    ['%RH', 1320067524, 20.3],
    ['lon', 1320067524, 24.30622],
    ['lat', 1320067524, 60.07965],
    ['%RH', 1320067584, 20.7],
    ['lon', 1320067584, 24.30623],
    ['lat', 1320067584, 60.07966],
    ['%EL', 1320067614, 98],
    ['%RH', 1320067644, 21.2],
    ['lon', 1320067644, 24.30628],
    ['lat', 1320067644, 60.07967],
  ].map(([u, t, v]) => ({ n: DEVICE, u, t, v }));

  it('5.1.3 and 5.1.4: measurements over time, and the same resolved', () => {
    expect(toSenmlJson(read(TRACK))).toEqual(RESOLVED_TRACK);
    expect(fromSenmlJson(RESOLVED_TRACK)).toEqual(fromSenmlJson(TRACK));
  });

  it('5.1.5: numbers, text, booleans and data', () => {
    const text = `[{"bn":"${DEVICE}:","n":"temp","u":"Cel","v":23.1},{"n":"label","vs":"Machine Room"},
      {"n":"open","vb":false},{"n":"nfc-reader","vd":"aGkgCg"}]`;
    const readings = read(text);
    expect(readings.map((reading) => reading.value)).toEqual([
      23.1,
      'Machine Room',
      false,
      new TextEncoder().encode('hi \n'),
    ]);
    expect(toSenmlJson(readings)[3]).toEqual({ n: `${DEVICE}:nfc-reader`, vd: 'aGkgCg', t: 1_700_000_000 });
  });

  it('5.1.6: a collection of devices', () => {
    const text = `[{"bn":"2001:db8::2/","bt":1.320078429e+09,"n":"temperature","u":"Cel","v":25.2},
      {"n":"humidity","u":"%RH","v":30},{"bn":"2001:db8::1/","n":"temperature","u":"Cel","v":12.3},
      {"n":"humidity","u":"%RH","v":67}]`;
    expect(read(text).map(({ name, value, timeMs }) => [name, value, timeMs])).toEqual([
      ['2001:db8::2/temperature', 25.2, 1_320_078_429_000],
      ['2001:db8::2/humidity', 30, 1_320_078_429_000],
      ['2001:db8::1/temperature', 12.3, 1_320_078_429_000],
      ['2001:db8::1/humidity', 67, 1_320_078_429_000],
    ]);
  });

  it('survive a payload: JSON to readings to MessagePack and back', () => {
    for (const text of [BASE_TIME, TRACK]) {
      expect(unpackReadings(packReadings(read(text)))).toEqual({ ok: true, value: read(text) });
    }
  });
});

describe('fromSenmlJson', () => {
  it.each([
    ['text that is no JSON', 'malformed', '[{"n":"a"'],
    ['an object', 'malformed', '{"n":"a","v":1}'],
    ['an empty pack', 'empty', '[]'],
    ['a record that is a number', 'malformed', '[1]'],
    ['null as a value', 'bad-field-type', '[{"n":"a","v":null}]'],
    ['a number beyond float64', 'not-finite', '[{"n":"a","v":1e999}]'],
    ['half of a surrogate pair', 'bad-text', '[{"n":"a","vs":"\\ud800"}]'],
    ['padded base64', 'bad-base64url', '[{"n":"a","vd":"aGk="}]'],
    ['base64 of an impossible length', 'bad-base64url', '[{"n":"a","vd":"aGkgC"}]'],
    ['a field that must be understood', 'unsupported-field', '[{"n":"a","v":1,"crit_":1}]'],
    ['a prototype, whose name must be understood', 'unsupported-field', '[{"n":"a","v":1,"__proto__":{"v":2}}]'],
    ['a later version', 'bad-version', '[{"bver":11,"n":"a","v":1}]'],
    ['undefined', 'malformed', undefined],
  ])('refuses %s with %s', (_title, code, json) => {
    expect(fromSenmlJson(json, NOW)).toMatchObject({ ok: false, reason: { code } });
  });

  it('ignores unknown fields of any shape, inherited names too', () => {
    expect(read('[{"n":"a","v":1,"note":{"deep":[1]},"toString":1}]')).toEqual([
      { name: 'a', value: 1, timeMs: NOW.referenceTimeMs },
    ]);
  });

  it('names the record that it refuses', () => {
    expect(fromSenmlJson('[{"n":"a","v":1},{"n":"b"}]', NOW)).toMatchObject({ ok: false, reason: { record: 1 } });
  });
});
