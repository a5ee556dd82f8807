import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/model/index.js';

const textOf = (value: unknown): string => {
  const text = canonicalJson(value);
  if (!text.ok) throw new Error(JSON.stringify(text.reason));
  return text.value;
};

describe('canonical JSON', () => {
  it('writes literals, strings and nesting as RFC 8785 section 3.2.2 does', () => {
    const input: unknown = JSON.parse(
      String.raw`{ "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false], "n": [-0, 10, -7] }`,
    );
    expect(textOf(input)).toBe(
      String.raw`{"literals":[null,true,false],"n":[0,10,-7],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('sorts names by UTF-16 code units as RFC 8785 section 3.2.3 does', () => {
    const input = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(textOf(input)) as Record<string, string>).toSorted()).toEqual(
      Object.values(input).toSorted(),
    );
    expect(textOf(input)).toBe(
      String.raw`{"\r":"Carriage Return","1":"One","` +
        '\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign",' +
        '"\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  it('does not depend on the order of members, and says the same as the input', () => {
    const values = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.string({ unit: 'binary' }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 3, noNullPrototype: true }),
      ),
    })).value;
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, item]) => [key, reversed(item)]),
      );
    };
    fc.assert(
      fc.property(values, (value) => {
        const text = textOf(value);
        expect(JSON.parse(text)).toEqual(value);
        expect(textOf(reversed(value))).toBe(text);
      }),
    );
  });

  it.each([
    ['a fraction', { a: [1, 0.5] }, '$.a[1]'],
    ['an unsafe integer', [2 ** 53], '$[0]'],
    ['infinity', Infinity, '$'],
    ['not a number', { a: NaN }, '$.a'],
    ['undefined', { a: undefined }, '$.a'],
    ['a bigint', 1n, '$'],
    ['a lone high surrogate', ['\ud83d'], '$[0]'],
    ['a lone low surrogate', 'x\ude00', '$'],
    ['a lone surrogate in a name', { a: { '\ud83d': 1 } }, '$.a'],
  ])('refuses %s and says where', (_, value, field) => {
    expect(canonicalJson(value)).toMatchObject({ ok: false, reason: { code: 'malformed', field } });
  });

  it('refuses nesting without bound', () => {
    let value: unknown = 0;
    for (let depth = 0; depth < 100_000; depth++) value = [value];
    expect(canonicalJson(value)).toMatchObject({ ok: false, reason: { found: 'deeper nesting' } });
  });
});
