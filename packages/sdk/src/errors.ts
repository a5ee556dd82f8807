/**
 * The one error class of the SDK. A `code` never changes its meaning; it is either one of SDK_ERROR_CODES or the code
 * of a node's problem document (`unknown-device`, `payload-too-large`, ...), passed on as it came.
 */

/** Codes the SDK itself gives; every other code is a node's. */
export const SDK_ERROR_CODES = {
  'invalid-argument': 'An argument is not what the call takes; `details.field` names it.',
  'invalid-genesis': 'The genesis file breaks a rule; `details.field` names where.',
  'invalid-key': 'Not an Ed25519 key, or a key file whose parts disagree.',
  'key-file-too-open': 'A key file that others may read; it must have mode 0600.',
  'genesis-mismatch': 'A node serves another network than the one asked for.',
  'node-unreachable': 'No answer: refused, reset or no such host.',
  'node-timeout': 'No answer in time.',
  'unexpected-response':
    'An answer of another form than the API promises, or whose bytes do not hash to the id asked for.',
  'payload-too-large': "The payload is above the network's `maxPayload`.",
  'sequence-exhausted': 'The device has used its last sequence number, 2^64 - 1: it needs a new key.',
  'already-submitted': 'The source position is not above the highest one kept under that name.',
  'outbox-locked': 'Another process uses the outbox.',
  'outbox-mismatch': 'The outbox belongs to another device or network.',
  'outbox-damaged': 'A record of the outbox fails its checksum and is not the last one written.',
  'outbox-failed': 'The disk refused a write; what was handed over last may be kept or not.',
  'outbox-full': 'More source names than the outbox keeps.',
  'transaction-rejected': "Final, with the outcome rejected; `details.rejection` has the ledger's code.",
  'genesis-needed': 'Only the genesis file tells whose signatures a proof needs; the hash alone was given.',
  'proof-invalid': 'What a node gave as a proof fails a check; `details.check` names it. Another node is asked first.',
  'no-anchor': 'The transaction anchors no batch, or one that cannot be read.',
  'nothing-to-show': 'The certified log has no entry of the device, or ends before the span.',
  'blob-unavailable': 'The blob store does not give the samples of the batch; `cause` says why where it failed.',
  'blob-does-not-match': 'The blob is not the one that the batch on the ledger commits to.',
  'blob-failed': 'The blob store could not keep the samples; nothing was submitted.',
  closed: 'The device or reader was closed.',
} as const;
export type SdkErrorCode = keyof typeof SDK_ERROR_CODES;

export interface TangleErrorOptions {
  /** Address of the node that caused it. */
  readonly node?: string | undefined;
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  /** Milliseconds after which trying again can help. */
  readonly retryAfterMs?: number | undefined;
  /** Field, found, allowed and whatever else explains it. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** Everything the SDK throws, apart from InvariantError for its own bugs. */
export class TangleError extends Error {
  override readonly name = 'TangleError';
  /** Stable; see SDK_ERROR_CODES. */
  readonly code: string;
  /** Address of the node that caused it, null where none did. */
  readonly node: string | null;
  /** HTTP status of the answer, null where there was none. */
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: SdkErrorCode, message: string, options?: TangleErrorOptions);
  /** With the code of a node. */
  constructor(code: string, message: string, options: TangleErrorOptions & { readonly node: string });
  constructor(code: string, message: string, options: TangleErrorOptions = {}) {
    const place = options.node === undefined ? '' : ` (${options.node})`;
    super(`${code}: ${message}${place}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.node = options.node ?? null;
    this.status = options.status ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.details = options.details ?? {};
  }
}

/** An `invalid-argument` that names the field, what was found and what is allowed. */
export function invalidArgument(field: string, found: unknown, allowed: string): TangleError {
  const shown = typeof found === 'string' ? JSON.stringify(found.slice(0, 80)) : String(found);
  return new TangleError('invalid-argument', `${field} is ${shown}, allowed: ${allowed}`, {
    details: { field, found: shown, allowed },
  });
}

/** Whatever was thrown, as a TangleError: its own, or `fallback` around it. */
export function asTangleError(thrown: unknown, fallback: SdkErrorCode, message: string): TangleError {
  return thrown instanceof TangleError ? thrown : new TangleError(fallback, message, { cause: thrown });
}
