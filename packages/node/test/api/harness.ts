/** A real server on an ephemeral port around a MemoryLedgerNode, and what tests read from it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ApiAccess, ApiLimits, GuardedRoute, ProblemDocument } from '../../src/api/index.js';
import type { CertifiedKey } from '../../src/tls/index.js';
import type { Signer } from '@tangle/core/crypto';
import { encodeRegistryPayload, PAYLOAD_TYPE, SUITE_ED25519 } from '@tangle/core/model';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createApi } from '../../src/api/index.js';
import { ADMINISTRATOR, MemoryLedgerNode } from './memory-ledger-node.js';

export interface Harness {
  readonly node: MemoryLedgerNode;
  readonly url: string;
  readonly port: number;
  readonly routes: readonly GuardedRoute[];
  readonly stop: () => Promise<void>;
  /** A GET that must be answered with a JSON body. */
  readonly json: (path: string) => Promise<Record<string, unknown>>;
  readonly post: (body: Uint8Array) => Promise<Response>;
  /** Registers a device in a commit of its own. */
  readonly register: (signer: Signer) => Promise<void>;
}

export interface HarnessOptions {
  readonly limits?: Partial<ApiLimits>;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly access?: ApiAccess;
  readonly tls?: CertifiedKey;
}

/** Started; stopped at the end of the test. */
export async function startApi(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await createHarness(options);
  onTestFinished(harness.stop);
  return harness;
}

/** Started; the caller stops it. For tables of requests that change nothing. */
export async function createHarness(options: HarnessOptions = {}): Promise<Harness> {
  const node = new MemoryLedgerNode();
  const log = pino({ level: 'silent' });
  const api = await createApi({ node, host: '127.0.0.1', port: 0, log, version: '1.2.3', ...options });
  const { host, port } = await api.start();
  const url = `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`;
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= api.stop());
  let administratorSequence = 0n;
  const post = (body: Uint8Array) =>
    fetch(`${url}/v1/transactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: Buffer.from(body),
    });
  return {
    node,
    url,
    port,
    routes: api.routes,
    stop,
    post,
    async json(path) {
      const response = await fetch(url + path);
      const body = (await response.json()) as Record<string, unknown>;
      if (!response.ok) throw new Error(`${path}: ${JSON.stringify(body)}`);
      return body;
    },
    async register(signer) {
      const payload = encodeRegistryPayload({
        action: 'register',
        suite: SUITE_ED25519,
        key: signer.publicKey,
        role: 'device',
        ratePerSecond: 10,
      });
      await post(node.sign(ADMINISTRATOR, administratorSequence++, payload, PAYLOAD_TYPE.registry).bytes);
      node.commitPending();
    },
  };
}

/** The problem document of a response, whose form is checked on the way. */
export async function problemOf(response: Response): Promise<ProblemDocument> {
  const problem = (await response.json()) as ProblemDocument;
  const type = response.headers.get('content-type');
  if (type?.startsWith('application/problem+json') !== true) throw new Error(`content-type ${type}`);
  if (problem.status !== response.status || problem.type !== `urn:tangle:problem:${problem.code}`) {
    throw new Error(`status ${response.status} for ${JSON.stringify(problem)}`);
  }
  return problem;
}

export interface StreamEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: Record<string, unknown>;
}

/** Reads server-sent events one at a time; comments are counted. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = '';
  comments = 0;

  constructor(response: Response) {
    if (response.body === null) throw new Error('no body');
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event, or null at the end of the stream. */
  async next(): Promise<StreamEvent | null> {
    for (;;) {
      const block = await this.#block();
      if (block === null) return null;
      const lines = block.split('\n');
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const event = field('event');
      if (event === undefined) this.comments += 1;
      else return { event, id: field('id') ?? null, data: JSON.parse(field('data') ?? '') as Record<string, unknown> };
    }
  }

  async take(count: number): Promise<StreamEvent[]> {
    const events: StreamEvent[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (event === null) break;
      events.push(event);
    }
    return events;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }

  async #block(): Promise<string | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return block;
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += value;
    }
  }
}

/** Opens an event stream and reads past its `start`. */
export async function openEvents(url: string, query = '', headers: Record<string, string> = {}): Promise<EventReader> {
  const response = await fetch(`${url}/v1/events${query}`, { headers });
  if (response.status !== 200) throw new Error(`status ${response.status}: ${await response.text()}`);
  const reader = new EventReader(response);
  const start = await reader.next();
  if (start?.event !== 'start') throw new Error(`the first event is ${JSON.stringify(start)}`);
  return reader;
}

/** Sends raw text over a socket and resolves with everything that came back until the server closed. */
export async function rawExchange(port: number, text: string): Promise<string> {
  const socket = await rawConnection(port);
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

export async function rawConnection(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Polls until the condition holds; fails after ten seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
