/**
 * Whom this API answers. It has no authentication yet, so it must not be reachable through somebody's browser: a page
 * whose name was rebound to 127.0.0.1 sends its own name as Host, a page of another site sends its Origin.
 */
import { isIPv4 } from 'node:net';
import { ProblemError } from './problem.js';

/** `hostname[:port]`; an IPv6 address in brackets. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?$/i;
const ALLOWED = 'localhost, 127.0.0.0/8, [::1]';

/** Names under which requests may address this node, beside loopback; lower case, without port. */
export type AllowedHosts = ReadonlySet<string>;

/** The problem with the request's Host or Origin, or null. */
export function checkHost(
  host: string | undefined,
  origin: string | undefined,
  allowedHosts: AllowedHosts,
): ProblemError | null {
  const name = host === undefined ? null : hostnameOf(host);
  if (name === null || !isAllowed(name, allowedHosts)) return refuse('host-not-allowed', 'Host', host, allowedHosts);
  // `null` (sandboxed frames, files) parses as no URL and is refused as any foreign page.
  if (origin !== undefined) {
    const originName = URL.canParse(origin) ? new URL(origin).hostname : null;
    if (originName === null || !isAllowed(originName, allowedHosts)) {
      return refuse('origin-not-allowed', 'Origin', origin, allowedHosts);
    }
  }
  return null;
}

function hostnameOf(host: string): string | null {
  return HOST.exec(host)?.[1]?.toLowerCase() ?? null;
}

function isAllowed(name: string, allowedHosts: AllowedHosts): boolean {
  return (
    name === 'localhost' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.')) || allowedHosts.has(name)
  );
}

function refuse(
  code: 'host-not-allowed' | 'origin-not-allowed',
  field: string,
  value: string | undefined,
  allowedHosts: AllowedHosts,
): ProblemError {
  const found = value === undefined ? 'missing' : value.slice(0, 100);
  const allowed = [ALLOWED, ...allowedHosts].join(', ');
  return new ProblemError(code, `${field} is ${found}, allowed: ${allowed}`, { field, found, allowed });
}
