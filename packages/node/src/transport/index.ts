/** Authenticated links between nodes. */
export { CLOSE_CODES, reasonOfCloseCode } from './close-codes.js';
export type { CloseReason, EndReason, LostReason } from './close-codes.js';
export { TransportError } from './errors.js';
export type { TransportErrorCode } from './errors.js';
export { MESSAGE_BYTES_MAX, TRANSPORT_LIMITS } from './limits.js';
export type { TransportLimits } from './limits.js';
export type { ListenAddress } from './listener.js';
export { createTransport } from './transport.js';
export type { ObserverPeer, PeerStatus, Transport, TransportOptions, TransportStatus } from './transport.js';
