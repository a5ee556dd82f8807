/**
 * Every route with every identity. The table is made from the routes that the server has, so a new one is in it the
 * moment it exists; what each of them should let in is written down here a second time, by hand.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeRegistryPayload, PAYLOAD_TYPE, SUITE_ED25519 } from '@tangle/core/model';
import { present } from '@tangle/core/assert';
import type { TokenVerdict, TokenVerifier } from '../../src/access/index.js';
import { addToken, openTable, PAST, temporaryDirectory } from '../access/tokens.js';
import { EXPECTED_ACCESS } from './expected-access.js';
import { createHarness, type Harness, openEvents, problemOf, rawExchange, startApi } from './harness.js';
import { ADMINISTRATOR, deviceOf, signerOf } from './memory-ledger-node.js';

const SENSOR = signerOf(7);
const DEVICE = deviceOf(SENSOR);
const ID = 'ab'.repeat(32);

const QUERIES: Readonly<Record<string, string>> = {
  '/v1/log/consistency': '?from=0',
  '/v1/log/range': `?device=${DEVICE}`,
};

function pathOf(url: string): string {
  const filled = url.replace(':id', ID).replace(':did', DEVICE).replace('*', '0/000');
  return filled + (QUERIES[url] ?? '');
}

describe.each(['open', 'closed'] as const)('with reading %s', (reading) => {
  let api: Harness;
  const undo: (() => Promise<void>)[] = [];
  /** Authorization headers by identity. */
  const identities = new Map<string, string | null>();

  beforeAll(async () => {
    const file = path.join(await temporaryDirectory((step) => undo.push(step)), 'tokens.json');
    const token = async (...scopes: ('read' | 'submit' | 'admin')[]) => `Bearer ${await addToken(file, scopes)}`;
    identities.set('none', null);
    identities.set('read', await token('read'));
    identities.set('submit', await token('submit'));
    identities.set('admin', await token('admin'));
    identities.set('every scope', await token('read', 'submit', 'admin'));
    identities.set('expired', `Bearer ${await addToken(file, ['read', 'submit', 'admin'], PAST)}`);
    const good = present(identities.get('every scope'), 'just set');
    identities.set('wrong', `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`);
    identities.set('another scheme', `Basic ${Buffer.from('admin:admin').toString('base64')}`);
    api = await createHarness({ access: { tokens: await openTable(file), reading } });
    undo.push(api.stop);
  });
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  it('every route says who may use it, as expected', () => {
    const found = api.routes.map(({ method, url, access }) => [
      `${method} ${url}`,
      access === 'anybody' ? null : access,
    ]);
    expect(Object.fromEntries(found)).toEqual(EXPECTED_ACCESS);
  });

  it.each([
    ['none', 401, 'token-missing'],
    ['wrong', 401, 'token-invalid'],
    ['another scheme', 401, 'token-invalid'],
    ['expired', 401, 'token-expired'],
    ['read', 403, 'insufficient-scope'],
    ['submit', 403, 'insufficient-scope'],
    ['admin', 403, 'insufficient-scope'],
    ['every scope', 0, ''],
  ])('the identity %j gets in exactly where it may, and a %i elsewhere', async (identity, status, code) => {
    const refusals: [string, Response][] = [];
    for (const { method, url } of api.routes) {
      const needed = EXPECTED_ACCESS[`${method} ${url}`] ?? null;
      const isKnown = ['read', 'submit', 'admin', 'every scope'].includes(identity);
      const isOpenToAll =
        needed === null || (reading === 'open' && needed.includes('read') && (isKnown || identity === 'none'));
      const mayEnter = isOpenToAll || identity === 'every scope' || (needed ?? []).includes(identity);
      const authorization = identities.get(identity);
      const response = await fetch(api.url + pathOf(url), {
        method,
        headers: typeof authorization === 'string' ? { authorization } : {},
      });
      const isRefused = response.status === 401 || response.status === 403;
      const where = `${method} ${url} with ${identity}`;
      expect({ where, isRefused }).toEqual({ where, isRefused: !mayEnter });
      if (isRefused) refusals.push([where, response]);
      else await response.body?.cancel();
    }
    for (const [where, response] of refusals) {
      const challenge = response.headers.get('www-authenticate');
      const { code: found } = await problemOf(response);
      const expected = { where, status, code, challenge: expect.stringMatching(/^Bearer realm="tangle"/) };
      expect({ where, status: response.status, code: found, challenge }).toEqual(expected);
    }
  });

  it('a token that may submit changes no registry, and one that may administer submits nothing else', async () => {
    const { node, url } = api;
    const telemetry = node.sign(SENSOR, 1n).bytes;
    const change = {
      action: 'register',
      suite: SUITE_ED25519,
      key: SENSOR.publicKey,
      role: 'device',
      ratePerSecond: 1,
    } as const;
    const registry = node.sign(ADMINISTRATOR, 0n, encodeRegistryPayload(change), PAYLOAD_TYPE.registry).bytes;
    const post = async (identity: string, bytes: Uint8Array) => {
      const authorization = present(identities.get(identity), `no ${identity}`);
      const headers = { authorization, 'content-type': 'application/octet-stream' };
      const response = await fetch(`${url}/v1/transactions`, { method: 'POST', headers, body: Buffer.from(bytes) });
      return { status: response.status, challenge: response.headers.get('www-authenticate') };
    };
    const refused = { status: 403, challenge: expect.stringContaining('insufficient_scope') };
    expect(await post('submit', registry)).toEqual(refused);
    expect(await post('admin', telemetry)).toEqual(refused);
    expect((await node.info()).pending).toBe(0);
    expect(await post('submit', telemetry)).toMatchObject({ status: 202 });
    expect(await post('admin', registry)).toMatchObject({ status: 202 });
    node.commitPending();
  });

  it('what a token opened is kept by no shared cache', async () => {
    api.node.log.checkpoint = async () => 'note';
    const authorization = String(identities.get('read'));
    const response = await fetch(`${api.url}/checkpoint`, { headers: { authorization } });
    expect(response.headers.get('cache-control')).toBe(`${reading === 'open' ? 'public' : 'private'}, max-age=1`);
  });
});

