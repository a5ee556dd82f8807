/** Submitting transactions: tips to approve, the signed bytes in, the state of one transaction out. */
import type { TransactionId } from '@tangle/core/ids';
import type { RouteGroup } from '../context.js';
import type { LedgerNode } from '../ledger-node.js';
import { TRANSACTION_OVERHEAD_BYTES } from '@tangle/core/codec';
import { READERS, READERS_AND_WRITERS, WRITERS } from '../authorize.js';
import { responses } from '../context.js';
import { parseDevice } from '../format.js';
import { ProblemError } from '../problem.js';
import { transactionToJson } from '../render.js';
import {
  NO_PARAMETERS,
  SUBMITTED,
  TIPS,
  TIPS_QUERY,
  TRANSACTION,
  TRANSACTION_BODY,
  TRANSACTION_PARAMS,
} from '../schemas.js';

/** `{"transaction":""}` and some white space around it. */
const JSON_OVERHEAD_BYTES = 256;

/** Bytes of the largest transaction of this network. */
export function transactionBytesMax(node: LedgerNode): number {
  return TRANSACTION_OVERHEAD_BYTES + node.genesis.parameters.maxPayload;
}

/** Bytes of the largest JSON body: base64url writes three bytes as four. */
export function jsonBodyBytesMax(node: LedgerNode): number {
  return Math.ceil((transactionBytesMax(node) * 4) / 3) + JSON_OVERHEAD_BYTES;
}

export const registerTransactionRoutes: RouteGroup = (app, { node }) => {
  const bytesMax = transactionBytesMax(node);

  app.get<{ Querystring: { count: number; issuer?: string } }>(
    '/v1/tips',
    {
      config: { access: READERS_AND_WRITERS },
      schema: {
        summary: 'Transactions that a new one may approve',
        operationId: 'getTips',
        tags: ['transactions'],
        querystring: TIPS_QUERY,
        response: responses(200, TIPS),
      },
    },
    async ({ query: { count, issuer } }) => ({
      tips: await node.tips(count, issuer === undefined ? null : parseDevice(issuer, 'issuer')),
    }),
  );

  app.post<{ Body: Uint8Array | { transaction: string } | undefined }>(
    '/v1/transactions',
    {
      config: { access: WRITERS },
      schema: {
        summary: 'Hands in a signed transaction; the same bytes again get the same answer',
        operationId: 'submitTransaction',
        tags: ['transactions'],
        consumes: ['application/octet-stream', 'application/json'],
        querystring: NO_PARAMETERS,
        body: {
          content: {
            'application/octet-stream': { schema: { description: 'the complete signed bytes' } },
            'application/json': { schema: TRANSACTION_BODY },
          },
        },
        response: responses(202, SUBMITTED),
      },
    },
    async ({ body, grant }, reply) => {
      if (body === undefined) {
        const allowed = 'application/octet-stream or application/json with a body';
        throw new ProblemError('unsupported-media-type', `There is no body; allowed: ${allowed}`, { allowed });
      }
      const bytes = body instanceof Uint8Array ? body : Buffer.from(body.transaction, 'base64url');
      if (bytes.length > bytesMax) {
        const limits = { field: 'transaction', found: bytes.length, allowed: `at most ${bytesMax} bytes` };
        throw new ProblemError('body-too-large', `A transaction of ${bytes.length} bytes, ${limits.allowed}`, limits);
      }
      const submitted = await node.submit(bytes, grant.scopes);
      if (!submitted.ok) {
        const { code, detail, extensions, retryAfterMs } = submitted.reason;
        throw new ProblemError(code, detail, extensions, retryAfterMs);
      }
      return reply.code(202).send({ id: submitted.value.id });
    },
  );

  app.get<{ Params: { id: TransactionId } }>(
    '/v1/transactions/:id',
    {
      config: { access: READERS },
      schema: {
        summary: 'One transaction: its status, its place once final, its payload',
        operationId: 'getTransaction',
        tags: ['transactions'],
        params: TRANSACTION_PARAMS,
        querystring: NO_PARAMETERS,
        response: responses(200, TRANSACTION),
      },
    },
    async ({ params: { id } }) => {
      const view = await node.transaction(id);
      if (view === undefined) throw new ProblemError('transaction-not-found', `No transaction ${id} here`, { id });
      return transactionToJson(view);
    },
  );
};
