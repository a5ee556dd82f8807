/** The node itself: what it is, its metrics, its health, the description of this API. */
import type { RouteGroup } from '../context.js';
import { READERS, READERS_AND_WRITERS } from '../authorize.js';
import { responses } from '../context.js';
import { ProblemError } from '../problem.js';
import { infoToJson } from '../render.js';
import { INFO, NO_PARAMETERS } from '../schemas.js';

const HIDDEN = { schema: { hide: true } };
const FOR_ANYBODY = { ...HIDDEN, config: { access: 'anybody' } } as const;

export const registerInfoRoutes: RouteGroup = (app, { node, metrics }) => {
  const schema = {
    summary: 'The network, and how far this node is',
    operationId: 'getInfo',
    tags: ['node'],
    querystring: NO_PARAMETERS,
    response: responses(200, INFO),
  };
  app.get('/v1/info', { schema, config: { access: READERS_AND_WRITERS } }, async () => infoToJson(await node.info()));

  app.get('/v1/openapi.json', FOR_ANYBODY, async () => app.swagger());

  app.get('/metrics', { ...HIDDEN, config: { access: READERS } }, async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.scrape());
  });

  // Answered by the event loop: that is what it says about the process.
  app.get('/livez', FOR_ANYBODY, async () => ({ status: 'live' }));

  app.get('/readyz', FOR_ANYBODY, async () => {
    const { ready, reasons } = node.readiness();
    if (!ready) throw new ProblemError('not-ready', reasons.join('; '), { reasons });
    return { status: 'ready' };
  });
};
