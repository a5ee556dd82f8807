import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { TransportLimits } from '../../src/transport/index.js';
import { CLOSE_CODES, MESSAGE_BYTES_MAX } from '../../src/transport/index.js';
import type { Network } from './harness.js';
import { eventually, freePorts, identityOf, makeNetwork, SlowListener, Station, Stranger } from './harness.js';

const running: Station[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((station) => station.transport.stop()));
});

async function start(station: Station): Promise<Station> {
  await station.transport.start();
  running.push(station);
  return station;
}

async function startAll(network: Network, limits: Partial<TransportLimits> = {}): Promise<Station[]> {
  const { size } = network.genesis.committee;
  const ports = await freePorts(size);
  const stations = ports.map((_, index) => new Station(network, index, ports, limits));
  return Promise.all(stations.map(start));
}

/** One transport that dials nobody: validator 0 of `validators`. */
async function startOne(network: Network, limits: Partial<TransportLimits> = {}): Promise<Station> {
  const station = await start(new Station(network, 0, [0], limits, []));
  return station;
}

const portOf = (station: Station): number => station.transport.status().listen?.port ?? 0;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('transports of a committee', () => {
  it.each([2, 4])('of %i connect every pair and exchange messages both ways', async (count) => {
    const stations = await startAll(makeNetwork(count));
    await eventually('all pairs up', () => stations.every(({ connected }) => connected.length === count - 1));
    const greeting = (from: number, to: number): string => `${from} to ${to}`;
    for (const { index, transport } of stations) {
      const others = stations.filter((other) => other.index !== index);
      const taken = others.map((to) => transport.send(to.index, text(greeting(index, to.index))));
      expect(taken).toEqual(others.map(() => true));
    }
    await eventually('all messages', () => stations.every(({ messages }) => messages.length === count - 1));
    for (const { index, messages } of stations) {
      const others = stations.filter((other) => other.index !== index);
      const words = new Map(messages.map(({ from, bytes }) => [from, new TextDecoder().decode(bytes)]));
      expect(words).toEqual(new Map(others.map((from) => [from.index, greeting(from.index, index)])));
    }
  });

  it('that dial each other at once keep one link, dialled by the lower index, and lose nothing sent meanwhile', async () => {
    for (let round = 0; round < 10; round++) {
      const [low, high] = await startAll(makeNetwork(2));
      if (low === undefined || high === undefined) throw new Error('two stations');
      const sent = { toHigh: 0, toLow: 0 };
      const settled = (): boolean =>
        low.transport.status().peers[0]?.dialledBy === 'self' && high.transport.status().peers[0]?.dialledBy === 'peer';
      await eventually('the link of the lower index is kept at both ends', () => {
        if (low.transport.send(1, Uint8Array.of(sent.toHigh))) sent.toHigh++;
        if (high.transport.send(0, Uint8Array.of(sent.toLow))) sent.toLow++;
        return settled();
      });
      await eventually('everything arrives', () => {
        return high.messages.length === sent.toHigh && low.messages.length === sent.toLow;
      });
      expect(settled()).toBe(true);
      expect([low.changes, high.changes]).toEqual([['up 1'], ['up 0']]);
      await Promise.all(running.splice(0).map((station) => station.transport.stop()));
    }
  });

  it.each([
    { self: 0, peer: 1, kept: 'self' },
    { self: 1, peer: 0, kept: 'peer' },
  ])('of index $self keep the link that $kept dialled when two with $peer cross', async ({ self, peer, kept }) => {
    const network = makeNetwork(2);
    const identity = identityOf(network, peer);
    const listener = await SlowListener.listen(identity);
    const ports = self === 0 ? [0, listener.port] : [listener.port, 0];
    const station = await start(new Station(network, self, ports));
    const inbound = new Stranger(portOf(station));
    await inbound.authenticate(identity);
    await eventually('the inbound link is up', () => station.connected.length === 1);
    await listener.release();
    const retired = await (kept === 'self' ? inbound : listener).closed;
    expect(retired).toEqual({ code: CLOSE_CODES['duplicate-link'], reason: 'duplicate-link' });
    expect(station.changes).toEqual([`up ${peer}`]);
    expect(station.transport.status().peers[0]).toMatchObject({ connected: true, dialledBy: kept });
    listener.stop();
  });

  it('take the newest link of a peer that restarted, whichever side dialled it', async () => {
    const network = makeNetwork(2);
    const listener = await SlowListener.listen(identityOf(network, 1));
    const station = await start(new Station(network, 0, [0, listener.port]));
    const inbound = new Stranger(portOf(station));
    await inbound.authenticate(identityOf(network, 1));
    await eventually('the inbound link is up', () => station.connected.length === 1);
    await listener.release();
    expect((await inbound.closed).code).toBe(CLOSE_CODES.replaced);
    expect(station.changes).toEqual(['up 1', 'down 1', 'up 1']);
    listener.stop();
  });

  it('carry messages up to the limit whole and in order', async () => {
    const [a, b] = await startAll(makeNetwork(2));
    await eventually('up', () => a?.connected.length === 1);
    const sizes = [0, 1, 125, 126, 65_535, MESSAGE_BYTES_MAX];
    for (const size of sizes) a?.transport.send(1, new Uint8Array(size).fill(size & 0xff));
    await eventually('all arrive', () => b?.messages.length === sizes.length);
    for (const [index, size] of sizes.entries()) {
      const expected = Buffer.alloc(size, size & 0xff);
      expect(expected.equals(b?.messages[index]?.bytes ?? new Uint8Array(1))).toBe(true);
    }
    expect(() => a?.transport.send(1, new Uint8Array(MESSAGE_BYTES_MAX + 1))).toThrow('over 65536');
  });

  it('say when a peer goes, and find it again when it restarts on the same port', async () => {
    const network = makeNetwork(2);
    const ports = await freePorts(2);
    // Only the survivor dials, so it has to try again by itself.
    const survivor = await start(new Station(network, 0, ports));
    const first = new Station(network, 1, ports, {}, []);
    await first.transport.start();
    await eventually('up', () => survivor.changes.length === 1);
    await first.transport.stop();
    await eventually('down', () => survivor.changes.length === 2);
    expect(survivor.lastEnd(1)).toMatch(/stopping|connection-lost/);
    expect(survivor.transport.send(1, text('nobody'))).toBe(false);
    const second = await start(new Station(network, 1, ports, {}, []));
    await eventually('up again', () => survivor.changes.length === 3);
    expect(survivor.changes).toEqual(['up 1', 'down 1', 'up 1']);
    survivor.transport.send(1, text('hello'));
    await eventually('the message', () => second.messages.length === 1);
  });

  it('tell nothing any more once stopped, and free the port', async () => {
    const network = makeNetwork(2);
    const ports = await freePorts(2);
    const station = new Station(network, 0, ports);
    await station.transport.start();
    const peer = await start(new Station(network, 1, ports));
    await eventually('up', () => peer.connected.length === 1 && station.connected.length === 1);
    await station.transport.stop();
    expect(station.changes).toEqual(['up 1']);
    await start(new Station(network, 0, ports));
  });

  it('say which address and which setting it is when the port is in use', async () => {
    const network = makeNetwork(2);
    const station = await startOne(network);
    const port = portOf(station);
    const second = new Station(network, 0, [port], {}, []);
    await expect(second.transport.start()).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringMatching(new RegExp(`127.0.0.1:${port}.*peers.port`)),
    });
    await second.transport.stop();
  });
});

