/** Clients that are slow on purpose, or hold what they do not use: all of it is bounded, and others are served. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually, openEvents, rawConnection, startApi } from './harness.js';

/** Resolves with what a connection got, once the server has closed it. */
async function closed(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => undefined);
  if (!socket.destroyed) await once(socket, 'close');
  return text;
}

/** Writes a byte now and then until the connection ends. */
function trickle(socket: Socket): void {
  const timer = setInterval(() => socket.write('a'), 10);
  socket.once('close', () => clearInterval(timer));
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

describe('a client', () => {
  it('that sends its headers byte by byte is cut, however many do, and others are served meanwhile', async () => {
    const { port, url } = await startApi({ limits: { headersTimeoutMs: 300, timeoutCheckMs: 20 } });
    const sockets = await Promise.all(Array.from({ length: 100 }, () => rawConnection(port)));
    const ends = sockets.map(closed);
    for (const socket of sockets) {
      socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
      trickle(socket);
    }
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    for (const answer of await Promise.all(ends)) expect(answer).toMatch(/^HTTP\/1\.1 408 |^$/);
    await eventually(async () => (await metric(url, 'tangle_api_connections')) <= 2, 'all are gone');
  });

  it('that sends its body byte by byte is cut', async () => {
    const { port } = await startApi({ limits: { requestTimeoutMs: 300, headersTimeoutMs: 200, timeoutCheckMs: 20 } });
    const sockets = await Promise.all(Array.from({ length: 50 }, () => rawConnection(port)));
    const ends = sockets.map(closed);
    for (const socket of sockets) {
      socket.write(
        'POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: 900\r\n\r\n',
      );
      trickle(socket);
    }
    for (const answer of await Promise.all(ends)) expect(answer).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  it('that holds connections in silence makes room for those who ask, and who listens keeps his stream', async () => {
    const { port, url, node } = await startApi({ limits: { connectionsMax: 32 } });
    const events = await openEvents(url, '?kinds=witnessed');
    const silent: Socket[] = [];
    for (let round = 0; round < 20; round++) {
      const more = await Promise.all(Array.from({ length: 16 }, () => rawConnection(port)));
      for (const socket of more) socket.on('error', () => undefined);
      silent.push(...more);
      expect((await fetch(`${url}/livez`, { headers: { connection: 'close' } })).status).toBe(200);
    }
    expect(await metric(url, 'tangle_api_connections_shed_total')).toBeGreaterThan(200);
    expect(await metric(url, 'tangle_api_connections')).toBeLessThanOrEqual(32);
    node.emit({ kind: 'witnessed', id: 'ab'.repeat(32) as never });
    expect((await events.next())?.event).toBe('witnessed');
    await events.cancel();
    for (const socket of silent) socket.destroy();
  });

  it('that opens an event stream and reads nothing costs a bounded queue, and its place once it is silent for too long', async () => {
    const limits = { queuedEventsMax: 64, connectionTimeoutMs: 400, heartbeatMs: 50, subscriptionsMax: 4 };
    const { port, url, node } = await startApi({ limits });
    const sockets = await Promise.all(Array.from({ length: 4 }, () => rawConnection(port)));
    for (const socket of sockets) {
      socket.pause();
      socket.on('error', () => undefined);
      socket.write('GET /v1/events?kinds=witnessed HTTP/1.1\r\nHost: localhost\r\n\r\n');
    }
    await eventually(async () => (await metric(url, 'tangle_api_event_streams')) === 4, 'all four listen');
    expect((await fetch(`${url}/v1/events`)).status).toBe(503);
    const fill = (): void => {
      for (let count = 0; count < 500; count++) node.emit({ kind: 'witnessed', id: 'cd'.repeat(32) as never });
    };
    const filling = setInterval(fill, 1);
    try {
      await eventually(async () => (await metric(url, 'tangle_api_event_streams')) === 0, 'all four are cut');
      expect(await metric(url, 'tangle_api_event_gaps_total')).toBeGreaterThan(0);
    } finally {
      clearInterval(filling);
    }
    await (await openEvents(url)).cancel();
  });

  it('that asks for an export and reads nothing gives its place back', async () => {
    const { port, url, node } = await startApi({ limits: { exportsMax: 1, connectionTimeoutMs: 300 } });
    let isRunning = false;
    node.extraExportLines = async function* () {
      isRunning = true;
      try {
        for (;;) yield { filler: 'x'.repeat(10_000) };
      } finally {
        isRunning = false;
      }
    };
    const socket = await rawConnection(port);
    socket.pause();
    socket.on('error', () => undefined);
    socket.write('GET /v1/export HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await eventually(() => isRunning, 'the export runs');
    expect((await fetch(`${url}/v1/export`)).status).toBe(503);
    await eventually(() => !isRunning, 'the export is cut');
    node.extraExportLines = async function* () {};
    expect((await fetch(`${url}/v1/export`)).status).toBe(200);
  });
});
