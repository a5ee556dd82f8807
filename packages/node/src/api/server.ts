/**
 * The HTTP server of a node: limits, headers, errors and metrics around the routes. Reads and writes nothing but
 * through `LedgerNode`. Without authentication it answers loopback names only (host-check.ts).
 */
import type { AddressInfo } from 'node:net';
import type { LedgerNode } from './ledger-node.js';
import swagger from '@fastify/swagger';
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { type ApiContext, onEnd } from './context.js';
import { refuseOnSocket, schemaProblem, sendProblem, toProblem } from './errors.js';
import { EventHub } from './event-hub.js';
import { checkHost } from './host-check.js';
import { API_LIMITS, type ApiLimits } from './limits.js';
import { ApiMetrics } from './metrics.js';
import { ProblemError } from './problem.js';
import { registerDeviceRoutes } from './routes/devices.js';
import { registerInfoRoutes } from './routes/info.js';
import { registerLogRoutes } from './routes/log.js';
import { registerStreamRoutes } from './routes/streams.js';
import { jsonBodyBytesMax, registerTransactionRoutes, transactionBytesMax } from './routes/transactions.js';

export interface ApiOptions {
  readonly node: LedgerNode;
  /** Address to listen on. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: FastifyBaseLogger;
  /** Version of the software, for the OpenAPI document. */
  readonly version: string;
  /** Host names beside loopback under which requests may address the node, lower case, without port. Default: none. */
  readonly allowedHosts?: readonly string[];
  /** For tests. */
  readonly limits?: Partial<ApiLimits>;
}

export interface Api {
  /** Listens; rejects with the error of the socket (`EADDRINUSE`, ...). */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /** Ends event streams and exports, lets other requests finish for a short while, and closes. */
  stop(): Promise<void>;
}

/** Builds the server without listening yet. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { node, version } = options;
  const limits: ApiLimits = { ...API_LIMITS, ...options.limits };
  const stopping = new AbortController();
  const hub = new EventHub(node, limits);
  const metrics = new ApiMetrics(node, hub);
  const app = createServer(options, limits, metrics);
  closeWhenDone(app, stopping.signal);
  guard(app, new Set(options.allowedHosts), stopping.signal, metrics);
  parseBodies(app, node);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tangle Ledger node', version, description: 'Errors are RFC 9457 problem documents.' },
    },
  });
  const context: ApiContext = { node, hub, metrics, limits, stopped: stopping.signal };
  // In a plug-in of their own: swagger must be there before it sees routes.
  await app.register(async (scope) => {
    for (const register of [
      registerInfoRoutes,
      registerTransactionRoutes,
      registerDeviceRoutes,
      registerLogRoutes,
      registerStreamRoutes,
    ]) {
      register(scope, context);
    }
  });
  await app.ready();

  return {
    async start() {
      await app.listen({ host: options.host, port: options.port });
      const { address, port } = app.server.address() as AddressInfo;
      return { host: address, port };
    },
    async stop() {
      stopping.abort();
      hub.close();
      const cut = setTimeout(() => app.server.closeAllConnections(), limits.stopGraceMs);
      try {
        await app.close();
      } finally {
        clearTimeout(cut);
        metrics.clear();
      }
    },
  };
}

function createServer(options: ApiOptions, limits: ApiLimits, metrics: ApiMetrics): FastifyInstance {
  const app = fastify({
    loggerInstance: options.log,
    // Two lines for every reading would drown the rest; durations and refusals are metrics.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: jsonBodyBytesMax(options.node),
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.connectionTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      maxHeaderSize: limits.headerBytesMax,
      connectionsCheckingInterval: limits.timeoutCheckMs,
    },
    forceCloseConnections: 'idle',
    // A request on a kept-alive connection meets our own `stopping` instead.
    return503OnClosing: false,
    // HEAD on an event stream would never end.
    exposeHeadRoutes: false,
    ajv: { customOptions: { removeAdditional: false, verbose: true, allowUnionTypes: true } },
    schemaErrorFormatter: (errors, part) => schemaProblem(errors, part),
    frameworkErrors: (error, _request, reply) => {
      const problem = toProblem(error);
      metrics.countRefusal(problem.code);
      void sendProblem(reply, problem);
    },
    clientErrorHandler: (error, socket) => {
      const problem = refuseOnSocket(error, socket);
      if (problem !== null) metrics.countRefusal(problem.code);
    },
  });
  app.server.maxConnections = limits.connectionsMax;
  return app;
}

/**
 * Once the server stops, closes what is left as soon as no request is under way. Node by itself waits for connections
 * on which nothing was ever asked, and for those that were busy at the moment of closing.
 */
function closeWhenDone(app: FastifyInstance, stopped: AbortSignal): void {
  let underWay = 0;
  const closeIfDone = () => {
    if (stopped.aborted && underWay === 0) app.server.closeAllConnections();
  };
  app.addHook('onRequest', async (_request, reply) => {
    underWay += 1;
    // Not the hook `onResponse`: it is not called where the client goes away first.
    onEnd(reply, () => {
      underWay -= 1;
      setImmediate(closeIfDone);
    });
  });
  stopped.addEventListener('abort', () => setImmediate(closeIfDone), { once: true });
}

/** What holds for every request, whatever its route. */
function guard(
  app: FastifyInstance,
  allowedHosts: ReadonlySet<string>,
  stopped: AbortSignal,
  metrics: ApiMetrics,
): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    const refused = checkHost(request.headers.host, request.headers.origin, allowedHosts);
    if (refused !== null) throw refused;
    if (stopped.aborted) {
      reply.header('connection', 'close');
      throw new ProblemError('stopping', 'The node is stopping; another one may answer');
    }
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    if (route === '/v1/events' || route === '/v1/export') return;
    metrics.observeRequest(request.method, route ?? 'none', reply.statusCode, reply.elapsedTime / 1_000);
  });
  app.setNotFoundHandler(async (request) => {
    const path = request.url.split('?', 1)[0]?.slice(0, 100) ?? '';
    throw new ProblemError('not-found', `${request.method} ${path} is no route of this node`);
  });
  app.setErrorHandler(async (error, request, reply) => {
    const problem = toProblem(error);
    metrics.countRefusal(problem.code);
    if (problem.code === 'internal') request.log.error({ err: error, url: request.url }, 'a request failed');
    return sendProblem(reply, problem);
  });
}

/** Bodies are transactions: bytes, or JSON around them. Each kind has the size of the largest one. */
function parseBodies(app: FastifyInstance, node: LedgerNode): void {
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer', bodyLimit: transactionBytesMax(node) },
    (_request, body, done) => done(null, body),
  );
}
