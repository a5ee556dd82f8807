import { once } from 'node:events';
import type { SubmitRefusal } from '../../src/api/index.js';
import { present } from '@tangle/core/assert';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../src/api/index.js';
import {
  createHarness,
  eventually,
  type Harness,
  type HarnessOptions,
  openEvents,
  problemOf,
  rawConnection,
  rawExchange,
  startApi,
} from './harness.js';
import { deviceOf, MAX_PAYLOAD, signerOf } from './memory-ledger-node.js';

const SENSOR = signerOf(7);
const UNKNOWN_ID = 'ab'.repeat(32);

/** One server for a table of requests. */
function sharedApi(options: HarnessOptions = {}): () => Harness {
  let harness: Harness | undefined;
  beforeAll(async () => void (harness = await createHarness(options)));
  afterAll(() => harness?.stop());
  return () => present(harness, 'started before the first test');
}

/** Status line and JSON body of an answer as it came over the wire. */
function parseRaw(answer: string): { readonly status: number; readonly code: unknown } {
  const status = Number(answer.split(' ', 2)[1]);
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  return { status, code: (JSON.parse(body) as { code: unknown }).code };
}

describe('a problem', () => {
  const api = sharedApi();

  it('names type, title, status, detail and code, and nothing of the inside of the node', async () => {
    const { url } = api();
    const response = await fetch(`${url}/v1/transactions/${UNKNOWN_ID}`);
    expect(await problemOf(response)).toEqual({
      type: 'urn:tangle:problem:transaction-not-found',
      title: 'This node does not hold the transaction',
      status: 404,
      detail: `No transaction ${UNKNOWN_ID} here`,
      code: 'transaction-not-found',
      id: UNKNOWN_ID,
    });
    expect(response.headers.get('server')).toBeNull();
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('has for every code of the table a status and a title of its own', () => {
    const titles = Object.values(PROBLEMS).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const [code, { status }] of Object.entries(PROBLEMS)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect([400, 401, 403, 404, 408, 409, 413, 414, 415, 422, 429, 431, 500, 503]).toContain(status);
    }
  });

  it.each(Object.entries(PROBLEMS))(
    '%s of a submission becomes its status, with its numbers',
    async (code, { status }) => {
      const { node, post } = api();
      node.refusal = {
        code,
        detail: 'because',
        extensions: { field: 'f', found: 1, allowed: '2' },
        retryAfterMs: null,
      };
      const response = await post(node.sign(SENSOR, 1n).bytes);
      expect(await problemOf(response)).toMatchObject({ code, status, detail: 'because', field: 'f', found: 1 });
      expect(response.headers.has('retry-after')).toBe(status === 429 || status === 503);
    },
  );

  it('of a code that is newer than the table is a 422, or a 503 where trying again can help', async () => {
    const { node, post } = api();
    const { bytes } = node.sign(SENSOR, 1n);
    const refusal: SubmitRefusal = { code: 'brand-new', detail: 'because', extensions: {}, retryAfterMs: null };
    node.refusal = refusal;
    expect(await problemOf(await post(bytes))).toMatchObject({ code: 'brand-new', status: 422 });
    node.refusal = { ...refusal, retryAfterMs: 2_500 };
    const response = await post(bytes);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '3']);
  });
});

