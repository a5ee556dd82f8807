/**
 * `GET /v1/events` followed for as long as the caller likes: server-sent events over fetch, resumed with
 * `Last-Event-ID` after every cut, at whichever node answers. Positions are the same at all nodes, so the resume point
 * goes along.
 */
import type { Limits } from '../limits.js';
import type { Clock } from '../ports.js';
import type { NodeClient } from './node-client.js';
import type { NodePool } from './node-pool.js';
import type { LedgerEvent } from './wire.js';
import { createParser } from 'eventsource-parser';
import { asTangleError, TangleError } from '../errors.js';
import { onAbort } from '../ports.js';
import { isNodeFailure } from './node-pool.js';
import { Field } from './shape.js';
import { readEvent } from './wire.js';

/** Characters one event may have. */
const EVENT_CHARACTERS_MAX = 1024 * 1024;

/** What the stream yields. Where `resumed` is false, final events before this connection may be missing. */
export type StreamItem = { readonly kind: 'connected'; readonly node: string; readonly resumed: boolean } | LedgerEvent;

export interface EventStreamOptions {
  /** Resume after this position. */
  readonly after?: number | null;
  /** Filter of the route: `kinds`, `issuer`, `id`. */
  readonly query?: string;
  /** Reconnections without an event in between before the last failure is thrown; default never. */
  readonly failuresMax?: number;
}

export interface EventStreamDependencies {
  readonly pool: NodePool;
  readonly clock: Clock;
  readonly limits: Limits;
}

/** Yields until `signal` is aborted; then it returns. */
export async function* followEvents(
  options: EventStreamOptions,
  dependencies: EventStreamDependencies,
  signal: AbortSignal,
): AsyncGenerator<StreamItem, void, undefined> {
  const { pool } = dependencies;
  let lastEventId = options.after === undefined || options.after === null ? null : String(options.after);
  let failures = 0;
  while (!signal.aborted) {
    let client: NodeClient | undefined;
    try {
      client = await pool.next(signal);
      for await (const item of connection(client, lastEventId, options, dependencies, signal)) {
        if (item.kind === 'connected') pool.succeeded(client);
        else failures = 0;
        if (item.kind === 'final') lastEventId = String(item.position);
        else if (item.kind === 'start' && item.position !== null) lastEventId = String(item.position);
        yield item;
      }
      // A node that ends the stream in good order is stopping, or sheds us: somebody else's turn.
      throw new TangleError('node-unreachable', 'the event stream ended', { node: client.url });
    } catch (error) {
      if (signal.aborted) return;
      const failure = asTangleError(error, 'node-unreachable', 'the event stream broke');
      if (client === undefined || !isNodeFailure(failure)) throw failure;
      pool.failed(client, failure);
      failures += 1;
      if (failures >= (options.failuresMax ?? Infinity)) throw failure;
    }
  }
}

async function* connection(
  client: NodeClient,
  lastEventId: string | null,
  options: EventStreamOptions,
  { clock, limits }: EventStreamDependencies,
  signal: AbortSignal,
): AsyncGenerator<StreamItem, void, undefined> {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  const release = onAbort(signal, abort);
  let disarm = clock.schedule(limits.eventSilenceMsMax, abort);
  try {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (lastEventId !== null) headers['last-event-id'] = lastEventId;
    const path = `/v1/events${options.query === undefined ? '' : `?${options.query}`}`;
    const body = await client.openStream(path, headers, controller.signal);
    yield { kind: 'connected', node: client.url, resumed: lastEventId !== null };
    const ready: LedgerEvent[] = [];
    const parser = createParser({
      maxBufferSize: EVENT_CHARACTERS_MAX,
      onEvent: (message) => {
        const event = readEvent(message.event, parseData(message.data, client.url));
        if (event !== null) ready.push(event);
      },
    });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    try {
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        disarm();
        disarm = clock.schedule(limits.eventSilenceMsMax, abort);
        parser.feed(decoder.decode(chunk.value, { stream: true }));
        yield* ready.splice(0);
      }
    } finally {
      reader.releaseLock();
    }
  } catch (error) {
    if (error instanceof TangleError && error.code !== 'closed') throw error;
    throw new TangleError('node-unreachable', 'the event stream broke', { node: client.url, cause: error });
  } finally {
    disarm();
    release();
    controller.abort();
  }
}

function parseData(data: string, node: string): Field {
  try {
    return new Field(JSON.parse(data), 'event', node);
  } catch (error) {
    throw new TangleError('unexpected-response', 'an event is no JSON', { node, cause: error });
  }
}
