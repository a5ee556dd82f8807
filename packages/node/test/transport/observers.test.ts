/** Links of observers: known by a key that the configuration of the other end holds, and nothing more than that. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Signer } from '@tangle/core/crypto';
import { sodiumCrypto, sodiumSigner } from '../../src/crypto/index.js';
import { Handshake, type LinkIdentity } from '../../src/transport/handshake.js';
import { loopbackCertificate } from '../tls/certificates.js';
import { eventually, freePorts, identityOf, makeNetwork, Station, Stranger, type Network } from './harness.js';

const KNOWN = sodiumSigner(randomBytes(32));
const SECOND = sodiumSigner(randomBytes(32));
/** As the validators number them. */
const OBSERVERS = [KNOWN, SECOND].map(({ publicKey }, place) => ({ name: `obs-${place}`, key: publicKey }));

function observerIdentity({ genesis }: Network, signer: Signer): LinkIdentity {
  const instance = new Uint8Array(randomBytes(16));
  return { genesis, self: null, observers: [], signer, crypto: sodiumCrypto, instance };
}

async function started(...stations: Station[]): Promise<void> {
  for (const station of stations) {
    await station.transport.start();
    onTestFinished(() => station.transport.stop());
  }
}

async function validator(network: Network, limits = {}): Promise<Station> {
  const ports = await freePorts(2);
  const station = new Station(network, 0, ports, limits, [], null, { observers: OBSERVERS });
  await started(station);
  return station;
}

