/** Readings to the payload of a telemetry transaction: SenML (RFC 8428) with the labels of its section 6, in MessagePack. */
import { Packr } from 'msgpackr';
import { failure, TelemetryError } from './failure.js';
import { checkReading, READINGS_MAX, type Reading, type ReadingValue } from './reading.js';
import { LABELS, type SenmlField } from './record.js';
import { PAYLOAD_BYTES_MAX } from './unpack.js';

export interface PackOptions {
  /** Refuse a pack of more bytes (the network's `maxPayload`). Default 64,000, the most any network allows. */
  readonly payloadBytesMax?: number;
}

const packr = new Packr({ useRecords: false });

/**
 * One pack of one or more readings, in the order given. What all names start with, the time and the unit are written
 * once as base fields. `unpackReadings` gives back equal readings: values exactly (-0 as 0), times as `Reading` says.
 *
 * @throws TelemetryError for a reading that SenML cannot carry (`bad-name`, `not-finite`, `time-out-of-range` ...), for
 * none at all (`empty`) and for more than fit (`too-large`, `too-many-readings`).
 * @example
 * const payload = packReadings([{ name: 'TS1', unit: 'Cel', value: 35.1, timeMs: Date.now() }]);
 */
export function packReadings(readings: readonly Reading[], options: PackOptions = {}): Uint8Array {
  if (readings.length === 0) {
    throw new TelemetryError(failure('empty', 'a pack holds at least one reading'));
  }
  if (readings.length > READINGS_MAX) {
    throw new TelemetryError(failure('too-many-readings', `${readings.length} readings; at most ${READINGS_MAX} fit`));
  }
  for (const [index, reading] of readings.entries()) {
    const failed = checkReading(reading, index);
    if (failed !== undefined) {
      throw new TelemetryError(failed);
    }
  }
  const payload = encode(buildRecords(readings));
  const bytesMax = options.payloadBytesMax ?? PAYLOAD_BYTES_MAX;
  if (payload.length > bytesMax) {
    throw new TelemetryError(
      failure('too-large', `the readings take ${payload.length} bytes; at most ${bytesMax} fit`),
    );
  }
  return payload;
}

function encode(records: readonly LabelledRecord[]): Uint8Array {
  // Declared as Node's Buffer, a type that browsers lack.
  const encoded: unknown = packr.pack(records);
  if (!(encoded instanceof Uint8Array)) {
    throw new TypeError('the MessagePack encoder returned no bytes');
  }
  // A copy: what the encoder returns is a window on its own large buffer.
  return new Uint8Array(encoded);
}

type LabelledRecord = Map<number, ReadingValue>;

function buildRecords(readings: readonly Reading[]): LabelledRecord[] {
  const baseName = commonPrefix(readings);
  const firstUnit = readings[0]?.unit;
  // A base unit cannot be undone for a reading without one.
  const baseUnit = readings.every((reading) => reading.unit !== undefined) ? firstUnit : undefined;
  const timeFields = chooseTimes(readings);
  return readings.map((reading, index) => {
    const record: LabelledRecord = new Map();
    const put = (field: SenmlField, value: ReadingValue | undefined): void => {
      if (value !== undefined) {
        record.set(LABELS[field], value);
      }
    };
    const suffix = reading.name.slice(baseName.length);
    if (index === 0) {
      put('bn', baseName === '' ? undefined : baseName);
      put('bu', baseUnit);
    }
    const time = timeFields[index];
    put('bt', time?.bt);
    put('n', suffix === '' ? undefined : suffix);
    put('u', reading.unit === baseUnit ? undefined : reading.unit);
    put(valueField(reading.value), reading.value);
    put('s', reading.sum);
    put('t', time?.t);
    put('ut', reading.updateSeconds);
    return record;
  });
}

function valueField(value: ReadingValue): SenmlField {
  switch (typeof value) {
    case 'number':
      return 'v';
    case 'string':
      return 'vs';
    case 'boolean':
      return 'vb';
    default:
      return 'vd';
  }
}

/** The start that all names share; empty where writing it once would save nothing. */
function commonPrefix(readings: readonly Reading[]): string {
  let prefix = readings[0]?.name ?? '';
  for (const { name } of readings) {
    let length = 0;
    while (length < prefix.length && prefix[length] === name[length]) {
      length += 1;
    }
    prefix = prefix.slice(0, length);
  }
  const costBytes = 2;
  return prefix.length * (readings.length - 1) > costBytes ? prefix : '';
}

interface TimeFields {
  readonly bt?: number;
  readonly t?: number;
}

/**
 * For every reading a new base time, an offset from the last one, or neither. A run of readings of one time (a row) gets
 * a base time of its own where that is shorter than its offset written for each.
 */
function chooseTimes(readings: readonly Reading[]): readonly TimeFields[] {
  const fields: TimeFields[] = [];
  let baseMs: number | undefined;
  while (fields.length < readings.length) {
    const start = fields.length;
    const timeMs = readings[start]?.timeMs ?? 0;
    let end = start + 1;
    while (readings[end]?.timeMs === timeMs) {
      end += 1;
    }
    const offset = baseMs === undefined ? undefined : (timeMs - baseMs) / 1000;
    const base = timeMs / 1000;
    const isOffsetShorter = offset !== undefined && (end - start) * (1 + numberBytes(offset)) <= 1 + numberBytes(base);
    if (offset !== undefined && (offset === 0 || isOffsetShorter)) {
      const field = offset === 0 ? {} : { t: offset };
      for (let index = start; index < end; index += 1) {
        fields.push(field);
      }
    } else {
      baseMs = timeMs;
      fields.push({ bt: base });
      for (let index = start + 1; index < end; index += 1) {
        fields.push({});
      }
    }
  }
  return fields;
}

/** Bytes that a number takes in MessagePack. */
function numberBytes(value: number): number {
  if (!Number.isInteger(value)) {
    return 9;
  }
  if (value >= -32 && value < 128) {
    return 1;
  }
  const magnitude = value < 0 ? -2 * value - 1 : value;
  return magnitude < 2 ** 8 ? 2 : magnitude < 2 ** 16 ? 3 : magnitude < 2 ** 32 ? 5 : 9;
}