describe('a peer that is not who it should be', () => {
  it('with the wrong key is refused', async () => {
    const network = makeNetwork(2);
    const station = await startOne(network);
    const signers = [...network.signers].reverse();
    const stranger = new Stranger(portOf(station));
    await expect(stranger.authenticate(identityOf({ ...network, signers }, 1))).rejects.toThrow(
      'closed before message 2',
    );
    expect(await stranger.closed).toEqual({ code: CLOSE_CODES['bad-signature'], reason: 'bad-signature' });
    expect(station.changes).toEqual([]);
  });

  it('of another network with the same keys is refused', async () => {
    const network = makeNetwork(2);
    const other = makeNetwork(2, 'other');
    const station = await startOne(network);
    const stranger = new Stranger(portOf(station));
    void stranger.authenticate(identityOf({ ...other, signers: network.signers }, 1)).catch(() => undefined);
    expect((await stranger.closed).code).toBe(CLOSE_CODES['wrong-network']);
  });

  it('that claims this very validator is a second process on its key and refused', async () => {
    const network = makeNetwork(2);
    const station = await startOne(network);
    const stranger = new Stranger(portOf(station));
    void stranger.authenticate(identityOf(network, 0)).catch(() => undefined);
    expect((await stranger.closed).code).toBe(CLOSE_CODES['same-validator']);
    await eventually('it is logged', () => station.logged.includes('same-validator'));
  });

  it('that answers at the address of another is refused', async () => {
    const network = makeNetwork(3);
    const [port0, port1] = await freePorts(2);
    const dialler = new Station(network, 0, [port0 ?? 0, port1 ?? 0, port1 ?? 0], {}, [2]);
    await start(new Station(network, 1, [0, port1 ?? 0], {}, []));
    await start(dialler);
    await eventually('it is noticed', () => dialler.lastEnd(2) === 'unexpected-validator');
    expect(dialler.connected).toEqual([]);
  });

  it('that replays the bytes of a good handshake is refused', async () => {
    const network = makeNetwork(2);
    const station = await startOne(network);
    const honest = new Stranger(portOf(station));
    const recorded = await honest.authenticate(identityOf(network, 1));
    honest.socket.close();
    await eventually('gone', () => station.connected.length === 0);
    const replayer = await new Stranger(portOf(station)).opened();
    for (const bytes of recorded) replayer.socket.send(bytes);
    expect((await replayer.closed).code).toBe(CLOSE_CODES['bad-signature']);
    expect(station.changes).toEqual(['up 1', 'down 1']);
  });

  it('that sends garbage is refused with a code', async () => {
    const network = makeNetwork(2);
    const station = await startOne(network);
    for (const garbage of [new Uint8Array(0), Uint8Array.of(2), randomBytes(61), randomBytes(5_000)]) {
      if (garbage[0] === 1) garbage[0] = 0;
      const stranger = await new Stranger(portOf(station)).opened();
      stranger.socket.send(garbage);
      expect((await stranger.closed).code).toBe(CLOSE_CODES['malformed-handshake']);
    }
  });

  it('that says nothing is cut at the deadline, before or after the upgrade', async () => {
    const station = await startOne(makeNetwork(2), { handshakeMs: 100 });
    const stranger = new Stranger(portOf(station));
    expect((await stranger.closed).code).toBe(CLOSE_CODES['handshake-timeout']);
    const socket = connect(portOf(station), '127.0.0.1');
    await new Promise((resolve) => socket.once('close', resolve));
    await eventually('no guest is left', () => station.transport.status().guests === 0);
  });

  it('that speaks HTTP gets 426 and nothing else', async () => {
    const station = await startOne(makeNetwork(2));
    const response = await fetch(`http://127.0.0.1:${portOf(station)}/v1/info`);
    expect(response.status).toBe(426);
    expect(await response.text()).toBe('Upgrade Required');
  });
});

