/** SenML in JSON (RFC 8428 section 5), for files and pipes on the command line and for other people's tools. */
import { failure, refuse, TelemetryError, type TelemetryFailure, type TelemetryResult } from './failure.js';
import { checkReading, READINGS_MAX, type Reading } from './reading.js';
import { LABELS, mustBeUnderstood, setField, type SenmlField, type SenmlRecord } from './record.js';
import { resolveRecords, type ResolveOptions } from './resolve.js';

/** A resolved record in JSON: no base fields, an absolute time in seconds, binary data as base64url without padding. */
export interface SenmlJsonRecord {
  readonly n: string;
  readonly u?: string;
  readonly v?: number;
  readonly vs?: string;
  readonly vb?: boolean;
  readonly vd?: string;
  readonly s?: number;
  readonly t: number;
  readonly ut?: number;
}

/**
 * Resolved readings as SenML JSON records, in the order given, for `JSON.stringify`. The RFC asks for chronological
 * order: sort first where readings of several devices are mixed.
 *
 * @throws TelemetryError for a reading that SenML cannot carry, as `packReadings` does.
 */
export function toSenmlJson(readings: readonly Reading[]): SenmlJsonRecord[] {
  return readings.map((reading, index) => {
    const failed = checkReading(reading, index);
    if (failed !== undefined) {
      throw new TelemetryError(failed);
    }
    const { name, unit, value, timeMs, sum, updateSeconds } = reading;
    return {
      n: name,
      ...(unit === undefined ? {} : { u: unit }),
      ...(typeof value === 'number' ? { v: value } : {}),
      ...(typeof value === 'string' ? { vs: value } : {}),
      ...(typeof value === 'boolean' ? { vb: value } : {}),
      ...(value instanceof Uint8Array ? { vd: toBase64url(value) } : {}),
      ...(sum === undefined ? {} : { s: sum }),
      t: timeMs / 1000,
      ...(updateSeconds === undefined ? {} : { ut: updateSeconds }),
    };
  });
}

/**
 * Readings of a SenML JSON pack: its text, or the value that `JSON.parse` made of it. Never throws. Unknown fields are
 * ignored, those whose name ends in `_` refused.
 *
 * @example
 * const parsed = fromSenmlJson('[{"n":"TS1","u":"Cel","v":35.1}]', { referenceTimeMs: Date.now() });
 */
export function fromSenmlJson(json: unknown, options: ResolveOptions = {}): TelemetryResult<Reading[]> {
  const pack = typeof json === 'string' ? parseJson(json) : json;
  if (!Array.isArray(pack)) {
    return refuse('malformed', 'SenML JSON is an array of records');
  }
  if (pack.length === 0) {
    return refuse('empty', 'a pack holds at least one record');
  }
  if (pack.length > READINGS_MAX) {
    return refuse('too-many-readings', `${pack.length} records; at most ${READINGS_MAX} are read`);
  }
  const records: SenmlRecord[] = [];
  for (const [index, entry] of (pack as readonly unknown[]).entries()) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      return refuse('malformed', 'a record is a JSON object', index);
    }
    const record: SenmlRecord = {};
    for (const [name, value] of Object.entries(entry)) {
      const failed = setJsonField(record, name, value, index);
      if (failed !== undefined) {
        return { ok: false, reason: failed };
      }
    }
    records.push(record);
  }
  return resolveRecords(records, options);
}

function isField(name: string): name is SenmlField {
  return Object.hasOwn(LABELS, name);
}

function setJsonField(record: SenmlRecord, name: string, value: unknown, index: number): TelemetryFailure | undefined {
  if (!isField(name)) {
    return mustBeUnderstood(name)
      ? failure('unsupported-field', `field ${JSON.stringify(name)} must be understood, and is not`, index)
      : undefined;
  }
  if (name !== 'vd') {
    return setField(record, name, value, index);
  }
  const bytes = typeof value === 'string' ? fromBase64url(value) : undefined;
  return bytes === undefined
    ? failure('bad-base64url', 'field vd must be base64url without padding', index)
    : setField(record, name, bytes, index);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toBase64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    return undefined;
  }
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
