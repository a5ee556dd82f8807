/**
 * What observers send, before anything of it is read. It is looked at one message at a time, of each observer in turn, when
 * the one before is through the loop; and for no more than a share of the thread's time, however many observers send
 * however much: decoding and checking bytes is what a stranger could keep a node busy with. What has no room is dropped
 * and repaired later, as everywhere; before that nothing more of it is read, for dropping is work too.
 */
import type { ClockPort } from './ports.js';
import type { PeerNumber } from './peers.js';

/** Of the thread's time, the part for what observers send: one of so many. */
const SHARE_PARTS = 4;

export interface ObserverQueueOptions {
  /** Bytes of one observer that wait. */
  readonly bytesPerObserverMax: number;
  readonly clock: ClockPort;
  /** Whether something of an observer still waits for a turn. */
  readonly isBusy: () => boolean;
  /** Reads nothing more of an observer, or goes on. */
  readonly hold: (observer: PeerNumber, isHeld: boolean) => void;
  readonly handle: (observer: PeerNumber, message: Uint8Array) => void;
}

interface Waiting {
  readonly messages: Uint8Array[];
  bytes: number;
  isHeld: boolean;
}

export class ObserverQueue {
  readonly #options: ObserverQueueOptions;
  /** The one whose turn it is comes first. */
  readonly #waiting = new Map<PeerNumber, Waiting>();
  /** Ends the pause; null where there is none. */
  #cancelPause: (() => void) | null = null;
  #stopped = false;

  constructor(options: ObserverQueueOptions) {
    this.#options = options;
  }

  /** False where the observer's part is full. */
  add(observer: PeerNumber, message: Uint8Array): boolean {
    const waiting = this.#waiting.get(observer) ?? { messages: [], bytes: 0, isHeld: false };
    if (waiting.bytes > 0 && waiting.bytes + message.length > this.#options.bytesPerObserverMax) return false;
    waiting.messages.push(message);
    waiting.bytes += message.length;
    this.#waiting.set(observer, waiting);
    if (!waiting.isHeld && 2 * waiting.bytes > this.#options.bytesPerObserverMax) this.#hold(observer, waiting, true);
    this.resume();
    return true;
  }

  /** To be called after each turn too: it may have made room. */
  resume(): void {
    if (this.#stopped || this.#cancelPause !== null || this.#options.isBusy()) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const [observer, waiting] = next;
    const message = waiting.messages.shift();
    this.#waiting.delete(observer);
    if (message === undefined) return;
    waiting.bytes -= message.length;
    if (waiting.isHeld && 4 * waiting.bytes < this.#options.bytesPerObserverMax) this.#hold(observer, waiting, false);
    if (waiting.messages.length > 0) this.#waiting.set(observer, waiting);
    const { clock, handle } = this.#options;
    const sinceMs = clock.monotonicMs();
    handle(observer, message);
    const tookMs = clock.monotonicMs() - sinceMs;
    this.#cancelPause = clock.schedule(tookMs * (SHARE_PARTS - 1), () => {
      this.#cancelPause = null;
      this.resume();
    });
  }

  forget(observer: PeerNumber): void {
    this.#waiting.delete(observer);
  }

  #hold(observer: PeerNumber, waiting: Waiting, isHeld: boolean): void {
    waiting.isHeld = isHeld;
    this.#options.hold(observer, isHeld);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelPause?.();
    this.#waiting.clear();
  }
}
