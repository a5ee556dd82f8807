/** Answers without an end in sight: server-sent events and the export. Both are bounded in number and paced by their reader. */
import { Readable } from 'node:stream';
import type { TransactionId } from '@tangle/core/ids';
import type { RouteGroup } from '../context.js';
import type { EventFilter } from '../event-hub.js';
import type { LedgerEvent, LedgerNode } from '../ledger-node.js';
import { READERS } from '../authorize.js';
import { onEnd, responses } from '../context.js';
import { eventStream } from '../event-stream.js';
import { parseDevice } from '../format.js';
import { badParameter, ProblemError } from '../problem.js';
import { exportLineToText } from '../render.js';
import { EVENT_KINDS, EVENTS_QUERY, NO_PARAMETERS } from '../schemas.js';

interface EventsQuery {
  readonly issuer?: string;
  readonly id?: readonly TransactionId[];
  readonly kinds?: string;
  readonly lastEventId?: string;
}

/** Characters of export lines sent as one chunk. */
const EXPORT_CHUNK_CHARACTERS = 16_384;

export const registerStreamRoutes: RouteGroup = (app, { node, hub, limits, stopped }) => {
  app.get<{ Querystring: EventsQuery }>(
    '/v1/events',
    {
      config: { access: READERS },
      schema: {
        summary: 'Server-sent events; the id of a final event is its position, resume with Last-Event-ID',
        operationId: 'streamEvents',
        tags: ['events'],
        querystring: EVENTS_QUERY,
        response: responses(200, { content: { 'text/event-stream': { schema: { type: 'string' } } } }),
      },
    },
    async ({ query, headers, grant }, reply) => {
      const filter = filterOf(query);
      const lastEventId = headers['last-event-id'] ?? query.lastEventId;
      const position = lastEventId === undefined ? await lastPosition(node) : parsePosition(String(lastEventId));
      const subscription = hub.open(filter);
      if (subscription === null) {
        throw new ProblemError(
          'too-many-subscriptions',
          `At most ${limits.subscriptionsMax} event streams are served`,
          {
            allowed: limits.subscriptionsMax,
          },
        );
      }
      const watch = setInterval(() => void endUnlessGood(), limits.heartbeatMs);
      const endUnlessGood = async () => {
        if (!(await grant.isStillGood())) hub.release(subscription);
      };
      onEnd(reply, () => {
        clearInterval(watch);
        hub.release(subscription);
      });
      return reply
        .type('text/event-stream; charset=utf-8')
        .send(Readable.from(eventStream(node, subscription, position, limits)));
    },
  );

  let exports = 0;
  app.get(
    '/v1/export',
    {
      config: { access: READERS },
      schema: {
        summary: 'Everything this node holds, as JSON lines',
        operationId: 'export',
        tags: ['node'],
        querystring: NO_PARAMETERS,
        response: responses(200, { content: { 'application/x-ndjson': { schema: { type: 'string' } } } }),
      },
    },
    async (_request, reply) => {
      if (exports >= limits.exportsMax) {
        throw new ProblemError('too-many-exports', `At most ${limits.exportsMax} exports run at a time`, {
          allowed: limits.exportsMax,
        });
      }
      exports += 1;
      onEnd(reply, () => (exports -= 1));
      // A failure or a stop in the middle cuts the connection, so that a part is never taken for the whole.
      return reply.type('application/x-ndjson').send(Readable.from(exportText(node), { signal: stopped }));
    },
  );
};

/** Without `kinds`: everything, or where devices or transactions are named only what concerns them. */
function filterOf({ issuer, id, kinds }: EventsQuery): EventFilter {
  const isNarrow = issuer !== undefined || id !== undefined;
  const wanted = kinds?.split(',') ?? (isNarrow ? ['witnessed', 'final'] : EVENT_KINDS);
  return {
    kinds: new Set(EVENT_KINDS.filter((kind: LedgerEvent['kind']) => wanted.includes(kind))),
    issuer: issuer === undefined ? null : parseDevice(issuer, 'issuer'),
    ids: id === undefined ? null : new Set(id),
  };
}

function parsePosition(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw badParameter('Last-Event-ID', text.slice(0, 40), 'a position in the log');
  return Number(text);
}

/** Where a stream without resume point starts. Position 0 is a commit record, so an empty log has nothing before it. */
async function lastPosition(node: LedgerNode): Promise<number> {
  return Math.max(0, (await node.info()).logSize - 1);
}

async function* exportText(node: LedgerNode): AsyncGenerator<string, void, void> {
  let text = '';
  for await (const line of node.exportLines()) {
    text += exportLineToText(line);
    if (text.length < EXPORT_CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