describe('a request', () => {
  const unreadable: TokenVerifier = { verify: async () => ({ kind: 'unreadable' }) };

  it('is refused before its body is read', async () => {
    const { port } = await startApi({ access: { tokens: unreadable, reading: 'open' } });
    const head =
      'POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\n';
    expect(await rawExchange(port, head)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('gets a 503 while the node cannot read its tokens', async () => {
    const { url } = await startApi({ access: { tokens: unreadable, reading: 'closed' } });
    const response = await fetch(`${url}/v1/info`, { headers: { authorization: 'Bearer x' } });
    expect(await problemOf(response)).toMatchObject({ code: 'tokens-unreadable', status: 503 });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('cannot get in by another spelling of a path', async () => {
    const { url } = await startApi({ access: { tokens: unreadable, reading: 'closed' } });
    for (const spelling of [
      '/v1/info/',
      '//v1/info',
      '/V1/INFO',
      '/v1/%69nfo',
      '/v1/info?',
      '/v1/info#',
      '/v1/./info',
      '/livez/../v1/info',
      '/v1/info;a=b',
    ]) {
      const response = await fetch(url + spelling);
      expect([spelling, [400, 401, 404].includes(response.status)]).toEqual([spelling, true]);
      await response.body?.cancel();
    }
  });
});

describe('an event stream', () => {
  it('ends once the token that opened it was revoked', async () => {
    const state: { verdict: TokenVerdict } = { verdict: { kind: 'known', id: '0', scopes: new Set(['read']) } };
    const tokens: TokenVerifier = { verify: async () => state.verdict };
    const { url } = await startApi({ access: { tokens, reading: 'closed' }, limits: { heartbeatMs: 10 } });
    const events = await openEvents(url, '', { authorization: 'Bearer x' });
    state.verdict = { kind: 'unknown' };
    expect(await events.next()).toBeNull();
  });
});

describe('a page of an allowed site', () => {
  const origin = 'https://dashboard.example';

  it('may ask first, with no token, and read the answers', async () => {
    const { url } = await startApi({ allowedOrigins: [origin] });
    const preflight = await fetch(`${url}/v1/transactions`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const answer = await fetch(`${url}/v1/info`, { headers: { origin } });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
    expect(answer.headers.get('vary')).toBe('origin');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each(['https://dashboard.example.evil', 'http://dashboard.example', 'https://dashboard.example:444', 'null'])(
    'is not one of %s',
    async (other) => {
      const { url } = await startApi({ allowedOrigins: [origin] });
      for (const method of ['GET', 'OPTIONS']) {
        const headers = { origin: other, 'access-control-request-method': 'POST' };
        const response = await fetch(`${url}/v1/info`, { method, headers });
        expect(await problemOf(response)).toMatchObject({ code: 'origin-not-allowed', status: 403 });
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
      }
    },
  );
});
