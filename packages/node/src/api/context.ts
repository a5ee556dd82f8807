/** What every route needs. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { EventHub } from './event-hub.js';
import type { LedgerNode } from './ledger-node.js';
import type { ApiLimits } from './limits.js';
import type { ApiMetrics } from './metrics.js';
import { PROBLEM } from './schemas.js';

export interface ApiContext {
  readonly node: LedgerNode;
  readonly hub: EventHub;
  readonly metrics: ApiMetrics;
  readonly limits: ApiLimits;
  /** Everybody may read: then answers may be kept by caches that many share. */
  readonly isPublic: boolean;
  /** Aborted when the server stops: long answers end then. */
  readonly stopped: AbortSignal;
}

/** Adds a group of routes. */
export type RouteGroup = (app: FastifyInstance, context: ApiContext) => void;

/** The `response` of a route: its answer, and a problem for everything else. */
export function responses(status: 200 | 202, schema: object): Record<string, object> {
  return {
    [status]: { description: 'Done', ...schema },
    '4xx': { description: 'Refused', content: { 'application/problem+json': { schema: PROBLEM } } },
    '5xx': { description: 'Not possible now', content: { 'application/problem+json': { schema: PROBLEM } } },
  };
}

/** Calls back once, when the answer is out or the client is gone (already, perhaps). */
export function onEnd(reply: FastifyReply, callback: () => void): void {
  if (reply.raw.closed) callback();
  else reply.raw.once('close', callback);
}
