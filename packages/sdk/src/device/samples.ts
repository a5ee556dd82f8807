/** Rows, as a CSV file or a gateway has them, as the samples of one batch. */
import type { Samples } from '@tangle/core/proof';
import type { Row, UnitsByName } from '@tangle/telemetry';
import { checkSamples } from '@tangle/core/proof';
import { rowsToColumns, TelemetryError } from '@tangle/telemetry';
import { invalidArgument } from '../errors.js';

export interface SamplesOptions {
  /** Written before every channel name (SenML base name), such as `urn:dev:gearbox-7:`; default none. */
  readonly stream?: string;
  /** Units by channel name. */
  readonly units?: UnitsByName;
  /** Of a regular clock that starts with the first row; then the other rows' times are not kept. Default: each row's own. */
  readonly ratePerSecond?: number;
}

/**
 * Rows of numbers in ascending time to samples, a channel for each name. A row without a value for a channel has none
 * there. Throws `invalid-argument` on what makes no batch: text, no rows, times that descend.
 * @example
 * const samples = samplesOfRows(rows, { stream: 'gearbox-7/', units: { a1: 'm/s2' }, ratePerSecond: 20_000 });
 */
export function samplesOfRows(rows: readonly Row[], options: SamplesOptions = {}): Samples {
  const { stream = '', units = {}, ratePerSecond } = options;
  const columns = columnsOf(rows);
  const firstTimeMs = columns.timesMs[0] ?? 0;
  const lastTimeMs = columns.timesMs.at(-1) ?? 0;
  const samples: Samples = {
    stream,
    channels: columns.names.map((name) => ({
      name,
      unit: (Object.hasOwn(units, name) ? units[name] : undefined) ?? '',
    })),
    values: columns.values,
    ...(ratePerSecond === undefined
      ? { timing: { kind: 'each', firstTimeMs, lastTimeMs }, timesMs: columns.timesMs }
      : { timing: { kind: 'regular', firstTimeMs, ratePerSecond } }),
  };
  requireSamples(samples);
  return samples;
}

/** Throws `invalid-argument` on samples that make no batch. */
export function requireSamples(samples: Samples): void {
  const refusal = checkSamples(samples);
  if (refusal !== null) throw invalidArgument(`samples.${refusal.field}`, refusal.found, refusal.allowed);
}

function columnsOf(rows: readonly Row[]): ReturnType<typeof rowsToColumns> {
  try {
    return rowsToColumns(rows);
  } catch (error) {
    if (!(error instanceof TelemetryError)) throw error;
    throw invalidArgument('rows', error.message, 'rows of numbers');
  }
}
