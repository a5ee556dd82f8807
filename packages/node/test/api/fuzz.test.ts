/**
 * Random requests of random senders: nothing that comes in makes the node fail, and nobody gets what he may not have. A
 * few hundred here; `npm run fuzz:api` sends 10,000. fast-check prints seed and path of a failure: run again with them.
 */
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { present } from '@tangle/core/assert';
import type { Scope } from '../../src/access/index.js';
import { addToken, openTable, PAST, temporaryDirectory } from '../access/tokens.js';
import { EXPECTED_ACCESS } from './expected-access.js';
import { rawExchange, startApi } from './harness.js';
import { deviceOf, signerOf } from './memory-ledger-node.js';

const REQUESTS = Number(process.env['TANGLE_FUZZ_REQUESTS'] ?? 400);
const SENSOR = signerOf(7);
const ID = 'ab'.repeat(32);

const NASTY = [
  '',
  '-1',
  '0',
  '1e9',
  '99999999999999999999',
  'NaN',
  'null',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  "' OR 1=1 --",
  '\u202e\ud83d\ude00',
  'a'.repeat(600),
  '2026-01-31T12:00:00Z',
  '2026-13-41T99:99:99Z',
  '0000-01-01T00:00:00Z',
  ID,
  deviceOf(SENSOR),
  `did:key:z6Mk${'1'.repeat(44)}`,
];
const segment = fc
  .oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 40 }))
  .map((text) => encodeURIComponent(text));
