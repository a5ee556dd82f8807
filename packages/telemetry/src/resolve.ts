/**
 * SenML records to resolved readings (RFC 8428 section 4.6): base fields applied, relative times made absolute.
 * Shared by the binary and the JSON form; order is kept as written.
 */
import { refuse, type TelemetryResult } from './failure.js';
import {
  isReadingName,
  NAME_CHARACTERS_MAX,
  nameMessage,
  UNIT_CHARACTERS_MAX,
  type Reading,
  type ReadingValue,
} from './reading.js';
import type { SenmlRecord } from './record.js';
import { resolveTimeMs } from './time.js';

/** The version of RFC 8428; records of a later one must be refused (section 4.4). */
export const SENML_VERSION = 10;

export interface ResolveOptions {
  /**
   * What SenML times below 2^28 seconds count from, unix milliseconds: for a payload the timestamp of its transaction,
   * for a file the time of reading it. Without it such times are refused (`relative-time`).
   */
  readonly referenceTimeMs?: number;
}

export function resolveRecords(records: readonly SenmlRecord[], options: ResolveOptions): TelemetryResult<Reading[]> {
  const readings: Reading[] = [];
  let version: number | undefined;
  let baseName = '';
  let baseUnit = '';
  let baseTime = 0;
  let baseValue: number | undefined;
  let baseSum: number | undefined;
  for (const [index, record] of records.entries()) {
    if (record.bver !== undefined) {
      const isSupported = Number.isInteger(record.bver) && record.bver >= 1 && record.bver <= SENML_VERSION;
      if (!isSupported || (version !== undefined && version !== record.bver)) {
        return refuse('bad-version', `bver is ${record.bver}; one version from 1 to ${SENML_VERSION} is read`, index);
      }
      version = record.bver;
    }
    baseName = record.bn ?? baseName;
    baseUnit = record.bu ?? baseUnit;
    baseTime = record.bt ?? baseTime;
    baseValue = record.bv ?? baseValue;
    baseSum = record.bs ?? baseSum;

    const suffix = record.n ?? '';
    // Lengths before the strings are joined: joined first, a long base name would cost its length for each record.
    if (baseName.length + suffix.length > NAME_CHARACTERS_MAX) {
      return refuse('bad-name', `base name and name have more than ${NAME_CHARACTERS_MAX} characters`, index);
    }
    const name = baseName + suffix;
    if (!isReadingName(name)) {
      return refuse('bad-name', nameMessage(name), index);
    }
    const unit = record.u ?? baseUnit;
    if (unit.length > UNIT_CHARACTERS_MAX) {
      return refuse('bad-unit', `the unit of ${name} has more than ${UNIT_CHARACTERS_MAX} characters`, index);
    }
    const value = resolveValue(record, baseValue, index);
    if (!value.ok) {
      return value;
    }
    const sum = baseSum === undefined ? record.s : baseSum + (record.s ?? 0);
    if (sum !== undefined && !Number.isFinite(sum)) {
      return refuse('not-finite', `base sum and sum of ${name} overflow`, index);
    }
    const timeMs = resolveTimeMs(baseTime, record.t ?? 0, options.referenceTimeMs);
    if (typeof timeMs !== 'number') {
      return refuse(timeMs.code, timeMs.message, index);
    }
    readings.push({
      name,
      ...(unit === '' ? {} : { unit }),
      value: value.value,
      timeMs,
      ...(sum === undefined ? {} : { sum }),
      ...(record.ut === undefined ? {} : { updateSeconds: record.ut }),
    });
  }
  return { ok: true, value: readings };
}

/** The one value of a record. A record with a sum and no value is legal SenML, but has nothing a `Reading` shows. */
function resolveValue(
  record: SenmlRecord,
  baseValue: number | undefined,
  index: number,
): TelemetryResult<ReadingValue> {
  const values: ReadingValue[] = [];
  if (record.v !== undefined) {
    values.push(baseValue === undefined ? record.v : baseValue + record.v);
  }
  for (const other of [record.vs, record.vb, record.vd]) {
    if (other !== undefined) {
      values.push(other);
    }
  }
  const value = values[0];
  if (value === undefined) {
    return refuse('missing-value', 'a record needs one of v, vs, vb, vd; a sum alone is not read', index);
  }
  if (values.length > 1) {
    return refuse('several-values', 'a record may have only one of v, vs, vb, vd', index);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return refuse('not-finite', 'base value and value overflow', index);
  }
  return { ok: true, value };
}
