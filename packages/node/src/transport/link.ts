/**
 * One WebSocket from its first byte to its end: handshake under a deadline, then binary messages both ways with a
 * bounded send buffer and a heartbeat. Which of several links to one peer is kept is the transport's business.
 */
import type { RawData } from 'ws';
import type { CloseReason, EndReason } from './close-codes.js';
import type { AuthenticatedPeer, Handshake, Role } from './handshake.js';
import type { TransportLimits } from './limits.js';
import { WebSocket } from 'ws';
import { invariant } from '@tangle/core/assert';
import { CLOSE_CODES, reasonOfCloseCode, reasonOfError } from './close-codes.js';
import { MESSAGE_BYTES_MAX } from './limits.js';

/** How a link ended. */
export interface LinkEnd {
  readonly reason: EndReason;
  /** Who hung up; a broken connection counts as the peer's doing. */
  readonly by: 'self' | 'peer';
  /** The system's or the library's own words, if there are any. */
  readonly detail: string | null;
}

export interface LinkEvents {
  /** The peer is who it says; from now on messages come and go. */
  established(link: Link, peer: AuthenticatedPeer): void;
  /** A message of the peer; the bytes are the receiver's own. */
  message(link: Link, bytes: Uint8Array): void;
  /** Once, as soon as the link is of no more use; the socket may need a moment longer, see `closed`. */
  ended(link: Link, end: LinkEnd): void;
}

export class Link {
  readonly role: Role;
  /** Settles when the socket is gone. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #handshake: Handshake;
  readonly #limits: TransportLimits;
  readonly #events: LinkEvents;
  readonly #deadline: NodeJS.Timeout;
  #peer: AuthenticatedPeer | null = null;
  #ended = false;
  #heardMs: number;
  #fullSinceMs: number | null = null;
  #sendBufferBytesMax: number;
  #isHeld = false;

  /** @param deadlineMs what is left for the handshake. */
  constructor(
    socket: WebSocket,
    handshake: Handshake,
    limits: TransportLimits,
    deadlineMs: number,
    events: LinkEvents,
  ) {
    this.role = handshake.role;
    this.#socket = socket;
    this.#handshake = handshake;
    this.#limits = limits;
    this.#sendBufferBytesMax = limits.sendBufferBytesMax;
    this.#events = events;
    this.#heardMs = performance.now();
    this.#deadline = setTimeout(() => this.close('handshake-timeout'), deadlineMs);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve());
    });
    if (this.role === 'dialler') socket.once('open', () => this.#write(handshake.hello()));
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on('ping', () => this.#heard());
    socket.on('pong', () => this.#heard());
    socket.on('error', (error) => this.#onError(error));
    socket.once('close', (code) => this.#end({ reason: reasonOfCloseCode(code), by: 'peer', detail: null }));
  }

  /** Null until the handshake is through. */
  get peer(): AuthenticatedPeer | null {
    return this.#peer;
  }

  /** Bytes handed over and not yet taken by the network. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** From now on `send` answers false beyond so many unsent bytes. */
  limitSendBuffer(bytesMax: number): void {
    this.#sendBufferBytesMax = bytesMax;
  }

  /** False where the link has ended or its buffer is full. The bytes must not change afterwards. */
  send(message: Uint8Array): boolean {
    invariant(message.length <= MESSAGE_BYTES_MAX, `a message of ${message.length} bytes is over ${MESSAGE_BYTES_MAX}`);
    if (this.#ended || this.#peer === null || this.#isFull()) return false;
    return this.#write(message);
  }

  /** Reads nothing more for now, or goes on: the peer's sending has to wait then. It is not taken for silent meanwhile. */
  hold(isHeld: boolean): void {
    if (this.#ended) return;
    this.#isHeld = isHeld;
    if (isHeld) this.#socket.pause();
    else this.#socket.resume();
    this.#heard();
  }

  /** Ends the link now; nothing that still arrives is delivered. */
  close(reason: CloseReason): void {
    this.#hangUp(reason);
    this.#end({ reason, by: 'self', detail: null });
  }

  /** Closes a link that another one replaces while both live: what is under way still arrives, either way. */
  retire(): void {
    this.#hangUp('duplicate-link');
  }

  /** Ends the link without a word: the peer does not listen, or what is buffered for it has to go. */
  cut(reason: 'silent-peer' | 'slow-peer'): void {
    this.#end({ reason, by: 'self', detail: null });
    this.#socket.terminate();
  }

  /** The regular look at an established link. `heartbeatMs` have passed since the last one. */
  beat(nowMs: number): void {
    if (this.#ended) return;
    if (this.#isHeld) this.#heardMs = nowMs;
    const silentMs = nowMs - this.#heardMs;
    if (!this.#isFull()) this.#fullSinceMs = null;
    else this.#fullSinceMs ??= nowMs;
    const fullMs = this.#fullSinceMs === null ? 0 : nowMs - this.#fullSinceMs;
    if (fullMs >= this.#limits.slowPeerMs) this.cut('slow-peer');
    else if (silentMs >= this.#limits.silenceMs) this.cut('silent-peer');
    else if (silentMs >= this.#limits.heartbeatMs / 2) this.#ping();
  }

  /** After a stall of this very process: what the peer sent meanwhile was not read, so nothing counts as silence. */
  forgive(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#fullSinceMs = null;
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#ended) return;
    this.#heard();
    if (!isBinary) {
      this.close('text-frame');
      return;
    }
    invariant(Buffer.isBuffer(data), 'a socket of binary type nodebuffer delivers buffers');
    // Copied out of the socket's chunk: a small message kept for long would keep 64 KiB with it.
    const bytes = new Uint8Array(data);
    if (this.#peer === null) this.#authenticate(bytes);
    else this.#events.message(this, bytes);
  }

  #onError(error: Error): void {
    const reason = reasonOfError(error);
    this.#end({ reason, by: reason === 'connection-lost' ? 'peer' : 'self', detail: error.message });
  }

  #authenticate(message: Uint8Array): void {
    const step = this.#handshake.receive(message);
    if (step.kind === 'refused') {
      this.close(step.reason);
      return;
    }
    if (step.send !== null) this.#write(step.send);
    if (step.kind === 'waiting') return;
    clearTimeout(this.#deadline);
    this.#peer = step.peer;
    this.#events.established(this, step.peer);
  }

  /** False where the closing handshake has begun. */
  #write(bytes: Uint8Array): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(bytes, { binary: true });
    return true;
  }

  #ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  #hangUp(reason: CloseReason): void {
    this.#socket.close(CLOSE_CODES[reason], reason);
  }

  #isFull(): boolean {
    return this.#socket.bufferedAmount > this.#sendBufferBytesMax;
  }

  #heard(): void {
    this.#heardMs = performance.now();
  }

  #end(end: LinkEnd): void {
    clearTimeout(this.#deadline);
    if (this.#ended) return;
    this.#ended = true;
    this.#events.ended(this, end);
  }
}
