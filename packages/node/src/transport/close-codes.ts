/**
 * Why a link ends: the one table of names and WebSocket close codes. The name is also the close frame's reason text,
 * the log's and the metrics' label. Codes from 4000 are ours (RFC 6455 section 7.4.2); none is ever used again.
 */
export const CLOSE_CODES = {
  /** This node shuts down. */
  stopping: 1001,
  /** A handshake message of the wrong form, or out of turn. */
  'malformed-handshake': 4000,
  /** Not authenticated within the deadline. */
  'handshake-timeout': 4001,
  /** The peer speaks a version of the link protocol that this node does not. */
  'unsupported-version': 4002,
  /** The peer's genesis is another one. */
  'wrong-network': 4003,
  /** The index is outside of the committee. */
  'unknown-validator': 4004,
  /** Another node answers at this address than the configuration says. */
  'unexpected-validator': 4005,
  /** The peer claims to be this very validator: a second process on one key, or this node dialled itself. */
  'same-validator': 4006,
  /** The challenge was not signed with the validator's statement key, or the observer's key. */
  'bad-signature': 4007,
  /** Both sides dialled; the link dialled by the one that comes first stays. */
  'duplicate-link': 4008,
  /** A newer link of the same node took over: it restarted, or gave the old link up. */
  replaced: 4009,
  /** Links carry binary frames only. */
  'text-frame': 4010,
  /** The peer took too little of what was sent to it for too long. */
  'slow-peer': 4011,
  /** Nothing was heard from the peer, not even a pong. */
  'silent-peer': 4012,
  /** The observer's key is not in the configuration of this node. */
  'unknown-observer': 4013,
  /** The peer claims to be this very observer. */
  'same-observer': 4014,
} as const;

/** Ends that this node decides. */
export type CloseReason = keyof typeof CLOSE_CODES;

/** Ends that the WebSocket layer or the network decides. */
export type LostReason =
  /** A message above the limit (close code 1009). */
  | 'message-too-large'
  /** A message in too many fragments or pieces (close code 1008). */
  | 'too-many-fragments'
  /** Any other breach of RFC 6455 (close codes 1002, 1007). */
  | 'protocol-error'
  /** Nobody there, no WebSocket there, or the connection broke. */
  | 'connection-lost';

export type EndReason = CloseReason | LostReason;

const REASON_OF_CODE: ReadonlyMap<number, EndReason> = new Map<number, EndReason>([
  ...(Object.keys(CLOSE_CODES) as CloseReason[]).map((reason) => [CLOSE_CODES[reason], reason] as const),
  [1002, 'protocol-error'],
  [1007, 'protocol-error'],
  [1008, 'too-many-fragments'],
  [1009, 'message-too-large'],
]);

/** What the peer's close code says; an unknown one is a lost connection. */
export function reasonOfCloseCode(code: number): EndReason {
  return REASON_OF_CODE.get(code) ?? 'connection-lost';
}

/** What an error of the WebSocket library says about the peer. */
export function reasonOfError(error: Error): LostReason {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 'message-too-large';
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return 'too-many-fragments';
  return code.startsWith('WS_ERR_') ? 'protocol-error' : 'connection-lost';
}
