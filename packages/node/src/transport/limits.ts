/** Every bound of the transport, with its default and its reason. */

import { FRAME_BYTES_MAX } from '../replica/index.js';

/** Bytes of one message, both ways: what a peer can make us hold before it is decoded. */
export const MESSAGE_BYTES_MAX = FRAME_BYTES_MAX;
/** Frames of one message. Our own sender uses one; each costs an object before the message is whole. */
const FRAGMENTS_MAX = 16;
/** Pieces of one message as the network delivers them: 64 KiB in segments of 1,448 bytes are 46. */
const BUFFERED_CHUNKS_MAX = 64;
/** Bytes of the HTTP request that opens a link. */
export const REQUEST_HEADER_BYTES_MAX = 4_096;

export interface TransportLimits {
  /** From the first byte of a connection to an authenticated link, either side. */
  readonly handshakeMs: number;
  /** How often links are looked at; a peer not heard from since the last look is pinged. */
  readonly heartbeatMs: number;
  /** A peer not heard from for so long is cut: its machine or the way to it is gone. */
  readonly silenceMs: number;
  /** Unsent bytes of one link beyond which `send` answers false. */
  readonly sendBufferBytesMax: number;
  /** The same of a link to an observer: what it misses it asks for. */
  readonly observerSendBufferBytesMax: number;
  /** A link whose buffer stays full for so long is cut: what it holds is stale by then, and memory is ours. */
  readonly slowPeerMs: number;
  /** First delay before dialling again, doubled each time, each delay drawn from its upper half. */
  readonly redialMsMin: number;
  readonly redialMsMax: number;
  /** A link that held for so long counts as stable: the next delay is the first again. */
  readonly stableMs: number;
  /** Connections not authenticated yet, in all: a flood holds no more than these, each for `handshakeMs`. */
  readonly guestsMax: number;
  /** The same for one address. A whole committee on one machine shares one, hence not lower. */
  readonly guestsPerAddressMax: number;
  /** How long a peer may take to answer a close frame. */
  readonly closeMs: number;
  /** One log line of a kind in this time; the others are counted. */
  readonly logIntervalMs: number;
}

export const TRANSPORT_LIMITS: TransportLimits = {
  handshakeMs: 5_000,
  heartbeatMs: 2_000,
  silenceMs: 10_000,
  sendBufferBytesMax: 1_048_576,
  observerSendBufferBytesMax: 262_144,
  slowPeerMs: 10_000,
  redialMsMin: 100,
  redialMsMax: 5_000,
  stableMs: 5_000,
  guestsMax: 64,
  guestsPerAddressMax: 32,
  closeMs: 1_000,
  logIntervalMs: 10_000,
};

/** What every WebSocket of ours is opened with, on either side. */
export function socketOptions(limits: TransportLimits) {
  return {
    // A compressed frame can be a thousand times its size.
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES_MAX,
    maxFragments: FRAGMENTS_MAX,
    maxBufferedChunks: BUFFERED_CHUNKS_MAX,
    closeTimeout: limits.closeMs,
  };
}
