/**
 * The certified log: as C2SP tlog-tiles serve one (checkpoint, tiles, entry bundles), proof files, and what auditors ask
 * beside them. Tiles never change once they are there, so anybody may keep them for ever.
 */
import type { TransactionId } from '@tangle/core/ids';
import type { RouteGroup } from '../context.js';
import { TIMESTAMP_MS_MAX } from '@tangle/core/ids';
import { encodeBase64, parseTilePath } from '@tangle/core/log';
import { READERS } from '../authorize.js';
import { onEnd, responses } from '../context.js';
import { parseDevice, parseInstant } from '../format.js';
import { badParameter, ProblemError } from '../problem.js';
import {
  CONSISTENCY,
  CONSISTENCY_QUERY,
  LOG_RANGE,
  LOG_RANGE_QUERY,
  NO_PARAMETERS,
  TILE_PARAMS,
  TRANSACTION_PARAMS,
} from '../schemas.js';

const TEXT = 'text/plain; charset=utf-8';
/** A checkpoint is new with every commit: long enough to spare a node the crowd, too short to be noticed. */
const CHECKPOINT_CACHE = 'max-age=1';
const IMMUTABLE = 'max-age=31536000, immutable';
/** A commit takes a few rounds, its cosignatures a round trip. */
const RETRY_AFTER_MS = 1_000;

interface RangeQuery {
  readonly device: string;
  readonly from?: string;
  readonly to?: string;
  readonly cursor?: string;
  readonly limit: number;
}

export const registerLogRoutes: RouteGroup = (app, { node, limits, isPublic }) => {
  const plainText = responses(200, { content: { 'text/plain': { schema: { type: 'string' } } } });
  const { log } = node;
  // A cache that many share would hand what a token opened to those who have none.
  const cached = (policy: string) => `${isPublic ? 'public' : 'private'}, ${policy}`;

  app.get(
    '/checkpoint',
    {
      config: { access: READERS },
      schema: {
        summary: 'The newest certified checkpoint: a signed note (c2sp.org/tlog-checkpoint)',
        operationId: 'getCheckpoint',
        tags: ['log'],
        querystring: NO_PARAMETERS,
        response: plainText,
      },
    },
    async (_request, reply) => {
      const checkpoint = await log.checkpoint();
      if (checkpoint === null) throw new ProblemError('nothing-certified', 'No size of the log is certified yet');
      return reply.type(TEXT).header('cache-control', cached(CHECKPOINT_CACHE)).send(checkpoint);
    },
  );

  let bundles = 0;
  app.get<{ Params: { '*': string } }>(
    '/tile/*',
    {
      config: { access: READERS },
      schema: {
        summary: 'A tile (/tile/L/N[.p/W]) or an entry bundle (/tile/entries/N[.p/W]) of c2sp.org/tlog-tiles',
        operationId: 'getTile',
        tags: ['log'],
        params: TILE_PARAMS,
        querystring: NO_PARAMETERS,
        response: responses(200, { content: { 'application/octet-stream': { schema: { type: 'string' } } } }),
      },
    },
    async ({ params }, reply) => {
      const path = `tile/${params['*']}`;
      const parsed = parseTilePath(path);
      if (!parsed.ok) throw badParameter('path', parsed.reason.found, parsed.reason.allowed);
      if (parsed.value.kind === 'entries') {
        if (bundles >= limits.bundlesMax) {
          const allowed = limits.bundlesMax;
          throw new ProblemError('too-many-bundles', `At most ${allowed} bundles are sent at a time`, { allowed });
        }
        bundles += 1;
        onEnd(reply, () => (bundles -= 1));
      }
      const bytes = await log.resource(parsed.value);
      if (bytes === null) throw new ProblemError('tile-not-found', `The certified log has no ${path} yet`);
      return reply.type('application/octet-stream').header('cache-control', cached(IMMUTABLE)).send(Buffer.from(bytes));
    },
  );

  app.get<{ Params: { id: TransactionId } }>(
    '/v1/transactions/:id/proof',
    {
      config: { access: READERS },
      schema: {
        summary: 'The proof file of a certified transaction (c2sp.org/tlog-proof): it verifies with the genesis alone',
        operationId: 'getProof',
        tags: ['log'],
        params: TRANSACTION_PARAMS,
        querystring: NO_PARAMETERS,
        response: plainText,
      },
    },
    async ({ params: { id } }, reply) => {
      const answer = await log.proof(id);
      switch (answer.kind) {
        case 'proof':
          return reply.type(TEXT).send(answer.text);
        case 'unknown':
          throw new ProblemError('transaction-not-found', `No transaction ${id} here`, { id });
        case 'not-final':
          throw new ProblemError('not-final', `Transaction ${id} has no place in the log yet`, { id }, RETRY_AFTER_MS);
        case 'not-certified':
          throw notCertified(answer.position + 1, answer.certifiedSize);
      }
    },
  );

  app.get<{ Querystring: { from: number; to?: number } }>(
    '/v1/log/consistency',
    {
      config: { access: READERS },
      schema: {
        summary: 'The proof that the log of one size is the start of the log of another (RFC 9162 section 2.1.4)',
        operationId: 'getConsistency',
        tags: ['log'],
        querystring: CONSISTENCY_QUERY,
        response: responses(200, CONSISTENCY),
      },
    },
    async ({ query }) => {
      const certifiedSize = (await log.certified())?.size ?? 0;
      const { from, to = certifiedSize } = query;
      const size = Math.max(from, to);
      if (size > certifiedSize) throw notCertified(size, certifiedSize);
      if (from > to) throw badParameter('from', from, `at most ${to}`);
      return { from, to, hashes: (await log.consistency(from, to)).map(encodeBase64) };
    },
  );

  app.get<{ Querystring: RangeQuery }>(
    '/v1/log/range',
    {
      config: { access: READERS },
      schema: {
        summary: 'Where in the certified log the entries of a device are, by commit time, from <= t < to',
        operationId: 'getLogRange',
        tags: ['log'],
        querystring: LOG_RANGE_QUERY,
        response: responses(200, LOG_RANGE),
      },
    },
    async ({ query: { device, from, to, cursor, limit } }) => {
      const fromMs = from === undefined ? 0 : parseInstant(from, 'from');
      const toMs = to === undefined ? TIMESTAMP_MS_MAX + 1 : parseInstant(to, 'to');
      if (fromMs > toMs) throw badParameter('to', to ?? '', `not before ${from}`);
      const range = log.range(parseDevice(device, 'device'), { fromMs, toMs }, cursor ?? null, limit);
      return range.catch((error: unknown) => {
        if (!(error instanceof RangeError) || cursor === undefined) throw error;
        throw badParameter('cursor', cursor, '`next` of the page before, unchanged');
      });
    },
  );
};

function notCertified(size: number, certifiedSize: number): ProblemError {
  const detail = `The log is certified up to size ${certifiedSize}, and ${size} is needed`;
  return new ProblemError('not-certified', detail, { found: certifiedSize, allowed: size }, RETRY_AFTER_MS);
}
