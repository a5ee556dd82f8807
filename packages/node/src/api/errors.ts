/** Turns whatever goes wrong in a request into its problem: errors of fastify, of its validation, of Node's parser, ours. */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifySchemaValidationError } from 'fastify';
import { excerpt } from '@tangle/core/codec';
import { NotServingError } from './ledger-node.js';
import { badParameter, PROBLEM_MEDIA_TYPE, ProblemError, type ProblemCode } from './problem.js';

/** Characters of a stranger's value that are repeated back. */
const FOUND_LENGTH_MAX = 100;

/** Errors of fastify that a request can cause; any other one is ours. */
const FASTIFY_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_MAX_PARAM_LENGTH: 'uri-too-long',
};
/** Errors of Node's HTTP parser, before there is a request. */
const PARSER_CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** The problem to answer with. `internal` keeps the cause for the log and says nothing of it to the client. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof NotServingError) return new ProblemError(error.code, error.message);
  if (isFastifyError(error)) {
    const code = FASTIFY_CODES[error.code];
    if (code !== undefined) return new ProblemError(code, error.message);
    const { statusCode } = error;
    if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
      return new ProblemError('malformed-request', error.message);
    }
  }
  const problem = new ProblemError('internal', 'The node failed on this request; its log says more');
  problem.cause = error;
  return problem;
}

export function sendProblem(reply: FastifyReply, problem: ProblemError): FastifyReply {
  if (problem.retryAfterSeconds !== null) reply.header('retry-after', problem.retryAfterSeconds);
  if (problem.challenge !== null) reply.header('www-authenticate', problem.challenge);
  // Text, so that no response schema drops an extension.
  return reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem.toDocument()));
}

/** Answers on a socket whose request could not even be parsed, and closes it. */
export function refuseOnSocket(error: Error & { readonly code?: string }, socket: Socket): ProblemError | null {
  // Without TLS there is nothing to answer in: what was read was no handshake, or half of one.
  const isTls = /^ERR_(?:SSL|TLS)_/.test(error.code ?? '');
  if (error.code === 'ECONNRESET' || isTls || !socket.writable) {
    socket.destroy();
    return null;
  }
  const code = PARSER_CODES[error.code ?? ''] ?? 'malformed-request';
  const problem = new ProblemError(code, `The request cannot be read (${error.code ?? error.message})`);
  const body = JSON.stringify(problem.toDocument());
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.definition.title}\r\ncontent-type: ${PROBLEM_MEDIA_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  return problem;
}

/** The first thing the schema does not allow: field, what was found, what would have been allowed. */
export function schemaProblem(errors: readonly FastifySchemaValidationError[], part: string): ProblemError {
  const error: DetailedValidationError | undefined = errors[0];
  if (error === undefined) return new ProblemError('malformed-request', `The ${part} is not allowed`);
  const { keyword, params, parentSchema } = error;
  const path = error.instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'additionalProperties') {
    const known = Object.keys(parentSchema?.properties ?? {});
    const allowed = known.length === 0 ? 'no parameters' : `parameters ${known.join(', ')}`;
    return badParameter(found(params['additionalProperty']), 'not a parameter', allowed);
  }
  if (keyword === 'required') {
    const missing = String(params['missingProperty']);
    return badParameter(missing, 'missing', parentSchema?.properties?.[missing]?.description ?? 'a value');
  }
  return badParameter(path === '' ? part : path, found(error.data), allowedBy(error));
}

/** With `verbose` of Ajv: the value, and the schema around the keyword that failed. */
interface DetailedValidationError extends FastifySchemaValidationError {
  readonly data?: unknown;
  readonly parentSchema?: {
    readonly description?: string;
    readonly type?: string;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly maxItems?: number;
    readonly maxLength?: number;
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  };
}

function allowedBy({ keyword, parentSchema, message }: DetailedValidationError): string {
  const { description, type, minimum, maximum, maxItems, maxLength } = parentSchema ?? {};
  if (minimum !== undefined && maximum !== undefined) return `${type} from ${minimum} to ${maximum}`;
  if (keyword === 'maxItems') return `at most ${maxItems} of them`;
  if (keyword === 'maxLength') return `at most ${maxLength} characters`;
  return description ?? message ?? 'another value';
}

function found(value: unknown): string {
  return excerpt(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'), FOUND_LENGTH_MAX);
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
