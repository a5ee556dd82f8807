/** Rows, as a CSV file or a gateway has them: one source time and a value for each channel. */
import { packReadings, type PackOptions } from './pack.js';
import type { Reading, ReadingValue } from './reading.js';

export interface Row {
  /** Source time, unix milliseconds. */
  readonly timeMs: number;
  /** Values by channel name, in order (JavaScript lists names that are whole numbers first). */
  readonly values: Readonly<Record<string, ReadingValue>>;
}

export type UnitsByName = Readonly<Record<string, string>>;

/** One reading for each value, row after row; `units` names the unit of a channel where it is known. */
export function rowsToReadings(rows: Iterable<Row>, units: UnitsByName = {}): Reading[] {
  const readings: Reading[] = [];
  for (const { timeMs, values } of rows) {
    for (const [name, value] of Object.entries(values)) {
      const unit = Object.hasOwn(units, name) ? units[name] : undefined;
      readings.push(unit === undefined ? { name, value, timeMs } : { name, unit, value, timeMs });
    }
  }
  return readings;
}

export interface PackRowOptions extends PackOptions {
  readonly units?: UnitsByName;
}

/**
 * The payload of one row.
 *
 * @throws TelemetryError as `packReadings` does.
 * @example
 * const payload = packRow(Date.now(), { TS1: 35.1, PS1: 160.2, state: 'stable' });
 */
export function packRow(timeMs: number, values: Row['values'], options: PackRowOptions = {}): Uint8Array {
  return packReadings(rowsToReadings([{ timeMs, values }], options.units), options);
}

/**
 * Neighbouring readings of one time as rows, in order. A name that comes again at the same time starts a new row, so no
 * value is lost; units, sums and update times are left out.
 */
export function groupReadingsIntoRows(readings: Iterable<Reading>): Row[] {
  const rows: { readonly timeMs: number; readonly values: Map<string, ReadingValue> }[] = [];
  for (const { name, value, timeMs } of readings) {
    const last = rows.at(-1);
    if (last !== undefined && last.timeMs === timeMs && !last.values.has(name)) {
      last.values.set(name, value);
    } else {
      rows.push({ timeMs, values: new Map([[name, value]]) });
    }
  }
  return rows.map(({ timeMs, values }) => ({ timeMs, values: Object.fromEntries(values) }));
}
