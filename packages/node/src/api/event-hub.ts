/**
 * Fans the node's live events out to the subscribers of `/v1/events`, each with a bounded queue. Replay from the store
 * and the text on the wire are in event-stream.ts.
 */
import type { DeviceId, TransactionId } from '@tangle/core/ids';
import type { ApiLimits } from './limits.js';
import type { LedgerEvent, LedgerNode } from './ledger-node.js';

/** Which events one subscriber wants. */
export interface EventFilter {
  readonly kinds: ReadonlySet<LedgerEvent['kind']>;
  /** Only final events of this issuer. A witnessed event does not name one and is left out. */
  readonly issuer: DeviceId | null;
  /** Only these transactions; null = all. Commit and certified events name none and are not filtered by it. */
  readonly ids: ReadonlySet<TransactionId> | null;
}

/** Live events that a subscriber did not take in time. */
export interface Gap {
  readonly droppedFinal: number;
  /** Position of the last dropped final event; null where none of them was final. */
  readonly toPosition: number | null;
  /** All other events, which no store brings back. */
  readonly droppedOther: number;
}

export function matches(filter: EventFilter, event: LedgerEvent): boolean {
  if (!filter.kinds.has(event.kind)) return false;
  switch (event.kind) {
    case 'commit':
    case 'certified':
      return true;
    case 'witnessed':
      return filter.issuer === null && (filter.ids === null || filter.ids.has(event.id));
    case 'final':
      return (
        (filter.issuer === null || filter.issuer === event.issuer) && (filter.ids === null || filter.ids.has(event.id))
      );
  }
}

/** One subscriber's live events: filtered, bounded, taken by a single reader. */
export class Subscription {
  readonly filter: EventFilter;
  readonly #queuedEventsMax: number;
  #queue: LedgerEvent[] = [];
  #gap: Gap | null = null;
  #closed = false;
  /** Called once when there is something to take, or nothing any more. */
  #wake: (() => void) | null = null;

  constructor(filter: EventFilter, queuedEventsMax: number) {
    this.filter = filter;
    this.#queuedEventsMax = queuedEventsMax;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Takes an event in; answers false where the queue was full and what it held became a gap. */
  offer(event: LedgerEvent): boolean {
    if (this.#closed || !matches(this.filter, event)) return true;
    const fits = this.#queue.length < this.#queuedEventsMax;
    if (!fits) this.#dropQueue();
    // What is newest stays: after the gap the reader goes on from here.
    this.#queue.push(event);
    this.#notify();
    return fits;
  }

  /** Everything so far, oldest first; `gap` lies before the first of the events. */
  take(): { readonly gap: Gap | null; readonly events: readonly LedgerEvent[] } {
    const taken = { gap: this.#gap, events: this.#queue };
    this.#gap = null;
    this.#queue = [];
    return taken;
  }

  /** Resolves once there is something to take, the subscription is closed, or the time is over. */
  async wait(timeoutMs: number): Promise<void> {
    if (this.#closed || this.#queue.length > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#notify();
  }

  #dropQueue(): void {
    const finals = this.#queue.filter((event) => event.kind === 'final');
    this.#gap = {
      droppedFinal: (this.#gap?.droppedFinal ?? 0) + finals.length,
      toPosition: finals.at(-1)?.position ?? this.#gap?.toPosition ?? null,
      droppedOther: (this.#gap?.droppedOther ?? 0) + this.#queue.length - finals.length,
    };
    this.#queue = [];
  }

  #notify(): void {
    this.#wake?.();
  }
}

/** All subscribers behind one listener of the node. */
export class EventHub {
  readonly #limits: ApiLimits;
  readonly #subscriptions = new Set<Subscription>();
  readonly #unsubscribe: () => void;
  #closed = false;
  /** Times a subscriber's queue was dropped, since the start. */
  #gaps = 0;

  constructor(node: LedgerNode, limits: ApiLimits) {
    this.#limits = limits;
    this.#unsubscribe = node.subscribe((event) => {
      for (const subscription of this.#subscriptions) {
        if (!subscription.offer(event)) this.#gaps += 1;
      }
    });
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  get gaps(): number {
    return this.#gaps;
  }

  /** Null where the node serves as many as it may, or is stopping. */
  open(filter: EventFilter): Subscription | null {
    if (this.#closed || this.#subscriptions.size >= this.#limits.subscriptionsMax) return null;
    const subscription = new Subscription(filter, this.#limits.queuedEventsMax);
    this.#subscriptions.add(subscription);
    return subscription;
  }

  release(subscription: Subscription): void {
    subscription.close();
    this.#subscriptions.delete(subscription);
  }

  /** Ends every stream. */
  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    for (const subscription of this.#subscriptions) this.release(subscription);
  }
}
