/** What a caller hands to `submit`, as the payload of a telemetry transaction. */
import type { Reading, ReadingValue, Row, UnitsByName } from '@tangle/telemetry';
import { TIMESTAMP_MS_MAX } from '@tangle/core/ids';
import { packReadings, rowsToReadings, TelemetryError } from '@tangle/telemetry';
import { invalidArgument, TangleError } from '../errors.js';

/** An instant: a Date, unix ms, or RFC 3339 with its zone. */
export type TimeInput = Date | number | string;
/** Values by channel name. */
export type ReadingValues = Readonly<Record<string, ReadingValue>>;

export interface PayloadOptions {
  /** Source time of values that have none of their own; default: now. */
  readonly time?: TimeInput;
  /** Written before every name (SenML base name), such as `urn:dev:rig-7:`. */
  readonly baseName?: string;
  /** Units by channel name (SenML registry: `Cel`, `bar`, `%RH`). */
  readonly units?: UnitsByName;
}

/** Unix ms of an instant. Throws `invalid-argument`. */
export function toUnixMs(time: TimeInput, field = 'time'): number {
  const allowed = 'a Date, unix milliseconds, or RFC 3339 such as 2026-01-31T12:00:00Z';
  if (typeof time === 'string' && !/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(time)) {
    throw invalidArgument(field, time, allowed);
  }
  const timeMs = typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : time.getTime();
  if (!(timeMs >= 0 && timeMs <= TIMESTAMP_MS_MAX)) throw invalidArgument(field, time, allowed);
  return timeMs;
}

/** Values of one instant, or readings with their own times. */
export function packInput(
  input: ReadingValues | readonly Reading[],
  options: PayloadOptions,
  nowMs: number,
  payloadBytesMax: number,
): Uint8Array {
  const readings = isReadings(input)
    ? input
    : rowsToReadings(
        [{ timeMs: options.time === undefined ? nowMs : toUnixMs(options.time), values: input }],
        options.units,
      );
  return pack(readings, options, payloadBytesMax);
}

/** Rows of one time each. */
export function packRows(rows: readonly Row[], options: PayloadOptions, payloadBytesMax: number): Uint8Array {
  return pack(rowsToReadings(rows, options.units), options, payloadBytesMax);
}

function isReadings(input: ReadingValues | readonly Reading[]): input is readonly Reading[] {
  return Array.isArray(input);
}

function pack(readings: readonly Reading[], { baseName = '' }: PayloadOptions, payloadBytesMax: number): Uint8Array {
  const named = baseName === '' ? readings : readings.map((reading) => ({ ...reading, name: baseName + reading.name }));
  try {
    return packReadings(named, { payloadBytesMax });
  } catch (error) {
    if (!(error instanceof TelemetryError)) throw error;
    throw new TangleError(error.code === 'too-large' ? 'payload-too-large' : 'invalid-argument', error.message, {
      cause: error,
      details: { field: 'readings', reason: error.code },
    });
  }
}
