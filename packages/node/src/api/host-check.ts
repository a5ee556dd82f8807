/**
 * Under which names this API is used, and by pages of which sites. Neither is authentication, which is in authorize.ts:
 * both keep somebody's browser from being made a way in. A page whose name was rebound to this machine sends its own
 * name as Host, a page of another site sends its Origin.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isIPv4 } from 'node:net';
import { ProblemError } from './problem.js';

/** `hostname[:port]`; an IPv6 address in brackets. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?$/i;
const ALLOWED = 'localhost, 127.0.0.0/8, [::1]';
/** How long a browser may keep the answer to its preflight, seconds. */
const PREFLIGHT_AGE_SECONDS = 600;

export interface AllowedCallers {
  /** Names under which requests may address this node, beside loopback; lower case, without port. */
  readonly hosts: ReadonlySet<string>;
  /** Sites whose pages may call this node and read its answers: `https://dashboard.example`, exactly as browsers say it. */
  readonly origins: ReadonlySet<string>;
}

/** The problem with the request's Host or Origin, or null. */
export function checkHost(
  host: string | undefined,
  origin: string | undefined,
  allowed: AllowedCallers,
): ProblemError | null {
  const name = host === undefined ? null : hostnameOf(host);
  if (name === null || !isAllowed(name, allowed.hosts)) {
    return refuse('host-not-allowed', 'Host', host, allowed.hosts);
  }
  if (origin === undefined || allowed.origins.has(origin)) return null;
  // `null` (sandboxed frames, files) parses as no URL and is refused as any foreign page.
  const originName = URL.canParse(origin) ? new URL(origin).hostname : null;
  if (originName !== null && isAllowed(originName, allowed.hosts)) return null;
  return refuse('origin-not-allowed', 'Origin', origin, new Set([...allowed.hosts, ...allowed.origins]));
}

/**
 * Lets pages of the allowed sites read the answer (WHATWG Fetch, "CORS protocol"). True where the request was a
 * preflight, which is answered here: it carries no token, and asks for nothing but this.
 */
export function answerOrigin(request: FastifyRequest, reply: FastifyReply, { origins }: AllowedCallers): boolean {
  const { origin, 'access-control-request-method': wanted } = request.headers;
  if (origins.size > 0) reply.header('vary', 'origin');
  if (origin === undefined || !origins.has(origin)) return false;
  reply.header('access-control-allow-origin', origin);
  reply.header('access-control-expose-headers', 'retry-after, www-authenticate');
  if (request.method !== 'OPTIONS' || wanted === undefined) return false;
  reply.header('access-control-allow-methods', 'GET, POST');
  reply.header('access-control-allow-headers', 'authorization, content-type, last-event-id');
  reply.header('access-control-max-age', PREFLIGHT_AGE_SECONDS);
  reply.code(204).send();
  return true;
}

function hostnameOf(host: string): string | null {
  return HOST.exec(host)?.[1]?.toLowerCase() ?? null;
}

function isAllowed(name: string, hosts: ReadonlySet<string>): boolean {
  return name === 'localhost' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.')) || hosts.has(name);
}

function refuse(
  code: 'host-not-allowed' | 'origin-not-allowed',
  field: string,
  value: string | undefined,
  names: ReadonlySet<string>,
): ProblemError {
  const found = value === undefined ? 'missing' : value.slice(0, 100);
  const allowed = [ALLOWED, ...names].join(', ');
  return new ProblemError(code, `${field} is ${found}, allowed: ${allowed}`, { field, found, allowed });
}
