/**
 * One node over HTTP: requests with a deadline, bounded answers, problem documents as TangleError. Which node to ask
 * and how often is for node-pool.ts; what the JSON means for wire.ts.
 */
import type { Limits } from '../limits.js';
import type { Clock, Fetch } from '../ports.js';
import { invalidArgument, TangleError } from '../errors.js';
import { onAbort } from '../ports.js';
import { Field } from './shape.js';

export interface NodeClientDependencies {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Sent to every node; null = none. */
  readonly token?: string | null;
}

export class NodeClient {
  /** Without a slash at the end. */
  readonly url: string;
  readonly #dependencies: NodeClientDependencies;

  /** Throws `invalid-argument` on anything but an http(s) address. */
  constructor(url: string, dependencies: NodeClientDependencies) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw invalidArgument('nodes', url, 'addresses like http://127.0.0.1:7410');
    }
    this.url = url.replace(/\/+$/, '');
    this.#dependencies = dependencies;
  }

  /** GET, the JSON of the answer. */
  async getJson(path: string, signal: AbortSignal): Promise<Field> {
    return this.#json(path, { method: 'GET', headers: { accept: 'application/json' } }, signal);
  }

  /** GET, the text of the answer: UTF-8, whatever its content type says. */
  async getText(path: string, signal: AbortSignal): Promise<string> {
    const bytes = await this.#bytes(path, { method: 'GET', headers: { accept: 'text/plain' } }, signal);
    return new TextDecoder().decode(bytes);
  }

  /** GET, the bytes of the answer. */
  async getBytes(path: string, signal: AbortSignal): Promise<Uint8Array> {
    return this.#bytes(path, { method: 'GET', headers: { accept: 'application/octet-stream' } }, signal);
  }

  /** POST of raw bytes, the JSON of the answer. */
  async postBytes(path: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Field> {
    const headers = { accept: 'application/json', 'content-type': 'application/octet-stream' };
    return this.#json(path, { method: 'POST', headers, body: bytes }, signal);
  }

  /** Opens an event stream. The deadline holds until its headers; the caller ends it through `signal`. */
  async openStream(
    path: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const deadline = this.#deadline(signal);
    try {
      const response = await this.#fetch(path, { method: 'GET', headers }, deadline);
      if (!response.ok) throw await this.#problem(response, deadline);
      const type = response.headers.get('content-type') ?? '';
      if (response.body === null || !type.startsWith('text/event-stream')) {
        await response.body?.cancel();
        throw this.#unexpected(`content-type is ${JSON.stringify(type)}, expected text/event-stream`, response.status);
      }
      return response.body;
    } finally {
      deadline.disarm();
    }
  }

  async #json(path: string, init: RequestInit, signal: AbortSignal): Promise<Field> {
    const bytes = await this.#bytes(path, init, signal);
    return new Field(this.#parse(new TextDecoder().decode(bytes)), '', this.url);
  }

  /** The body of a good answer; a problem document is thrown. */
  async #bytes(path: string, init: RequestInit, signal: AbortSignal): Promise<Uint8Array> {
    const deadline = this.#deadline(signal);
    try {
      const response = await this.#fetch(path, init, deadline);
      if (!response.ok) throw await this.#problem(response, deadline);
      return await this.#read(response, deadline);
    } finally {
      deadline.disarm();
      deadline.release();
    }
  }

  async #fetch(path: string, init: RequestInit, deadline: Deadline): Promise<Response> {
    const { fetch, token = null } = this.#dependencies;
    const headers = new Headers(init.headers);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    try {
      return await fetch(this.url + path, { ...init, headers, signal: deadline.signal, redirect: 'error' });
    } catch (error) {
      throw this.#failure(error, deadline);
    }
  }

  /** The body, cut off with an error where it is above the limit. */
  async #read(response: Response, deadline: Deadline): Promise<Uint8Array> {
    if (response.body === null) return new Uint8Array(0);
    const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        size += chunk.value.length;
        if (size > this.#dependencies.limits.responseBytesMax) {
          await reader.cancel();
          throw this.#unexpected(
            `the answer is longer than ${this.#dependencies.limits.responseBytesMax} bytes`,
            response.status,
          );
        }
        chunks.push(chunk.value);
      }
      return joined(chunks, size);
    } catch (error) {
      throw error instanceof TangleError ? error : this.#failure(error, deadline);
    }
  }

  #parse(text: string, status?: number): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.#unexpected('the answer is no JSON', status, error);
    }
  }

  /** The problem document as an error; an error page of a proxy becomes `unexpected-response`. */
  async #problem(response: Response, deadline: Deadline): Promise<TangleError> {
    const { clock, limits } = this.#dependencies;
    const askedMs = parseRetryAfter(response.headers.get('retry-after'), clock.wallMs());
    const retryAfterMs = askedMs === undefined ? undefined : Math.min(askedMs, limits.retryAfterMsMax);
    const text = new TextDecoder().decode(await this.#read(response, deadline));
    const type = response.headers.get('content-type') ?? '';
    if (!type.includes('json')) {
      return this.#unexpected(
        `status ${response.status} without a problem document`,
        response.status,
        undefined,
        retryAfterMs,
      );
    }
    const document = new Field(this.#parse(text, response.status), '', this.url);
    const code = document.get('code').text(/^[a-z0-9-]{1,64}$/, 'a problem code');
    const detail = document.get('detail').nullable((field) => field.text());
    const details: Record<string, unknown> = {};
    for (const name of ['field', 'found', 'allowed']) {
      const value = document.get(name).raw;
      if (value !== undefined) details[name] = value;
    }
    const message = detail ?? document.get('title').text();
    return new TangleError(code, message, { node: this.url, status: response.status, retryAfterMs, details });
  }

  #unexpected(message: string, status?: number, cause?: unknown, retryAfterMs?: number): TangleError {
    return new TangleError('unexpected-response', message, { node: this.url, status, cause, retryAfterMs });
  }

  #failure(error: unknown, deadline: Deadline): TangleError {
    if (deadline.callerAborted()) {
      return new TangleError('closed', 'the request was given up', { node: this.url, cause: error });
    }
    return deadline.expired()
      ? new TangleError('node-timeout', `no answer within ${this.#dependencies.limits.requestTimeoutMs} ms`, {
          node: this.url,
          cause: error,
        })
      : new TangleError('node-unreachable', `no answer${whyOf(error)}`, { node: this.url, cause: error });
  }

  #deadline(signal: AbortSignal): Deadline {
    const controller = new AbortController();
    let expired = false;
    const disarm = this.#dependencies.clock.schedule(this.#dependencies.limits.requestTimeoutMs, () => {
      expired = true;
      controller.abort();
    });
    const abort = (): void => {
      controller.abort();
    };
    if (signal.aborted) abort();
    const release = onAbort(signal, abort);
    return {
      signal: controller.signal,
      expired: () => expired,
      callerAborted: () => signal.aborted,
      disarm,
      release,
    };
  }
}

interface Deadline {
  readonly signal: AbortSignal;
  expired(): boolean;
  callerAborted(): boolean;
  disarm(): void;
  release(): void;
}

/** `fetch failed` says nothing; its cause says that nobody listens there, or whom a certificate is of. */
function whyOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const reason = cause instanceof Error ? cause : error;
  return reason instanceof Error && reason.message !== '' ? `: ${reason.message}` : '';
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** Seconds or an HTTP date (RFC 9110 section 10.2.3) to milliseconds from now; undefined where there is none. */
function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