describe('frames', () => {
  async function connected(limits: Partial<TransportLimits> = {}): Promise<{ station: Station; peer: Stranger }> {
    const network = makeNetwork(2);
    const station = await startOne(network, limits);
    const peer = new Stranger(portOf(station));
    await peer.authenticate(identityOf(network, 1));
    await eventually('up', () => station.connected.length === 1);
    return { station, peer };
  }

  it('above the limit end the link, before and after the handshake', async () => {
    const { station, peer } = await connected();
    const guest = await new Stranger(portOf(station)).opened();
    for (const { socket, closed } of [peer, guest]) {
      socket.send(new Uint8Array(MESSAGE_BYTES_MAX + 1));
      expect((await closed).code).toBe(1009);
    }
    await eventually('down', () => station.changes.length === 2);
    expect(station.lastEnd(1)).toBe('message-too-large');
  });

  it.each([0, 1])('in a flood of fragments of %i bytes end the link', async (size) => {
    const { station, peer } = await connected();
    for (let count = 0; count < 1_000; count++) peer.socket.send(new Uint8Array(size), { fin: false });
    expect((await peer.closed).code).toBe(1008);
    expect(station.lastEnd(1)).toBe('too-many-fragments');
    expect(station.messages).toEqual([]);
  });

  it('of text end the link', async () => {
    const { station, peer } = await connected();
    peer.socket.send('text');
    expect((await peer.closed).code).toBe(CLOSE_CODES['text-frame']);
    expect(station.messages).toEqual([]);
  });

  it('that arrive after the link was ended are not delivered', async () => {
    const { station, peer } = await connected();
    peer.socket.send('text');
    peer.socket.send(Uint8Array.of(1));
    await peer.closed;
    expect(station.messages).toEqual([]);
  });

  it("are the receiver's own bytes, not a view into the chunk they came in", async () => {
    const { station, peer } = await connected();
    peer.socket.send(Uint8Array.of(1, 2, 3));
    await eventually('delivered', () => station.messages.length === 1);
    expect(station.messages[0]?.bytes.buffer.byteLength).toBe(3);
  });
});

