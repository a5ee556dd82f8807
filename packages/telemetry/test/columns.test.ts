import { describe, expect, it } from 'vitest';
import { rowsToColumns, TelemetryError } from '@tangle/telemetry';

describe('rows as columns', () => {
  it('have a value for every name that any row has, NaN where a row has none', () => {
    const columns = rowsToColumns([
      { timeMs: 1, values: { a: 0.5 } },
      { timeMs: 2, values: { b: -1, a: 7 } },
    ]);
    expect(columns).toEqual({
      names: ['a', 'b'],
      timesMs: Float64Array.of(1, 2),
      values: Float64Array.of(0.5, NaN, 7, -1),
    });
    expect(rowsToColumns([])).toEqual({ names: [], timesMs: new Float64Array(0), values: new Float64Array(0) });
  });

  it('hold numbers only: another value is refused with the index of its row', () => {
    const rows = [
      { timeMs: 1, values: { a: 1 } },
      { timeMs: 2, values: { a: 'on' } },
    ];
    expect(() => rowsToColumns(rows)).toThrow(TelemetryError);
    expect(() => rowsToColumns(rows)).toThrow('reading 1: a must be a number, not a string');
  });
});
