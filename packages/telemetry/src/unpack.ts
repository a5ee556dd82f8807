/** The payload of a telemetry transaction to readings: SenML (RFC 8428) with the labels of its section 6, in MessagePack. */
import { Unpackr } from 'msgpackr';
import { refuse, type TelemetryResult } from './failure.js';
import type { Reading } from './reading.js';
import { LABELS, mustBeUnderstood, setField, type SenmlField, type SenmlRecord } from './record.js';
import { resolveRecords, type ResolveOptions } from './resolve.js';
import { scanPack } from './scan.js';

/** The largest payload that any network may allow (PROTOCOL 2, `maxPayload`). */
export const PAYLOAD_BYTES_MAX = 64_000;

const FIELD_OF_LABEL: ReadonlyMap<unknown, SenmlField> = new Map(
  Object.entries(LABELS).map(([field, label]) => [label, field as SenmlField]),
);

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: false });

/**
 * Readings of a payload, base fields resolved, in the order written. Never throws: a payload is whatever a device signed.
 * Unknown fields are ignored, those whose name ends in `_` refused (`unsupported-field`), as RFC 8428 section 4.4 asks.
 *
 * @example
 * const unpacked = unpackReadings(transaction.payload, { referenceTimeMs: transaction.timestamp });
 * if (unpacked.ok) for (const reading of unpacked.value) show(reading.name, reading.value);
 */
export function unpackReadings(payload: Uint8Array, options: ResolveOptions = {}): TelemetryResult<Reading[]> {
  if (payload.length > PAYLOAD_BYTES_MAX) {
    return refuse('too-large', `the payload has ${payload.length} bytes; at most ${PAYLOAD_BYTES_MAX} are read`);
  }
  const scanned = scanPack(payload);
  if (!scanned.ok) {
    return scanned;
  }
  if (scanned.value.records === 0) {
    return refuse('empty', 'a pack holds at least one record');
  }
  const maps = decode(payload);
  if (maps === undefined) {
    return refuse('malformed', 'the payload is not an array of records');
  }
  let fields = 0;
  const records: SenmlRecord[] = [];
  for (const [index, map] of maps.entries()) {
    fields += map.size;
    const record: SenmlRecord = {};
    for (const [label, value] of map) {
      const field = FIELD_OF_LABEL.get(label);
      if (field !== undefined) {
        // Copied: the decoder's view would keep the whole payload alive and change with it.
        const failed = setField(record, field, value instanceof Uint8Array ? new Uint8Array(value) : value, index);
        if (failed !== undefined) {
          return { ok: false, reason: failed };
        }
      } else if (typeof label === 'string' && mustBeUnderstood(label)) {
        return refuse('unsupported-field', `field ${JSON.stringify(label)} must be understood, and is not`, index);
      }
    }
    records.push(record);
  }
  if (fields !== scanned.value.fields) {
    return refuse('repeated-field', 'a record has the same field twice');
  }
  return resolveRecords(records, options);
}

function decode(payload: Uint8Array): ReadonlyMap<unknown, unknown>[] | undefined {
  let decoded: unknown;
  try {
    // A view of its own, since the decoder hangs a property on what it reads.
    decoded = unpackr.unpack(payload.subarray());
  } catch {
    return undefined;
  }
  return Array.isArray(decoded) && decoded.every((map) => map instanceof Map)
    ? (decoded as ReadonlyMap<unknown, unknown>[])
    : undefined;
}
