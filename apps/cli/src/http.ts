/** Plain requests to a node, for what the SDK has no call for: health, clock, export, and which network it is. */
import { setTimeout as delay } from 'node:timers/promises';
import { currentAccess } from './access.js';
import { CliError, EXIT } from './failure.js';

const REQUEST_TIMEOUT_MS = 5_000;
const POLL_INTERVAL_MS = 100;

export interface NodeAnswer {
  readonly status: number;
  readonly json: unknown;
  /** The `Date` header: the node's clock, cut to the second. */
  readonly dateMs: number | null;
}

/** GET with a deadline. Throws `node-unreachable` (exit 4) where nobody answers, or something that speaks no JSON. */
export async function getJson(node: string, path: string): Promise<NodeAnswer> {
  const response = await open(node, path, AbortSignal.timeout(REQUEST_TIMEOUT_MS));
  const date = Date.parse(response.headers.get('date') ?? '');
  try {
    const json: unknown = await response.json();
    return { status: response.status, json, dateMs: Number.isNaN(date) ? null : date };
  } catch (error) {
    throw unreachable(node, 'the answer is no JSON: this is no node', error);
  }
}

/** The answer, whatever its status. Throws `node-unreachable`. */
export async function open(node: string, path: string, signal: AbortSignal): Promise<Response> {
  try {
    const { fetch, token } = currentAccess();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return await fetch(node.replace(/\/+$/, '') + path, { signal, headers, redirect: 'error' });
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    throw unreachable(node, isLate ? `no answer within ${REQUEST_TIMEOUT_MS} ms` : reasonOf(error), error);
  }
}

/** Polls `/readyz` until the node is ready. `isOver` ends it early. Answers whether it became ready. */
export async function waitUntilReady(node: string, timeoutMs: number, isOver: () => boolean): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs && !isOver()) {
    try {
      if ((await getJson(node, '/readyz')).status === 200) return true;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
    }
    await delay(POLL_INTERVAL_MS);
  }
  return false;
}

/** A field of an answer, undefined where there is none. */
export function fieldOf(json: unknown, ...path: readonly string[]): unknown {
  let value = json;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

/** What a node says against a request. */
export async function problemOf(response: Response, node: string): Promise<CliError> {
  const text = await response.text();
  const isProblem = (response.headers.get('content-type') ?? '').includes('json');
  const problem: unknown = isProblem ? JSON.parse(text) : null;
  const code = fieldOf(problem, 'code');
  const detail = fieldOf(problem, 'detail');
  return new CliError(
    typeof code === 'string' ? code : 'unexpected-response',
    `${node}: ${typeof detail === 'string' ? detail : `status ${response.status}`}`,
    response.status >= 500 ? EXIT.unreachable : EXIT.failed,
    { node, status: response.status },
  );
}

function unreachable(node: string, reason: string, cause: unknown): CliError {
  return new CliError('node-unreachable', `${node}: ${reason}`, EXIT.unreachable, { node }, cause);
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ECONNREFUSED') return 'nobody listens there; is the node running? (tangle cluster, tangle doctor)';
  return cause instanceof Error && cause.message !== '' ? cause.message : code || String(cause);
}