const PATHS = [
  '/v1/info',
  '/v1/tips',
  '/v1/transactions',
  '/v1/transactions/*',
  '/v1/transactions/*/proof',
  '/v1/devices',
  '/v1/devices/*',
  '/v1/devices/*/readings',
  '/v1/events',
  '/v1/export',
  '/v1/backup',
  '/v1/log/range',
  '/v1/log/consistency',
  '/checkpoint',
  '/tile/*',
  '/tile/0/*',
  '/tile/entries/*',
  '/metrics',
  '/livez',
  '/readyz',
  '/*',
];
const PARAMETERS = ['count', 'issuer', 'from', 'to', 'cursor', 'limit', 'id', 'kinds', 'lastEventId', '__proto__'];
const query = fc.oneof(
  fc.constant(''),
  fc
    .array(fc.tuple(fc.constantFrom(...PARAMETERS), segment), { minLength: 1, maxLength: 4 })
    .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`),
);
const target = fc.oneof(
  fc.record({ method: fc.constant('POST'), path: fc.constant('/v1/transactions') }),
  fc.record({ method: fc.constant('GET'), path: fc.constantFrom(...PATHS) }),
  fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE'),
    path: fc.constantFrom(...PATHS),
  }),
);
const request = fc.record({
  target,
  segment,
  query,
  contentType: fc.constantFrom(
    'application/octet-stream',
    'application/json',
    'text/plain',
    'multipart/form-data',
    'x',
  ),
  body: fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.json().map((json) => new TextEncoder().encode(json)),
    fc.string().map((transaction) => new TextEncoder().encode(JSON.stringify({ transaction }))),
  ),
  lastEventId: fc.option(fc.constantFrom('0', '5', 'x', '-1', '1e3', '9'.repeat(15)), { nil: null }),
});

/** Identities, and the scopes that they should have. */
const IDENTITIES: Readonly<Record<string, readonly Scope[]>> = {
  none: [],
  wrong: [],
  expired: [],
  read: ['read'],
  submit: ['submit'],
  admin: ['admin'],
  all: ['read', 'submit', 'admin'],
};
const identity = fc.constantFrom(...Object.keys(IDENTITIES), 'all', 'all', 'all');

/** Whether scopes let somebody in at a path of the generator, by the table that is written by hand. */
function mayEnter(method: string, template: string, sent: string, scopes: readonly Scope[]): boolean {
  if (template === '/*') return ['/livez', '/readyz'].includes(sent) || scopes.length > 0;
  const form = template
    .replace('/transactions/*', '/transactions/:id')
    .replace('/devices/*', '/devices/:did')
    .replace(/^\/tile\/.*/, '/tile/*');
  const needed = EXPECTED_ACCESS[`${method} ${form}`];
  return needed === null || (needed?.some((scope) => scopes.some((own) => own === scope)) ?? false);
}

it(`none of ${REQUESTS} random requests makes the node fail or gets what its sender may not have`, async () => {
  const file = path.join(await temporaryDirectory(), 'tokens.json');
  const tokens = new Map<string, string>();
  for (const [name, scopes] of Object.entries(IDENTITIES)) {
    if (scopes.length > 0) tokens.set(name, `Bearer ${await addToken(file, scopes)}`);
  }
  tokens.set('expired', `Bearer ${await addToken(file, ['read', 'submit', 'admin'], PAST)}`);
  tokens.set('wrong', `${present(tokens.get('all'), 'just made').slice(0, -2)}..`);
  const { node, url } = await startApi({ access: { tokens: await openTable(file), reading: 'closed' } });
  await node.submit(node.sign(SENSOR, 1n).bytes, new Set<Scope>(['submit']));
  node.commitPending();
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(
      request,
      identity,
      async ({ target: { method, path: template }, segment: part, query: search, ...rest }, who) => {
        const { contentType, body, lastEventId } = rest;
        const hasBody = method !== 'GET' && method !== 'HEAD';
        const authorization = tokens.get(who);
        const sent = template.replaceAll('*', () => part);
        const response = await fetch(url + sent + search, {
          method,
          headers: {
            ...(authorization !== undefined && { authorization }),
            ...(hasBody && { 'content-type': contentType }),
            ...(lastEventId !== null && { 'last-event-id': lastEventId }),
          },
          ...(hasBody && { body: Buffer.from(body) }),
        });
        const { status } = response;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect(status).toBeLessThan(500);
        const mayBeServed = mayEnter(method, template, sent, IDENTITIES[who] ?? []);
        expect([status, status >= 400 || mayBeServed]).toEqual([status, true]);
        const type = response.headers.get('content-type') ?? '';
        expect([status >= 400, type]).toEqual([type.startsWith('application/problem+json'), type]);
        if (type.startsWith('text/event-stream')) await response.body?.cancel();
        else await response.arrayBuffer();
      },
    ),
    { numRuns: REQUESTS },
  );
  // The generator reaches past the first checks.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 415]));
}, 900_000);

const SEEDS = [
  'GET /v1/info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 18\r\nConnection: close\r\n\r\n{"transaction":""}',
  'POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'GET /v1/devices?limit=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nConnection: close\r\n\r\n',
];
const mutation = fc.record({
  seed: fc.constantFrom(...SEEDS),
  cuts: fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.integer({ min: 0, max: 8 }),
      insert: fc.oneof(
        fc.constantFrom(
          '',
          '\r\n',
          '\0',
          ' ',
          ':',
          '\r',
          'Content-Length: 5\r\n',
          'Upgrade: websocket\r\n',
          'Expect: 100-continue\r\n',
        ),
        fc.string({ unit: 'binary', maxLength: 6 }),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

const RAW_REQUESTS = Math.ceil(REQUESTS / 4);

it(`none of ${RAW_REQUESTS} damaged requests makes the node fail: each is answered, or its connection ends`, async () => {
  const limits = {
    headersTimeoutMs: 100,
    requestTimeoutMs: 200,
    timeoutCheckMs: 20,
    keepAliveTimeoutMs: 100,
    connectionTimeoutMs: 400,
  };
  const { port, url } = await startApi({ limits });
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 16, maxLength: 16 }), async (mutations) => {
      const answers = mutations.map(({ seed, cuts }) => {
        let text = seed;
        for (const { at, drop, insert } of cuts) {
          const from = Math.floor(at * text.length);
          text = text.slice(0, from) + insert + text.slice(from + drop);
        }
        return rawExchange(port, text);
      });
      for (const answer of await Promise.all(answers)) {
        for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)) expect(Number(status)).toBeLessThan(500);
      }
    }),
    { numRuns: Math.ceil(RAW_REQUESTS / 16) },
  );
  expect((await fetch(`${url}/livez`)).status).toBe(200);
}, 900_000);
