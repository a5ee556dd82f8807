/**
 * What waits for the next turn: fair across links, bounded for each. Vertices of one peer keep their order.
 */
import type { CheckedVertex, Effects, EngineEvent, Now } from '@tangle/core/engine';
import type { TransactionId, VertexId } from '@tangle/core/ids';
import { MARK, reached } from '@tangle/core/marks';
import type { CheckedTransaction } from '@tangle/core/model';
import type { PeerNumber } from './peers.js';

type WithoutNow<Event> = Event extends { readonly now: Now } ? Omit<Event, 'now'> : never;
/** An event of the engine that has no time yet: it gets the time of its turn. */
export type WaitingEvent = WithoutNow<EngineEvent>;

/** A submission through this node, and who waits for its answer. */
export interface Submission {
  readonly transaction: CheckedTransaction;
  readonly settle: (answer: SubmissionAnswer) => void;
}

export type SubmissionAnswer =
  | { readonly kind: 'accepted'; readonly id: TransactionId }
  | { readonly kind: 'parent-unknown' }
  | { readonly kind: 'invalid-parent' }
  /** The node stops; whether it was stored is not known. The same bytes may be offered again, here or elsewhere. */
  | { readonly kind: 'stopping' };

/** An id in memory: 64 characters and the string's own header. */
const ID_TEXT_BYTES = 80;

interface Link {
  readonly events: WaitingEvent[];
  bytes: number;
}

export class Inbox {
  readonly #bytesPerPeerMax: number;
  readonly #links = new Map<PeerNumber, Link>();
  readonly #submissions: Submission[] = [];

  constructor(bytesPerPeerMax: number) {
    this.#bytesPerPeerMax = bytesPerPeerMax;
  }

  get submissionCount(): number {
    return this.#submissions.length;
  }

  get isEmpty(): boolean {
    return this.#submissions.length === 0 && this.#links.size === 0;
  }

  /** Whether something of a peer with this number or a higher one waits. */
  holdsFrom(least: PeerNumber): boolean {
    for (const peer of this.#links.keys()) if (peer >= least) return true;
    return false;
  }

  /** False where the link's share is full: the message is dropped, and what it held is asked for when it is missed. */
  add(peer: PeerNumber, event: WaitingEvent): boolean {
    const size = sizeOf(event);
    const link = this.#links.get(peer) ?? { events: [], bytes: 0 };
    // The end of a link and its return are never dropped; the transport makes them, not the peer.
    if (size > 0 && link.bytes > 0 && link.bytes + size > this.#bytesPerPeerMax) {
      reached(MARK.inboxFull);
      return false;
    }
    link.events.push(event);
    link.bytes += size;
    this.#links.set(peer, link);
    return true;
  }

  submit(submission: Submission): void {
    this.#submissions.push(submission);
  }

  /**
   * What the next turn handles, up to about `verticesMax` vertices: events of every link in turn, and submissions, which
   * get half of a turn and more only where the peers leave it.
   */
  take(verticesMax: number): { readonly submissions: readonly Submission[]; readonly events: readonly WaitingEvent[] } {
    const submissions = this.#submissions.splice(0, Math.floor(verticesMax / 2));
    const events: WaitingEvent[] = [];
    let vertices = submissions.length;
    while (vertices < verticesMax && this.#links.size > 0) {
      for (const peer of [...this.#links.keys()].sort((left, right) => left - right)) {
        const link = this.#links.get(peer);
        const event = link?.events.shift();
        if (link === undefined || event === undefined) continue;
        events.push(event);
        link.bytes -= sizeOf(event);
        vertices += event.kind === 'received' ? event.vertices.length : 1;
        if (link.events.length === 0) this.#links.delete(peer);
      }
    }
    submissions.push(...this.#submissions.splice(0, Math.max(0, verticesMax - vertices)));
    return { submissions, events };
  }

  /** Nothing will be taken any more: who still waits is told. */
  dismissSubmissions(): readonly Submission[] {
    return this.#submissions.splice(0);
  }
}

/** The event at the time of its turn. Field by field: spreading an object of seven shapes takes a microsecond. */
export function atTime(event: WaitingEvent, now: Now): EngineEvent {
  switch (event.kind) {
    case 'received':
      return { kind: event.kind, now, from: event.from, vertices: event.vertices };
    case 'cited':
    case 'not-held':
      return { kind: event.kind, now, from: event.from, ids: event.ids };
    case 'peer-up':
    case 'peer-down':
      return { kind: event.kind, now, peer: event.peer };
    case 'recalled':
      return { kind: event.kind, now, from: event.from, own: event.own, yours: event.yours };
    case 'tick':
      return { kind: event.kind, now };
  }
}

/** Tells who waits what became of each submission of a turn, once the turn is durable. */
export function settleSubmissions(
  submissions: readonly Submission[],
  { refusals }: Pick<Effects, 'refusals'>,
  isHeld: (id: TransactionId) => boolean,
): void {
  if (submissions.length === 0) return;
  const invalid = new Set<VertexId>();
  for (const { id, reason } of refusals) {
    if (reason.code === 'parent-not-a-transaction') invalid.add(id);
  }
  for (const { transaction, settle } of submissions) {
    const { id } = transaction;
    if (isHeld(id)) settle({ kind: 'accepted', id });
    else settle({ kind: invalid.has(id) ? 'invalid-parent' : 'parent-unknown' });
  }
}

/** Bytes that an event is reckoned with: what it holds of a peer's frames. */
function sizeOf(event: WaitingEvent): number {
  switch (event.kind) {
    case 'received':
      return event.vertices.reduce((sum: number, { bytes }: CheckedVertex) => sum + bytes.length, 0);
    case 'recalled':
      return (event.own?.bytes.length ?? 0) + (event.yours?.bytes.length ?? 0);
    case 'cited':
    case 'not-held':
      return event.ids.length * ID_TEXT_BYTES;
    case 'peer-up':
    case 'peer-down':
    case 'tick':
      return 0;
  }
}
