/**
 * One subscriber's stream of server-sent events (WHATWG HTML, section 9.2): final events from the store up to now,
 * then live ones, none missing and none twice. The `id:` of a final event is its position, where a client resumes.
 *
 *   start  {position}                                   first of all: every final event after this position follows
 *   witnessed {id}, final {...}, commit {...},
 *   certified {size, root, time}                        what happened, once it was durable here
 *   gap    {afterPosition, toPosition, droppedEvents}   the reader was too slow; final events of that range can be had
 *                                                       by resuming from `afterPosition`
 */
import type { LedgerEvent, LedgerNode } from './ledger-node.js';
import type { ApiLimits } from './limits.js';
import { matches, type Subscription } from './event-hub.js';
import { eventToJson } from './render.js';

/** Comment that keeps an idle stream open. */
const HEARTBEAT = ': heartbeat\n\n';
/** What a client waits before it connects again. */
const RETRY_MS = 1_000;

/**
 * Text of the stream, pulled by the socket: nothing is made before the reader took what came before it. `subscription`
 * is open already. Ends when the subscription is closed; throws what the store throws.
 */
export async function* eventStream(
  node: LedgerNode,
  subscription: Subscription,
  afterPosition: number,
  limits: ApiLimits,
): AsyncGenerator<string, void, void> {
  yield `retry: ${RETRY_MS}\n${frame('start', { position: afterPosition })}`;
  const position = yield* replay(node, subscription, afterPosition, limits.replayPageEvents);
  yield* live(subscription, position, limits.heartbeatMs);
}

/** Final events from the store until there are no more; the answer is the last position it knows. */
async function* replay(
  node: LedgerNode,
  subscription: Subscription,
  afterPosition: number,
  pageEvents: number,
): AsyncGenerator<string, number, void> {
  let position = afterPosition;
  while (!subscription.closed) {
    // What was announced so far is durable, so the read that follows has every final event of it: those can go.
    const { gap, events } = subscription.take();
    const page = await node.finalEventsAfter(position, pageEvents);
    position = page.at(-1)?.position ?? position;
    let text = page
      .filter((event) => matches(subscription.filter, event))
      .map(eventFrame)
      .join('');
    if (gap !== null && gap.droppedOther > 0) text += gapFrame(position, position, gap.droppedOther);
    text += events
      .filter((event) => event.kind !== 'final')
      .map(eventFrame)
      .join('');
    if (text !== '') yield text;
    if (page.length === 0) break;
  }
  return position;
}

async function* live(
  subscription: Subscription,
  afterPosition: number,
  heartbeatMs: number,
): AsyncGenerator<string, void, void> {
  let position = afterPosition;
  while (!subscription.closed) {
    const { gap, events } = subscription.take();
    let text = '';
    if (gap !== null) {
      const toPosition = Math.max(position, gap.toPosition ?? position);
      text += gapFrame(position, toPosition, gap.droppedFinal + gap.droppedOther);
      position = toPosition;
    }
    for (const event of events) {
      if (event.kind === 'final') {
        // Came out of the store already.
        if (event.position <= position) continue;
        position = event.position;
      }
      text += eventFrame(event);
    }
    if (text !== '') yield text;
    await subscription.wait(heartbeatMs);
    if (subscription.isEmpty && !subscription.closed) yield HEARTBEAT;
  }
}

function eventFrame(event: LedgerEvent): string {
  const text = frame(event.kind, eventToJson(event));
  return event.kind === 'final' ? `id: ${event.position}\n${text}` : text;
}

/** Without an `id:`: a client that reconnects after a gap and before the next event gets what it missed. */
function gapFrame(afterPosition: number, toPosition: number, droppedEvents: number): string {
  return frame('gap', { afterPosition, toPosition, droppedEvents });
}

/** JSON has no raw line breaks, so one `data:` line holds it. */
function frame(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
