/** Times as they stand in files and options: RFC 3339 or unix seconds. */

const RFC_3339 =
  /^(?<date>\d{4}-\d\d-\d\d)[Tt ](?<time>\d\d:\d\d:\d\d)(?<fraction>\.\d+)?(?<zone>[Zz]|[+-]\d\d:\d\d)?$/;
const UNIX_SECONDS = /^\d{1,15}(?:\.\d+)?$/;

/** What is allowed, for messages. */
export const TIME_FORMS = 'RFC 3339 such as 2026-01-31T12:00:00Z (no zone = UTC) or unix seconds';

/** Unix ms, with a fraction where the text has one; null where it is no time. No zone means UTC. */
export function parseTime(text: string): number | null {
  if (UNIX_SECONDS.test(text)) return toMicroseconds(Number(text) * 1_000);
  const groups = RFC_3339.exec(text)?.groups;
  if (groups === undefined) return null;
  const { date = '', time = '', fraction = '', zone = 'Z' } = groups;
  const wallMs = Date.parse(`${date}T${time}Z`);
  // Date.parse rolls 30 February over into March.
  if (Number.isNaN(wallMs) || new Date(wallMs).toISOString() !== `${date}T${time}.000Z`) return null;
  const offsetMs = offsetOf(zone);
  return offsetMs === null ? null : toMicroseconds(wallMs - offsetMs + Number(`0${fraction}`) * 1_000);
}

/** RFC 3339 in UTC, to the millisecond. */
export function formatTime(timeMs: number): string {
  return new Date(Math.floor(timeMs)).toISOString();
}

function offsetOf(zone: string): number | null {
  if (zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Takes out the noise that float64 seconds bring. */
function toMicroseconds(timeMs: number): number {
  return Math.round(timeMs * 1_000) / 1_000;
}