describe('a link', () => {
  it('whose peer is silent is cut, and one that answers pings is kept', async () => {
    const network = makeNetwork(3);
    const station = await startOne(network, { heartbeatMs: 20, silenceMs: 200 });
    const mute = new Stranger(portOf(station), { autoPong: false });
    const quiet = new Stranger(portOf(station));
    let pings = 0;
    quiet.socket.on('ping', () => pings++);
    await mute.authenticate(identityOf(network, 1));
    await quiet.authenticate(identityOf(network, 2));
    await eventually('the mute one is cut', () => station.lastEnd(1) === 'silent-peer');
    await eventually('more pings', () => pings >= 20);
    expect(station.connected).toEqual([2]);
    expect((await mute.closed).code).toBe(1006);
  });

  it('outlives a stall of its own process longer than the silence it allows', async () => {
    const network = makeNetwork(2);
    const station = await startOne(network, { heartbeatMs: 20, silenceMs: 100 });
    const peer = new Stranger(portOf(station));
    let pings = 0;
    peer.socket.on('ping', () => pings++);
    await peer.authenticate(identityOf(network, 1));
    await eventually('a ping', () => pings > 0);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    const before = pings;
    await eventually('more pings', () => pings > before + 3);
    expect(station.changes).toEqual(['up 1']);
  });

  it('to a peer that does not read stops taking messages, then is cut; others are unaffected', async () => {
    const network = makeNetwork(3);
    const station = await startOne(network, { heartbeatMs: 20, slowPeerMs: 100, silenceMs: 60_000 });
    const slow = new Stranger(portOf(station));
    const good = new Stranger(portOf(station));
    await slow.authenticate(identityOf(network, 1));
    await good.authenticate(identityOf(network, 2));
    await eventually('both up', () => station.connected.length === 2);
    slow.socket.pause();
    const message = new Uint8Array(MESSAGE_BYTES_MAX);
    let bufferedMax = 0;
    let refused = 0;
    await eventually('the slow one is cut', () => {
      for (let count = 0; count < 50; count++) if (!station.transport.send(1, message)) refused++;
      bufferedMax = Math.max(bufferedMax, ...station.transport.status().peers.map((peer) => peer.bufferedBytes));
      return station.lastEnd(1) === 'slow-peer';
    });
    expect(refused).toBeGreaterThan(0);
    expect(bufferedMax).toBeLessThan(1_048_576 + 2 * MESSAGE_BYTES_MAX);
    expect(station.transport.send(2, text('still here'))).toBe(true);
    await good.next(3);
    expect(station.connected).toEqual([2]);
    slow.socket.terminate();
  });

  it('of a peer that restarted replaces the old one, which nobody ended', async () => {
    const network = makeNetwork(2);
    const station = await startOne(network);
    const before = new Stranger(portOf(station));
    await before.authenticate(identityOf(network, 1));
    const after = new Stranger(portOf(station));
    await after.authenticate(identityOf(network, 1));
    expect((await before.closed).code).toBe(CLOSE_CODES.replaced);
    await eventually('told', () => station.changes.length === 3);
    expect(station.changes).toEqual(['up 1', 'down 1', 'up 1']);
    station.transport.send(1, text('you'));
    await after.next(3);
  });
});

describe('a flood of strangers', () => {
  it('holds no more than its share, writes a few log lines, and leaves peers alone', async () => {
    const network = makeNetwork(2);
    const station = await startOne(network, { guestsMax: 8, guestsPerAddressMax: 4 });
    const peer = new Stranger(portOf(station));
    await peer.authenticate(identityOf(network, 1));
    await eventually('up', () => station.connected.length === 1);
    const strangers = Array.from({ length: 200 }, () => new Stranger(portOf(station)));
    await eventually('the rest is dropped', () => strangers.filter((s) => s.socket.readyState === 3).length === 196);
    expect(station.transport.status().guests).toBe(4);
    expect(station.log.length).toBeLessThan(10);
    peer.socket.send(text('calm'));
    await eventually('a peer is heard', () => station.messages.length === 1);
    for (const stranger of strangers) stranger.socket.terminate();
    await eventually('no guest is left', () => station.transport.status().guests === 0);
  });

  it('with bad handshakes writes one line of a kind and then counts', async () => {
    const network = makeNetwork(2);
    const station = await startOne(network, { logIntervalMs: 300 });
    const one = async (): Promise<void> => {
      const stranger = await new Stranger(portOf(station)).opened();
      stranger.socket.send(Uint8Array.of(9));
      await stranger.closed;
    };
    await Promise.all(Array.from({ length: 20 }, one));
    expect(station.logged.filter((reason) => reason === 'malformed-handshake')).toHaveLength(1);
    const lines = (): unknown[] => station.log.filter((line) => line['reason'] === 'malformed-handshake');
    let strangers = 20;
    while (lines().length < 2) {
      await one();
      strangers++;
    }
    // All but the one of the first line and the one of this line were counted.
    expect(lines()[1]).toMatchObject({ suppressed: strangers - 2 });
  });
});
