/**
 * The HTTP server of a node: limits, headers, errors and metrics around the routes. Reads and writes nothing but
 * through `LedgerNode`. Who may use it is in authorize.ts, under which names in host-check.ts.
 */
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { LedgerNode } from './ledger-node.js';
import type { CertifiedKey } from '../tls/index.js';
import swagger from '@fastify/swagger';
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { type ApiAccess, type GuardedRoute, guardRoutes } from './authorize.js';
import { type ApiContext, onEnd } from './context.js';
import { refuseOnSocket, schemaProblem, sendProblem, toProblem } from './errors.js';
import { ConnectionShedder } from './connection-shedder.js';
import { EventHub } from './event-hub.js';
import { type AllowedCallers, answerOrigin, checkHost } from './host-check.js';
import { API_LIMITS, type ApiLimits } from './limits.js';
import { ApiMetrics } from './metrics.js';
import { ProblemError } from './problem.js';
import { registerBackupRoutes } from './routes/backup.js';
import { TLS_VERSION } from '../tls/index.js';
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
  /** Certificate and key; null, the default: plain HTTP. */
  readonly tls?: CertifiedKey | null;
  readonly log: FastifyBaseLogger;
  /** Version of the software, for the OpenAPI document. */
  readonly version: string;
  /** Host names beside loopback under which requests may address the node, lower case, without port. Default: none. */
  readonly allowedHosts?: readonly string[];
  /** Sites whose pages may use this API: `https://dashboard.example`. Default: none. */
  readonly allowedOrigins?: readonly string[];
  /** Whose tokens are taken. Null, the default: everybody may do everything. */
  readonly access?: ApiAccess | null;
  /** What `/metrics` tells beside the numbers of `node` and of this server. */
  readonly observed?: Registry;
  /** For tests. */
  readonly limits?: Partial<ApiLimits>;
}

export interface Api {
  /** Every route there is, and who may use it. */
  readonly routes: readonly GuardedRoute[];
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
  const metrics = new ApiMetrics(node, hub, options.observed);
  const app = createServer(options, limits, metrics);
  shedConnections(app, limits.connectionsMax, metrics);
  closeWhenDone(app, stopping.signal);
  const callers = { hosts: new Set(options.allowedHosts), origins: new Set(options.allowedOrigins) };
  guard(app, callers, stopping.signal, metrics);
  const routes = guardRoutes(app, options.access ?? null);
  parseBodies(app, node);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tangle Ledger node', version, description: 'Errors are RFC 9457 problem documents.' },
    },
  });
  const isPublic = options.access?.reading !== 'closed';
  const context: ApiContext = { node, hub, metrics, limits, isPublic, stopped: stopping.signal };
  // In a plug-in of their own: swagger must be there before it sees routes.
  await app.register(async (scope) => {
    for (const register of [
      registerInfoRoutes,
      registerTransactionRoutes,
      registerDeviceRoutes,
      registerLogRoutes,
      registerStreamRoutes,
      registerBackupRoutes,
    ]) {
      register(scope, context);
    }
  });
  await app.ready();

  return {
    routes,
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
  const http = {
    headersTimeout: limits.headersTimeoutMs,
    maxHeaderSize: limits.headerBytesMax,
    connectionsCheckingInterval: limits.timeoutCheckMs,
  };
  const tls = options.tls ?? null;
  const https = tls && {
    ...http,
    cert: tls.certificate,
    key: tls.key,
    minVersion: TLS_VERSION,
    handshakeTimeout: limits.headersTimeoutMs,
  };
  const app = fastify({
    loggerInstance: options.log,
    // Two lines for every reading would drown the rest; durations and refusals are metrics.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: jsonBodyBytesMax(options.node),
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.connectionTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // One of the two counts. In the types they make two kinds of server; in use they are one.
    ...(https === null ? { http } : ({ https } as object)),
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
  return app;
}

/** A place is kept free for whoever comes next, at the cost of whoever is silent. */
function shedConnections(app: FastifyInstance, connectionsMax: number, metrics: ApiMetrics): void {
  const shedder = new ConnectionShedder(app.server, connectionsMax);
  metrics.watchConnections(shedder);
  app.addHook('preHandler', async ({ raw: { socket } }, reply) => {
    shedder.began(socket);
    onEnd(reply, () => shedder.ended(socket));
  });
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
function guard(app: FastifyInstance, callers: AllowedCallers, stopped: AbortSignal, metrics: ApiMetrics): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    const refused = checkHost(request.headers.host, request.headers.origin, callers);
    if (refused !== null) throw refused;
    if (answerOrigin(request, reply, callers)) return reply;
    if (stopped.aborted) {
      reply.header('connection', 'close');
      throw new ProblemError('stopping', 'The node is stopping; another one may answer');
    }
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    if (route === '/v1/events' || route === '/v1/export' || route === '/v1/backup') return;
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
