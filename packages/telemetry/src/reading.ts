/**
 * A reading as the rest of the system sees it, every base field resolved, and the limits that make one valid.
 * SenML's own shapes are in record.ts; times in time.ts.
 */
import { failure, type TelemetryFailure } from './failure.js';
import { ABSOLUTE_TIME_MS_MIN, TIME_MS_MAX } from './time.js';

/** What a sensor reports: SenML `v`, `vs`, `vb` or `vd`. Numbers are finite; there is no negative zero. */
export type ReadingValue = number | string | boolean | Uint8Array;

/** One resolved measurement (RFC 8428 section 4.6). */
export interface Reading {
  /** Base name and name: 1 to 256 of `A-Z a-z 0-9 - : . / _`, the first a letter or digit. */
  readonly name: string;
  /** SenML unit, best one of the IANA registry (`Cel`, `%RH`, `W`): 1 to 64 characters. */
  readonly unit?: string;
  readonly value: ReadingValue;
  /** Source time, unix milliseconds, whole or with a fraction (kept to the microsecond until 2106, then to 1 ms). */
  readonly timeMs: number;
  /** Integrated value since some start, in unit-seconds (SenML `s`). */
  readonly sum?: number;
  /** Longest time in seconds before the sensor reports again (SenML `ut`). */
  readonly updateSeconds?: number;
}

/** Readings in one pack. A payload's bytes bound it sooner; this one bounds JSON. */
export const READINGS_MAX = 65_536;
/** A base name is repeated before every name: unbounded, 60 kB of it would unfold to gigabytes. */
export const NAME_CHARACTERS_MAX = 256;
/** As for names: one base unit is shown with every reading. */
export const UNIT_CHARACTERS_MAX = 64;

/** RFC 8428 section 4.5.1. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/;
const LONE_SURROGATE = /[\uD800-\uDFFF]/u;

/** True for a name that a reading may have (RFC 8428 section 4.5.1, at most 256 characters). */
export function isReadingName(name: string): boolean {
  return name.length <= NAME_CHARACTERS_MAX && NAME.test(name);
}

/** True where every character can be written in UTF-8 and read back the same. */
export function isWellFormedText(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** The first rule that a reading breaks, or undefined for one that `packReadings` takes. */
export function checkReading(reading: Reading, record?: number): TelemetryFailure | undefined {
  const { name, unit, value, timeMs, sum, updateSeconds } = reading;
  if (!isReadingName(name)) {
    return failure('bad-name', nameMessage(name), record);
  }
  if (unit !== undefined && (unit.length === 0 || unit.length > UNIT_CHARACTERS_MAX || !isWellFormedText(unit))) {
    return failure('bad-unit', `the unit of ${name} must be 1 to ${UNIT_CHARACTERS_MAX} characters of text`, record);
  }
  if (typeof value === 'string' && !isWellFormedText(value)) {
    return failure('bad-text', `the value of ${name} is not well-formed Unicode text`, record);
  }
  for (const number of [value, sum, updateSeconds]) {
    if (typeof number === 'number' && !Number.isFinite(number)) {
      return failure('not-finite', `${name} has the number ${number}; SenML carries finite numbers only`, record);
    }
  }
  if (!(timeMs >= ABSOLUTE_TIME_MS_MIN && timeMs <= TIME_MS_MAX)) {
    return failure(
      'time-out-of-range',
      `the time of ${name} is ${timeMs} ms; SenML writes absolute times from 1978-07-04T21:24:16Z to the year 9999`,
      record,
    );
  }
  return undefined;
}

export function nameMessage(name: string): string {
  const shown = name.length > 40 ? `${name.slice(0, 40)}...` : name;
  return (
    `the name ${JSON.stringify(shown)} must be 1 to ${NAME_CHARACTERS_MAX} of A-Z a-z 0-9 - : . / _ ` +
    'and start with a letter or digit'
  );
}
