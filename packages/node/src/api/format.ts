/** How single values are written in every answer, and read from every request. */
import type { DeviceId, UnixMs } from '@tangle/core/ids';
import { parseDeviceId } from '@tangle/core/model';
import { badParameter } from './problem.js';

/** RFC 3339 with milliseconds. A finer source time loses its rest here and keeps it in its SenML record. */
export function instant(timeMs: UnixMs): string {
  return new Date(timeMs).toISOString();
}

export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/** Unix ms of an RFC 3339 time; what is finer than a millisecond is cut off. */
export function parseInstant(text: string, field: string): UnixMs {
  const timeMs = Date.parse(text);
  // The schema checked the form; this is for times such as a leap second, which the form allows.
  if (Number.isNaN(timeMs)) throw badParameter(field, text, 'RFC 3339 time without leap second');
  return timeMs;
}

/** A device of the path or query. */
export function parseDevice(text: string, field: string): DeviceId {
  const parsed = parseDeviceId(text, field);
  if (!parsed.ok) throw badParameter(field, parsed.reason.found, parsed.reason.allowed);
  return parsed.value.deviceId;
}
