/**
 * Every error of the API: one table of codes, and the RFC 9457 document made from it. The same codes stand in the SDK,
 * in the errors of the CLI and in the metric `tangle_api_refusals_total`. A code never changes its meaning.
 */
import type { RejectionCode } from '@tangle/core/model';
import type { TransactionCode } from '@tangle/core/validation';

export interface ProblemDefinition {
  readonly status: number;
  /** The same for every occurrence of the code (RFC 9457 section 3.1.3). */
  readonly title: string;
}

/** What went wrong with the request itself. */
const REQUEST_PROBLEMS = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'bad-parameter': { status: 400, title: 'A parameter is not allowed' },
  'token-missing': { status: 401, title: 'This needs a token' },
  'token-invalid': { status: 401, title: 'The token is not one of this node' },
  'token-expired': { status: 401, title: 'The token has expired' },
  'insufficient-scope': { status: 403, title: 'The token is for something else' },
  'host-not-allowed': { status: 403, title: 'The Host header does not name this node' },
  'origin-not-allowed': { status: 403, title: 'Pages of other sites may not use this node' },
  'not-found': { status: 404, title: 'There is no such route' },
  'transaction-not-found': { status: 404, title: 'This node does not hold the transaction' },
  'nothing-certified': { status: 404, title: 'No size of the log is certified yet' },
  'tile-not-found': { status: 404, title: 'The certified log has no such tile or bundle' },
  'not-final': { status: 409, title: 'The transaction is not final yet' },
  'not-certified': { status: 409, title: 'No quorum has cosigned so much of the log yet' },
  'device-not-found': { status: 404, title: 'The device was never registered' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'body-too-large': { status: 413, title: 'The body is larger than a transaction can be' },
  'uri-too-long': { status: 414, title: 'A part of the path is too long' },
  'unsupported-media-type': { status: 415, title: 'The content type is not one that this route takes' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
} as const;

/** What is wrong with a transaction, by its bytes alone (PROTOCOL 3) or by what it approves. */
const VALIDITY_PROBLEMS = {
  malformed: { status: 422, title: 'These bytes are no transaction' },
  'unsupported-version': { status: 422, title: 'The version of the format is not known' },
  'unsupported-suite': { status: 422, title: 'The signature suite is not known' },
  'timestamp-out-of-range': { status: 422, title: 'The timestamp is after year 9999' },
  'wrong-network': { status: 422, title: 'The transaction was signed for another network' },
  'payload-too-large': { status: 422, title: 'The payload is larger than the network allows' },
  'parents-equal': { status: 422, title: 'The two parents are the same transaction' },
  'small-order-key': { status: 422, title: 'The issuer key is one under which anybody can sign' },
  'bad-signature': { status: 422, title: 'The signature does not verify' },
  'parent-unknown': { status: 422, title: 'This node does not hold a parent of the transaction' },
  'parent-not-a-transaction': { status: 422, title: 'A parent is not a transaction' },
} as const;

/** What execution says (PROTOCOL 7), here said at admission already: nothing of it was written. */
const ADMISSION_PROBLEMS = {
  'unknown-device': { status: 403, title: 'The issuer is not registered' },
  revoked: { status: 403, title: 'The issuer was revoked' },
  quarantined: { status: 403, title: 'The issuer is quarantined' },
  'not-authorised': { status: 403, title: 'The role of the issuer does not allow this' },
  'malformed-payload': { status: 422, title: 'The payload cannot be read' },
  'sequence-too-old': { status: 409, title: 'The sequence number is below the replay window' },
  'sequence-used': { status: 409, title: 'The sequence number was used before' },
  'clock-drift': { status: 422, title: 'The timestamp is too far from the clock of this node' },
  'rate-limited': { status: 429, title: 'The issuer sends more than it may' },
  'share-exceeded': { status: 429, title: 'The issuer has its share of a busy node: more must become final first' },
} as const;

/** What is wrong with the node, for now. */
const NODE_PROBLEMS = {
  internal: { status: 500, title: 'The node failed on this request' },
  overloaded: { status: 503, title: 'The node has too much that is not final yet' },
  'disk-full': { status: 503, title: 'The node has too little disk left to accept more' },
  stopping: { status: 503, title: 'The node is stopping' },
  halted: { status: 503, title: 'The node stopped ordering and keeps the evidence' },
  'tokens-unreadable': { status: 503, title: 'The node cannot tell who may use it' },
  'not-ready': { status: 503, title: 'The node is not ready' },
  'too-many-subscriptions': { status: 503, title: 'The node serves as many event streams as it may' },
  'too-many-bundles': { status: 503, title: 'The node sends as many entry bundles as it may' },
  'too-many-backups': { status: 503, title: 'The node makes as many backups as it may' },
  'too-many-exports': { status: 503, title: 'The node serves as many exports as it may' },
} as const;

/** The table. `satisfies` makes the compiler name a code of the core that is missing here. */
export const PROBLEMS = {
  ...REQUEST_PROBLEMS,
  ...VALIDITY_PROBLEMS,
  ...ADMISSION_PROBLEMS,
  ...NODE_PROBLEMS,
} as const satisfies Readonly<Record<TransactionCode | RejectionCode, ProblemDefinition>> &
  Readonly<Record<string, ProblemDefinition>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal of the node whose code is newer than this table. */
const UNLISTED: ProblemDefinition = { status: 422, title: 'The transaction was refused' };
const UNLISTED_FOR_NOW: ProblemDefinition = { status: 503, title: 'The transaction was refused for now' };

/** Fields beside the standard ones; `field`, `found` and `allowed` wherever one thing is to blame. */
export type ProblemExtensions = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** The body of every error, as `application/problem+json`. */
export interface ProblemDocument {
  /** `urn:tangle:problem:CODE`: an identifier, nothing to fetch. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly [extension: string]: unknown;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
/** `WWW-Authenticate` of what a token could have opened (RFC 6750 section 3). */
const CHALLENGES: Readonly<Record<string, string>> = {
  'token-missing': 'Bearer realm="tangle"',
  'token-invalid': 'Bearer realm="tangle", error="invalid_token"',
  'token-expired': 'Bearer realm="tangle", error="invalid_token", error_description="expired"',
  'insufficient-scope': 'Bearer realm="tangle", error="insufficient_scope"',
};
/** `Retry-After` of a 429 or 503 that knows no better. */
const RETRY_AFTER_DEFAULT_MS = 1_000;

/** An error that is answered with its problem document: thrown by routes, sent in one place. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly definition: ProblemDefinition;
  /** Seconds for the `Retry-After` header; null where trying again cannot help. */
  readonly retryAfterSeconds: number | null;

  /** `code` may come from the node and be unknown here; the document then has a general title. */
  constructor(
    readonly code: ProblemCode | (string & {}),
    readonly detail: string,
    readonly extensions: ProblemExtensions = {},
    retryAfterMs: number | null = null,
  ) {
    super(`${code}: ${detail}`);
    this.definition = isListed(code) ? PROBLEMS[code] : retryAfterMs === null ? UNLISTED : UNLISTED_FOR_NOW;
    const { status } = this.definition;
    const waitMs = retryAfterMs ?? (status === 429 || status === 503 ? RETRY_AFTER_DEFAULT_MS : null);
    this.retryAfterSeconds = waitMs === null ? null : Math.max(1, Math.ceil(waitMs / 1_000));
  }

  get status(): number {
    return this.definition.status;
  }

  /** The `WWW-Authenticate` header; null where no token helps. */
  get challenge(): string | null {
    return CHALLENGES[this.code] ?? null;
  }

  toDocument(): ProblemDocument {
    return {
      // First, so that no extension can replace a standard member.
      ...this.extensions,
      type: problemType(this.code),
      title: this.definition.title,
      status: this.status,
      detail: this.detail,
      code: this.code,
    };
  }
}

/** The stable `type` of a code. */
export function problemType(code: string): string {
  return `urn:tangle:problem:${code}`;
}

/** One parameter to blame: which, what was found, what is allowed. */
export function badParameter(field: string, found: string | number, allowed: string): ProblemError {
  return new ProblemError('bad-parameter', `${field} is ${found}, allowed: ${allowed}`, { field, found, allowed });
}

function isListed(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
