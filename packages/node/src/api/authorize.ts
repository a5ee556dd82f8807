/**
 * Who may use which route. Every route says so itself (`config.access`), and one that does not is no route: the server
 * does not start. A node without tokens lets everybody do everything, and is kept on loopback by its configuration.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Scope, TokenVerifier } from '../access/index.js';
import { invariant } from '@tangle/core/assert';
import { SCOPE_NAMES } from '../access/index.js';
import { ProblemError } from './problem.js';

/** `anybody`, or whose tokens are taken: those with any of these scopes. */
export type RouteAccess = 'anybody' | readonly Scope[];

/** Reading, which a node may leave open. */
export const READERS: RouteAccess = ['read'];
/** What somebody who submits has to ask first. */
export const READERS_AND_WRITERS: RouteAccess = ['read', 'submit', 'admin'];
export const WRITERS: RouteAccess = ['submit', 'admin'];

/** A route as the server knows it: `/v1/devices/:did`. */
export interface GuardedRoute {
  readonly method: string;
  readonly url: string;
  readonly access: RouteAccess;
}

export interface ApiAccess {
  readonly tokens: TokenVerifier;
  /** Whether routes for readers need a token. */
  readonly reading: 'open' | 'closed';
}

/** What the sender of a request may do. */
export interface Grant {
  /** Public id of the token; null without one. */
  readonly tokenId: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** For answers without an end in sight: whether the token is still good, which may have expired or been revoked. */
  isStillGood(): Promise<boolean>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    grant: Grant;
  }
}

const EVERYTHING = withoutToken(SCOPE_NAMES);
const NOTHING = withoutToken([]);
const READING = withoutToken(['read']);
/** RFC 6750 section 2.1. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/**
 * Checks every request before anything of its body is read. Has to come before the routes; the list it answers with
 * grows as they are added.
 */
export function guardRoutes(app: FastifyInstance, access: ApiAccess | null): readonly GuardedRoute[] {
  const routes: GuardedRoute[] = [];
  app.decorateRequest('grant');
  app.addHook('onRoute', ({ config, method, url }) => {
    invariant(config?.access !== undefined, `route ${String(method)} ${url} does not say who may use it`);
    for (const each of [method].flat()) routes.push({ method: each, url, access: config.access });
  });
  app.addHook('onRequest', async (request) => {
    // Without a route there is nothing to guard: it is answered with a 404.
    const needed = request.routeOptions.config.access ?? 'anybody';
    request.grant = access === null ? EVERYTHING : await grantOf(request, needed, access);
  });
  return routes;
}

async function grantOf(request: FastifyRequest, needed: RouteAccess, access: ApiAccess): Promise<Grant> {
  if (needed === 'anybody') return NOTHING;
  const isOpen = access.reading === 'open' && needed.includes('read');
  const { authorization } = request.headers;
  if (authorization === undefined) {
    if (isOpen) return READING;
    throw new ProblemError('token-missing', `This needs a token with the scope ${namesOf(needed)}`, {
      allowed: namesOf(needed),
    });
  }
  // A wrong token is an error where none is needed too: its bearer believes that it is good.
  const grant = await bearerOf(authorization, access.tokens);
  if (isOpen || needed.some((scope) => grant.scopes.has(scope))) return grant;
  throw insufficientScope(needed, grant);
}

/** The token is good, and for something else. */
export function insufficientScope(needed: readonly Scope[], { scopes }: Grant): ProblemError {
  const found = [...scopes].join(' ');
  const detail = `The token has the scope ${found === '' ? 'none' : found}, this needs ${namesOf(needed)}`;
  return new ProblemError('insufficient-scope', detail, { found, allowed: namesOf(needed) });
}

async function bearerOf(authorization: string, tokens: TokenVerifier): Promise<Grant> {
  const text = BEARER.exec(authorization)?.[1];
  if (text === undefined) throw new ProblemError('token-invalid', 'The Authorization header is not `Bearer TOKEN`');
  const verdict = await tokens.verify(text);
  switch (verdict.kind) {
    case 'known':
      return {
        tokenId: verdict.id,
        scopes: verdict.scopes,
        isStillGood: async () => (await tokens.verify(text)).kind === 'known',
      };
    case 'expired':
      throw new ProblemError('token-expired', `The token expired at ${verdict.expiresAt}`, { id: verdict.id });
    case 'unknown':
      throw new ProblemError('token-invalid', 'The token is not one of this node: never made here, or revoked');
    case 'unreadable':
      throw new ProblemError('tokens-unreadable', 'The node cannot read its tokens; its log says why');
  }
}

function withoutToken(scopes: readonly Scope[]): Grant {
  return { tokenId: null, scopes: new Set(scopes), isStillGood: async () => true };
}

function namesOf(scopes: readonly Scope[]): string {
  return scopes.join(' or ');
}
