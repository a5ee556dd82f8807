/** Links inside TLS: real certificates, real sockets, and somebody on the path. */
import { once } from 'node:events';
import { connect as connectPlain, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loopbackCertificate } from '../tls/certificates.js';
import { eventually, freePorts, makeNetwork, type Network, Station, Stranger } from './harness.js';

/** A validator of two that dials the ports given and is stopped at the end. */
async function station(
  network: Network,
  index: number,
  ports: readonly number[],
  options: { readonly tls?: boolean; readonly dials?: readonly number[]; readonly handshakeMs?: number } = {},
): Promise<Station> {
  const { tls = true, dials, handshakeMs = 5_000 } = options;
  const made = new Station(network, index, ports, { handshakeMs }, dials, tls ? loopbackCertificate() : null);
  onTestFinished(() => made.transport.stop());
  await made.transport.start();
  return made;
}

describe('links inside TLS', () => {
  test('come up between certificates that nobody vouches for, and carry messages both ways', async () => {
    const network = makeNetwork(2);
    const ports = await freePorts(2);
    const [zero, one] = [await station(network, 0, ports), await station(network, 1, ports)];
    await eventually('both are up', () => zero.connected.length === 1 && one.connected.length === 1);
    expect(zero.transport.send(1, Uint8Array.of(1, 2))).toBe(true);
    expect(one.transport.send(0, new Uint8Array(60_000).fill(7))).toBe(true);
    await eventually('both have heard', () => zero.messages.length === 1 && one.messages.length === 1);
    expect([one.messages[0]?.bytes, zero.messages[0]?.bytes.length]).toEqual([Uint8Array.of(1, 2), 60_000]);
  });

  test('do not come up through somebody who ends TLS on both sides and carries the handshake through', async () => {
    const network = makeNetwork(2);
    const [zeroPort = 0, onePort = 0] = await freePorts(2);
    const carried = { bytes: 0 };
    const { certificate, key } = loopbackCertificate();
    const relay = createTlsServer({ cert: certificate, key }, (near) => {
      const far = connectTls({ host: '127.0.0.1', port: onePort, rejectUnauthorized: false });
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('data', (chunk: Buffer) => {
          carried.bytes += chunk.length;
          to.write(chunk);
        });
        from.on('close', () => to.destroy());
        from.on('error', () => to.destroy());
      }
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    onTestFinished(() => void relay.close());
    const { port } = relay.address() as AddressInfo;
    const one = await station(network, 1, [zeroPort, onePort], { dials: [] });
    const zero = await station(network, 0, [zeroPort, port]);
    await eventually('the signature fails', () => one.logged.includes('bad-signature'));
    expect([zero.connected, one.connected]).toEqual([[], []]);
    expect(carried.bytes).toBeGreaterThan(400);
  });

  test('do not come up with a peer that has no TLS, whoever dials', async () => {
    const network = makeNetwork(2);
    const ports = await freePorts(2);
    const zero = await station(network, 0, ports);
    const one = await station(network, 1, ports, { tls: false });
    await eventually('both have tried', () => zero.lastEnd(1) !== null && one.lastEnd(0) !== null);
    expect([zero.connected, one.connected]).toEqual([[], []]);
  });

  test('count a connection as a guest before its TLS handshake, and drop it when its time is over', async () => {
    const network = makeNetwork(2);
    const [port = 0, other = 0] = await freePorts(2);
    const zero = await station(network, 0, [port, other], { dials: [], handshakeMs: 300 });
    const sockets = Array.from({ length: 40 }, (): Socket => {
      const socket = connectPlain(port, '127.0.0.1');
      socket.on('error', () => undefined);
      return socket;
    });
    const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await eventually('32 are guests', () => zero.transport.status().guests === 32);
    await Promise.all(closed);
    await eventually('they are forgotten', () => zero.transport.status().guests === 0);
    expect(zero.logged).toContain('too-many-guests-of-address');
    expect(zero.logged).toContain('handshake-timeout');
  });

  test('end with garbage in place of the handshake, and others still come in', async () => {
    const network = makeNetwork(2);
    const ports = await freePorts(2);
    const zero = await station(network, 0, ports, { dials: [] });
    const garbage = connectPlain(zero.port, '127.0.0.1');
    garbage.on('error', () => undefined);
    garbage.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(garbage, 'close');
    await station(network, 1, ports);
    await eventually('an honest peer is up', () => zero.connected.length === 1);
    expect(zero.connected).toEqual([1]);
  });
});

test('a flood from elsewhere keeps no peer out: some places are for the addresses of the committee', async () => {
  const network = makeNetwork(2);
  const ports = await freePorts(2);
  const zero = new Station(network, 0, ports, { guestsMax: 4 });
  onTestFinished(() => zero.transport.stop());
  await zero.transport.start();
  // All of loopback is ours; only 127.0.0.1 is a peer's.
  const flood = Array.from({ length: 8 }, () => {
    const socket = connectPlain({ port: zero.port, host: '127.0.0.1', localAddress: '127.0.0.7' });
    return socket.on('error', () => undefined);
  });
  await eventually('all places are taken', () => zero.transport.status().guests >= 4);
  await station(network, 1, ports, { tls: false });
  await eventually('the peer is up', () => zero.connected.length === 1);
  for (const socket of flood) socket.destroy();
  expect(zero.logged).toContain('too-many-guests');
});

test('a page in a browser opens no link: it says where it comes from', async () => {
  const network = makeNetwork(2);
  const zero = await station(network, 0, await freePorts(2), { tls: false, dials: [] });
  const page = new Stranger(zero.port, { origin: 'http://localhost' });
  await page.closed;
  expect(page.received).toEqual([]);
  await eventually('it is forgotten', () => zero.transport.status().guests === 0);
});
