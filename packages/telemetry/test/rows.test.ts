import { describe, expect, it } from 'vitest';
import { groupReadingsIntoRows, packReadings, packRow, rowsToReadings, unpackReadings } from '@tangle/telemetry';

const TIME_MS = 1_700_000_000_000;

describe('rows', () => {
  it('come back from a payload as they went in, in order', () => {
    const rows = [
      { timeMs: TIME_MS, values: { TS1: 57.355, TS2: 61.016, state: 'stable' } },
      { timeMs: TIME_MS + 1_000, values: { TS1: 57.262, TS2: 60.996, state: '' } },
      { timeMs: TIME_MS + 500, values: { TS2: 1 } },
    ];
    const unpacked = unpackReadings(packReadings(rowsToReadings(rows)));
    expect(unpacked.ok && groupReadingsIntoRows(unpacked.value)).toEqual(rows);
    expect(unpacked.ok && unpacked.value.map((reading) => reading.name)).toEqual([
      'TS1',
      'TS2',
      'state',
      'TS1',
      'TS2',
      'state',
      'TS2',
    ]);
  });

  it('carry the units of their channels', () => {
    const unpacked = unpackReadings(packRow(TIME_MS, { TS1: 35.1, toString: 'x' }, { units: { TS1: 'Cel' } }));
    expect(unpacked).toEqual({
      ok: true,
      value: [
        { name: 'TS1', unit: 'Cel', value: 35.1, timeMs: TIME_MS },
        { name: 'toString', value: 'x', timeMs: TIME_MS },
      ],
    });
  });

  it('lose nothing where a name comes twice at one time', () => {
    const readings = [1, 2, 3].map((value) => ({ name: 'a1', value, timeMs: TIME_MS }));
    expect(groupReadingsIntoRows(readings)).toEqual(
      [1, 2, 3].map((value) => ({ timeMs: TIME_MS, values: { a1: value } })),
    );
  });
});