describe('an observer', () => {
  it('has links to all validators under a number after theirs, and listens for nobody', async () => {
    const network = makeNetwork(2);
    const ports = await freePorts(2);
    const validators = [0, 1].map(
      (self) => new Station(network, self, ports, {}, [0, 1], null, { observers: OBSERVERS }),
    );
    const observer = new Station(network, null, ports, {}, [0, 1], null, { signer: SECOND });
    await started(...validators, observer);
    await eventually('all are linked', () => observer.connected.length === 2 && validators[0]?.connected.length === 2);
    expect(validators[1]?.connected).toContain(3);
    expect(observer.transport.status()).toMatchObject({ listen: null, guests: 0 });
    expect(validators[0]?.transport.send(3, Uint8Array.of(7))).toBe(true);
    expect(observer.transport.send(1, Uint8Array.of(9))).toBe(true);
    await eventually('both arrive', () => observer.messages.length === 1 && validators[1]?.messages.length === 1);
    expect(validators[1]?.messages[0]).toEqual({ from: 3, bytes: Uint8Array.of(9) });
  });

  it('has its link inside TLS where the validators have theirs', async () => {
    const network = makeNetwork(1);
    const ports = await freePorts(1);
    const [certificate, own] = [loopbackCertificate(), loopbackCertificate()];
    const one = new Station(network, 0, ports, {}, [], certificate, { observers: OBSERVERS });
    const observer = new Station(network, null, ports, {}, [0], own, { signer: KNOWN });
    await started(one, observer);
    await eventually('they are linked', () => one.connected.includes(1) && observer.connected.includes(0));
    expect(one.transport.send(1, Uint8Array.of(1))).toBe(true);
    await eventually('it hears', () => observer.messages.length === 1);
  });

  it('is not read from while it is held, nor taken for silent, and goes on after it', async () => {
    const network = makeNetwork(2);
    const station = await validator(network, { heartbeatMs: 20, silenceMs: 60 });
    const stranger = new Stranger(station.port);
    await stranger.authenticate(observerIdentity(network, KNOWN));
    await eventually('it is up', () => station.changes.length === 1);
    station.transport.hold(2, true);
    const message = new Uint8Array(65_536);
    for (let count = 0; count < 1_000; count++) stranger.socket.send(message);
    const sinceMs = performance.now();
    await eventually('ten times the silence is over', () => performance.now() - sinceMs > 600);
    expect(station.messages.length).toBeLessThan(10);
    expect(station.connected).toEqual([2]);
    station.transport.hold(2, false);
    await eventually('all has come', () => station.messages.length === 1_000);
    stranger.socket.close();
  });

  it('that is not in the configuration is turned away without an answer', async () => {
    const network = makeNetwork(2);
    const station = await validator(network);
    const stranger = await new Stranger(station.port).opened();
    const identity = observerIdentity(network, sodiumSigner(randomBytes(32)));
    stranger.socket.send(new Handshake(identity, 'dialler', null, randomBytes(32)).hello());
    expect(await stranger.closed).toEqual({ code: 4013, reason: 'unknown-observer' });
    expect(stranger.received).toEqual([]);
    expect(station.changes).toEqual([]);
  });

  it.each<[string, (network: Network) => LinkIdentity, number]>([
    [
      "with another's key in its hello",
      (network) => ({ ...observerIdentity(network, KNOWN), signer: { ...SECOND, publicKey: KNOWN.publicKey } }),
      4007,
    ],
    ['that signs as a validator', (network) => ({ ...identityOf(network, 1), signer: KNOWN }), 4007],
    ["with a validator's statement key", (network) => ({ ...identityOf(network, 1), self: null }), 4013],
    [
      "with a validator's statement key and a known name",
      (network) => {
        const { signer } = identityOf(network, 1);
        return { ...observerIdentity(network, KNOWN), signer: { ...signer, publicKey: KNOWN.publicKey } };
      },
      4007,
    ],
  ])('%s gets no link', async (_what, identityIn, code) => {
    const network = makeNetwork(2);
    const station = await validator(network);
    const stranger = new Stranger(station.port);
    await stranger.authenticate(identityIn(network)).catch(() => undefined);
    expect((await stranger.closed).code).toBe(code);
    expect(station.changes).toEqual([]);
  });

  it('that comes twice has its newest link', async () => {
    const network = makeNetwork(2);
    const station = await validator(network);
    const first = new Stranger(station.port);
    await first.authenticate(observerIdentity(network, KNOWN));
    const second = new Stranger(station.port);
    await second.authenticate(observerIdentity(network, KNOWN));
    expect(await first.closed).toEqual({ code: 4009, reason: 'replaced' });
    await eventually('the second counts', () => station.changes.length === 3);
    expect(station.changes).toEqual(['up 2', 'down 2', 'up 2']);
    second.socket.close();
  });

  it('that reads nothing fills a small buffer and is cut, whatever is pushed to it', async () => {
    const network = makeNetwork(2);
    const limits = { slowPeerMs: 200, heartbeatMs: 50, observerSendBufferBytesMax: 65_536 };
    const station = await validator(network, limits);
    const deaf = new Stranger(station.port);
    await deaf.authenticate(observerIdentity(network, KNOWN));
    deaf.socket.pause();
    const message = new Uint8Array(65_536);
    await eventually('it is cut', () => {
      for (let count = 0; count < 64; count++) station.transport.send(2, message);
      const buffered = station.transport.status().peers.find(({ index }) => index === 2)?.bufferedBytes ?? 0;
      expect(buffered).toBeLessThan(4 * 65_536);
      return station.lastEnd(2) === 'slow-peer';
    });
    deaf.socket.terminate();
  });

  it('follows another observer that lets it in, over one link where both dial', async () => {
    const network = makeNetwork(1);
    const ports = await freePorts(2);
    const [one, other] = OBSERVERS;
    const stations = [0, 1].map(
      (place) =>
        new Station(network, null, ports, {}, [], null, {
          signer: [KNOWN, SECOND][place]!,
          observers: [place === 0 ? other! : one!],
          listen: ports[place]!,
          addresses: new Map([[1, `127.0.0.1:${ports[1 - place]}`]]),
        }),
    );
    await started(...stations);
    await eventually('they are linked', () => stations.every(({ connected }) => connected.includes(1)));
    const dialledBy = (): unknown[] =>
      stations.map(({ transport }) => transport.status().peers.find(({ index }) => index === 1)?.dialledBy);
    await eventually('over one link', () => new Set(dialledBy()).size === 2);
    expect(dialledBy()).toEqual(expect.arrayContaining(['peer', 'self']));
  });
});
