/**
 * SenML times (RFC 8428 section 4.5.3) are seconds; the ledger's source times are unix milliseconds. Below 2^28 seconds
 * they count from "now", and a pack on a ledger is read years later: only the caller knows which "now" was meant.
 */
import { failure, type TelemetryFailure } from './failure.js';

/** Seconds from which a SenML time is absolute. */
const ABSOLUTE_TIME_SECONDS_MIN = 2 ** 28;
/** The earliest absolute time: 1978-07-04T21:24:16Z. */
export const ABSOLUTE_TIME_MS_MIN = ABSOLUTE_TIME_SECONDS_MIN * 1000;
/** Year 9999, the last that RFC 3339 writes; also the bound of a transaction's timestamp. */
export const TIME_MS_MAX = 253_402_300_799_999;
/** Up to here (the year 2106) a float64 of seconds still tells microseconds apart. */
const MICROSECONDS_UNTIL_MS = 2 ** 32 * 1000;

/** Adds times and takes out the noise of float64 seconds, so that whole milliseconds come back whole. */
function addTimesMs(...parts: readonly number[]): number {
  const timeMs = parts.reduce((sum, part) => sum + part, 0);
  const isFine = parts.every((part) => Math.abs(part) < MICROSECONDS_UNTIL_MS);
  return isFine ? Math.round(timeMs * 1000) / 1000 : Math.round(timeMs);
}

/** Unix milliseconds of base time plus time, or why there are none. */
export function resolveTimeMs(
  baseSeconds: number,
  seconds: number,
  referenceTimeMs: number | undefined,
): number | TelemetryFailure {
  const isAbsolute = baseSeconds + seconds >= ABSOLUTE_TIME_SECONDS_MIN;
  if (!isAbsolute && referenceTimeMs === undefined) {
    return failure('relative-time', `the time ${baseSeconds + seconds} s is relative, and no reference time is known`);
  }
  // Scaled apart, then added: the sum in seconds would lose the digits that a small offset brings.
  const origin = isAbsolute ? 0 : (referenceTimeMs ?? 0);
  const timeMs = addTimesMs(origin, baseSeconds * 1000, seconds * 1000);
  // The lower bound too: what is read here must have an absolute form to be written in again.
  if (!(timeMs >= ABSOLUTE_TIME_MS_MIN && timeMs <= TIME_MS_MAX)) {
    return failure('time-out-of-range', `the time ${timeMs} ms lies outside 1978-07-04T21:24:16Z to the year 9999`);
  }
  return timeMs;
}
