/**
 * `fetch` that trusts authorities of one's own choice. The platform's takes no authority in Node, but for the whole
 * process at its start; this one has what the SDK asks of a fetch, and nothing else.
 */
import type { IncomingMessage } from 'node:http';
import type { Fetch } from '../ports.js';
import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';

/** Answers that have no body (RFC 9110 section 6.4.1). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * @param ca certificates in PEM: of all servers that speak TLS only those are taken that one of them signed. Addresses
 * without TLS go to the platform's `fetch`.
 */
export function trustingFetch(ca: string): Fetch {
  const agent = new Agent({ ca, keepAlive: true });
  return (input, init) =>
    new URL(input).protocol === 'https:' ? send(input, init, agent) : globalThis.fetch(input, init);
}

function send(input: string, init: RequestInit, agent: Agent): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', signal, body } = init;
    const headers = Object.fromEntries(new Headers(init.headers));
    const sent = request(input, { agent, method, headers, ...(signal && { signal }) });
    sent.once('error', reject);
    sent.once('response', (message) => {
      const status = message.statusCode ?? 0;
      if (status >= 300 && status < 400) {
        message.destroy();
        reject(new TypeError(`status ${status}: a redirection is not followed`));
        return;
      }
      resolve(responseOf(message, status));
    });
    sent.end(body instanceof Uint8Array ? body : undefined);
  });
}

function responseOf(message: IncomingMessage, status: number): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  // Node's stream type and the DOM's are one class at run time.
  const body = BODILESS.has(status) ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>);
  return new Response(body, { status, headers });
}