describe('a submission', () => {
  const api = sharedApi();

  it('is refused with what is wrong with the transaction', async () => {
    const { node, post } = api();
    const bytes = new Uint8Array(node.sign(SENSOR, 1n).bytes);
    bytes.set([bytes.at(-1) === 0 ? 1 : 0], bytes.length - 1);
    expect(await problemOf(await post(bytes))).toMatchObject({
      code: 'bad-signature',
      status: 422,
      field: 'signature',
    });
    expect(await problemOf(await post(bytes.subarray(0, 100)))).toMatchObject({ code: 'malformed', status: 422 });
    expect((await node.info()).pending).toBe(0);
  });

  it('above the largest transaction is a 413 in either form', async () => {
    const { node, url, post } = api();
    const { bytes } = node.sign(SENSOR, 1n, new Uint8Array(MAX_PAYLOAD + 1));
    expect(await problemOf(await post(bytes))).toMatchObject({ code: 'body-too-large', status: 413 });
    const asJson = (transaction: string) =>
      fetch(`${url}/v1/transactions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ transaction }),
      });
    const small = await asJson(Buffer.from(bytes).toString('base64url'));
    expect(await problemOf(small)).toMatchObject({ code: 'body-too-large', found: bytes.length, status: 413 });
    expect(await problemOf(await asJson('A'.repeat(100_000)))).toMatchObject({ code: 'body-too-large', status: 413 });
  });

  it.each([
    ['text/plain', 'hello', 'unsupported-media-type', 415],
    ['application/xml', '<a/>', 'unsupported-media-type', 415],
    ['nonsense', 'hello', 'unsupported-media-type', 415],
    ['application/json', '{"transaction":', 'malformed-request', 400],
    ['application/json', '', 'malformed-request', 400],
    ['application/json', '{"transaction":"AA","__proto__":{}}', 'malformed-request', 400],
    ['application/json', '[]', 'bad-parameter', 400],
    ['application/json', '{}', 'bad-parameter', 400],
    ['application/json', '{"transaction":"a+b/"}', 'bad-parameter', 400],
    ['application/json', '{"transaction":"AA","more":1}', 'bad-parameter', 400],
    ['application/octet-stream', '', 'malformed', 422],
  ])('with the content type %s and the body %j is refused as %s', async (contentType, body, code, status) => {
    const { url } = api();
    const headers = { 'content-type': contentType };
    const response = await fetch(`${url}/v1/transactions`, { method: 'POST', headers, body });
    expect(await problemOf(response)).toMatchObject({ code, status });
  });

  it('without a body is a 415', async () => {
    const { url } = api();
    const response = await fetch(`${url}/v1/transactions`, { method: 'POST' });
    expect(await problemOf(response)).toMatchObject({ code: 'unsupported-media-type' });
  });
});

describe('a parameter that is not allowed', () => {
  const api = sharedApi();
  const device = deviceOf(SENSOR);
  it.each([
    ['/v1/tips?count=1', 'count', '1', 'integer from 2 to 64'],
    ['/v1/tips?count=65', 'count', '65', 'integer from 2 to 64'],
    ['/v1/tips?count=two', 'count', 'two', 'integer from 2 to 64'],
    ['/v1/tips?issuer=me', 'issuer', 'me', expect.stringContaining('did:key:z6Mk')],
    ['/v1/tips?counts=2', 'counts', 'not a parameter', 'parameters count, issuer'],
    ['/v1/info?verbose=1', 'verbose', 'not a parameter', 'no parameters'],
    ['/v1/transactions/XYZ', 'id', 'XYZ', '64 lower-case hex digits'],
    [`/v1/transactions/${'AB'.repeat(32)}`, 'id', 'AB'.repeat(32), '64 lower-case hex digits'],
    ['/v1/devices/did:key:zabc', 'did', 'did:key:zabc', 'did:key:z6Mk..., an Ed25519 key'],
    [`/v1/devices/did:key:z6Mk${'z'.repeat(44)}`, 'did', `did:key:z6Mk${'z'.repeat(44)}`, expect.any(String)],
    ['/v1/devices?limit=1001', 'limit', '1001', 'integer from 1 to 1000'],
    ['/v1/devices?cursor=elsewhere', 'cursor', 'elsewhere', '`next` of the page before, unchanged'],
    [`/v1/devices?cursor=${'a'.repeat(513)}`, 'cursor', expect.any(String), 'at most 512 characters'],
    [`/v1/devices/${device}/readings?from=yesterday`, 'from', 'yesterday', expect.stringContaining('RFC 3339')],
    [`/v1/devices/${device}/readings?from=2026-01-31T12:00:00`, 'from', expect.any(String), expect.any(String)],
    [`/v1/devices/${device}/readings?to=2016-12-31T23:59:60Z`, 'to', expect.any(String), expect.any(String)],
    [
      `/v1/devices/${device}/readings?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z`,
      'to',
      expect.any(String),
      'not before 2026-01-02T00:00:00Z',
    ],
    [`/v1/devices/${device}/readings?cursor=elsewhere`, 'cursor', 'elsewhere', expect.any(String)],
    [
      '/v1/events?kinds=final,nonsense',
      'kinds',
      'final,nonsense',
      'comma-separated list of witnessed, final, commit, certified',
    ],
    ['/v1/events?id=1', 'id.0', '1', '64 lower-case hex digits'],
    [`/v1/events?${`id=${UNKNOWN_ID}&`.repeat(129)}`, 'id', expect.any(String), 'at most 128 of them'],
    ['/v1/events?lastEventId=-1', 'lastEventId', '-1', expect.any(String)],
    ['/v1/events?issuer=me', 'issuer', 'me', expect.any(String)],
  ])('%s is refused by field, found and allowed', async (path, field, found, allowed) => {
    const { url } = api();
    const problem = await problemOf(await fetch(url + path));
    expect(problem).toMatchObject({ code: 'bad-parameter', status: 400, field, found, allowed });
  });

  it('in the header Last-Event-ID is refused as in the query', async () => {
    const { url } = api();
    const response = await fetch(`${url}/v1/events`, { headers: { 'last-event-id': 'x' } });
    expect(await problemOf(response)).toMatchObject({ code: 'bad-parameter', field: 'Last-Event-ID', found: 'x' });
  });
});

describe('what is not there', () => {
  const api = sharedApi();

  it.each(['/', '/v1', '/v1/nothing', '/v1/info/', '/..%2f..%2fetc/passwd'])('%s is no route', async (path) => {
    const { url } = api();
    expect(await problemOf(await fetch(url + path))).toMatchObject({ code: 'not-found', status: 404 });
  });

  it('is not found with another method either', async () => {
    const { url } = api();
    expect(await problemOf(await fetch(`${url}/v1/info`, { method: 'DELETE' }))).toMatchObject({ code: 'not-found' });
    expect((await fetch(`${url}/v1/events`, { method: 'HEAD' })).status).toBe(404);
  });

  it('is said of a device that was never registered', async () => {
    const { url } = api();
    const response = await fetch(`${url}/v1/devices/${deviceOf(SENSOR)}`);
    expect(await problemOf(response)).toMatchObject({ code: 'device-not-found', status: 404 });
  });

  it('is a 414 for a path part that is far too long, and a 400 for one that cannot be decoded', async () => {
    const { url } = api();
    const long = await fetch(`${url}/v1/transactions/${'a'.repeat(200)}`);
    expect(await problemOf(long)).toMatchObject({ code: 'uri-too-long', status: 414 });
    const broken = await fetch(`${url}/v1/transactions/%E0%A4%A`);
    expect(await problemOf(broken)).toMatchObject({ code: 'malformed-request', status: 400 });
  });
});

describe('a node that cannot', () => {
  it('says not-ready with its reasons', async () => {
    const { node, url } = await startApi();
    node.reasons = ['recovering', 'disk nearly full'];
    const response = await fetch(`${url}/readyz`);
    expect(await problemOf(response)).toMatchObject({ code: 'not-ready', status: 503, reasons: node.reasons });
    expect(response.headers.get('retry-after')).toBe('1');
  });

  it('says internal, and neither message nor stack of what failed', async () => {
    const { node, url } = await startApi();
    node.failure = new Error('secret path /var/lib');
    const text = await (await fetch(`${url}/v1/info`)).text();
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', status: 500 });
    expect(text).not.toMatch(/secret|stack|\.ts/);
  });

  it('serves a bounded number of event streams, and gives the place of one that left to the next', async () => {
    const { url } = await startApi({ limits: { subscriptionsMax: 2 } });
    const first = await openEvents(url);
    await openEvents(url);
    const refused = await fetch(`${url}/v1/events`);
    expect(await problemOf(refused)).toMatchObject({ code: 'too-many-subscriptions', status: 503, allowed: 2 });
    await first.cancel();
    await eventually(async () => {
      const response = await fetch(`${url}/v1/events`);
      await response.body?.cancel();
      return response.status === 200;
    }, 'the place is free again');
  });

  it('runs a bounded number of exports', async () => {
    const { node, url } = await startApi({ limits: { exportsMax: 1 } });
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    node.extraExportLines = async function* () {
      yield { padding: 'x'.repeat(20_000) };
      await held;
    };
    const running = await fetch(`${url}/v1/export`);
    expect(await problemOf(await fetch(`${url}/v1/export`))).toMatchObject({ code: 'too-many-exports', status: 503 });
    release();
    await running.text();
    await eventually(async () => (await fetch(`${url}/v1/export`)).ok, 'another export may run');
  });

  it('finishes what is under way when it stops, and says stopping to what comes after', async () => {
    const { port, node, stop } = await startApi();
    const info = await node.info();
    let asked = false;
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    node.info = async () => {
      asked = true;
      await held;
      return info;
    };
    const socket = await rawConnection(port);
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.write('GET /v1/info HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await eventually(() => asked, 'the first request is under way');
    const stopped = stop();
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // Both ends live in this process: a few turns of its event loop carry the request over.
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    release();
    await once(socket, 'close');
    await stopped;
    expect(answer).toContain('"genesisHash"');
    expect(answer).toContain('"code":"stopping"');
  });
});

describe('a caller that should not be one', () => {
  const api = sharedApi({ allowedHosts: ['node.example'] });

  it.each([
    ['localhost', 200],
    ['LOCALHOST:7410', 200],
    ['127.0.0.1:7410', 200],
    ['127.8.9.10', 200],
    ['[::1]:7410', 200],
    ['node.example', 200],
    ['evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost.evil.example', 403],
    ['localhost@evil.example', 403],
    ['127.evil', 403],
    ['', 403],
  ])('with the Host %j gets %i', async (host, status) => {
    const { port } = api();
    const answer = await rawExchange(port, `GET /livez HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.includes('"code":"host-not-allowed"')).toBe(status === 403);
  });

  it.each([
    ['http://localhost:8080', 200],
    ['https://evil.example', 403],
    ['null', 403],
  ])('with the Origin %s gets %i', async (origin, status) => {
    const { port } = api();
    const head = `GET /livez HTTP/1.1\r\nHost: localhost\r\nOrigin: ${origin}\r\nConnection: close\r\n\r\n`;
    const answer = await rawExchange(port, head);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.includes('"code":"origin-not-allowed"')).toBe(status === 403);
  });

  it('with headers above the limit gets a 431', async () => {
    const { port } = api();
    const answer = await rawExchange(
      port,
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(parseRaw(answer)).toEqual({ status: 431, code: 'headers-too-large' });
  });

  it('that speaks something else than HTTP gets a 400', async () => {
    const { port } = api();
    expect(parseRaw(await rawExchange(port, 'hello there\r\n\r\n'))).toEqual({
      status: 400,
      code: 'malformed-request',
    });
  });

  it('that does not finish its headers or its body in time gets a 408', async () => {
    const { port } = await startApi({ limits: { headersTimeoutMs: 100, requestTimeoutMs: 200, timeoutCheckMs: 20 } });
    const [head, body] = await Promise.all([
      rawExchange(port, 'GET /livez HTTP/1.1\r\nHost: loc'),
      rawExchange(
        port,
        'POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\ncontent-type: application/octet-stream\r\n' +
          'content-length: 300\r\n\r\nab',
      ),
    ]);
    expect(parseRaw(head)).toEqual({ status: 408, code: 'request-timeout' });
    expect(parseRaw(body)).toEqual({ status: 408, code: 'request-timeout' });
  });

  it('that opens more connections than are served is let go at once', async () => {
    const { port } = await startApi({ limits: { connectionsMax: 1 } });
    const held = await rawConnection(port);
    expect(await rawExchange(port, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n').catch(() => '')).toBe('');
    present(held, 'the first connection stays').destroy();
  });
});
