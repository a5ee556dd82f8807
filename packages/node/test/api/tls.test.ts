/** The API inside TLS, with real certificates on real sockets. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { loopbackCertificate, testAuthority } from '../tls/certificates.js';
import { eventually, rawExchange, startApi } from './harness.js';

const authority = testAuthority();
const tls = loopbackCertificate(authority);

/** Status and body of a GET; rejects with the error of TLS. */
async function get(url: string, options: { readonly ca?: string; readonly servername?: string }) {
  const sent = request(url, { ...options, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
}

describe('the API inside TLS', () => {
  it('answers those who trust its authority, and is trusted by nobody else', async () => {
    const { url } = await startApi({ tls });
    const { status, body } = await get(`${url}/livez`, { ca: authority.own.certificate });
    expect([status, body]).toEqual([200, '{"status":"live"}']);
    await expect(get(`${url}/livez`, {})).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    const other = testAuthority().own.certificate;
    await expect(get(`${url}/livez`, { ca: other })).rejects.toMatchObject({
      code: expect.stringMatching(/SIGNATURE/),
    });
    const elsewhere = get(`${url}/livez`, { ca: authority.own.certificate, servername: 'node.example' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('speaks TLS 1.3 and nothing older', async () => {
    const { port } = await startApi({ tls });
    const socket = connectTls({ port, host: '127.0.0.1', ca: authority.own.certificate, maxVersion: 'TLSv1.2' });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/ALERT_PROTOCOL_VERSION/);
  });

  it('lets go of who speaks plain HTTP, or nothing for too long', async () => {
    const { port, url } = await startApi({ tls, limits: { headersTimeoutMs: 200 } });
    expect(await rawExchange(port, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe('');
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'close');
    expect((await get(`${url}/livez`, { ca: authority.own.certificate })).status).toBe(200);
  });

  it('keeps a place free inside TLS too', async () => {
    const { port, url } = await startApi({ tls, limits: { connectionsMax: 8 } });
    const silent = Array.from({ length: 30 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    await eventually(() => silent.filter((socket) => socket.destroyed).length >= 22, 'most are let go');
    expect((await get(`${url}/livez`, { ca: authority.own.certificate })).status).toBe(200);
    for (const socket of silent) socket.destroy();
  });
});
