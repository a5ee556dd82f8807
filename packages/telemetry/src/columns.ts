/** Rows of numbers as typed arrays: what batches of fast streams are made of. */
import { failure, TelemetryError } from './failure.js';
import type { Row } from './rows.js';

export interface Columns {
  /** Channel names, in the order in which the rows name them first. */
  readonly names: readonly string[];
  /** Source time of each row, unix milliseconds. */
  readonly timesMs: Float64Array;
  /** Row after row, each with a value for every name; NaN where the row has none. */
  readonly values: Float64Array;
}

/**
 * @throws TelemetryError `bad-field-type` for a value that is no number, with the index of its row.
 * @example
 * const { names, timesMs, values } = rowsToColumns([{ timeMs: Date.now(), values: { a1: 0.5, a2: -1.25 } }]);
 */
export function rowsToColumns(rows: readonly Row[]): Columns {
  const places = new Map<string, number>();
  for (const { values } of rows) {
    for (const name of Object.keys(values)) if (!places.has(name)) places.set(name, places.size);
  }
  const timesMs = Float64Array.from(rows, ({ timeMs }) => timeMs);
  const columns = new Float64Array(rows.length * places.size).fill(NaN);
  for (const [index, { values }] of rows.entries()) {
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== 'number') {
        throw new TelemetryError(failure('bad-field-type', `${name} must be a number, not a ${typeof value}`, index));
      }
      columns[index * places.size + (places.get(name) ?? 0)] = value;
    }
  }
  return { names: [...places.keys()], timesMs, values: columns };
}
