import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HandshakeStep, LinkIdentity } from '../../src/transport/handshake.js';
import { Handshake } from '../../src/transport/handshake.js';
import { sodiumSigner } from '../../src/crypto/index.js';
import { identityOf, makeNetwork } from './harness.js';

const network = makeNetwork(3);
const identities = [0, 1, 2].map((index) => identityOf(network, index)) as [LinkIdentity, LinkIdentity, LinkIdentity];

const dial = (self = 0, expected: number | null = 1): Handshake =>
  new Handshake(identities[self] ?? identities[0], 'dialler', expected, randomBytes(32));
const listen = (self = 1): Handshake =>
  new Handshake(identities[self] ?? identities[0], 'listener', null, randomBytes(32));

/** What a step sends on. */
function sent(step: HandshakeStep): Uint8Array {
  if (step.kind === 'refused') throw new Error(step.reason);
  return step.send ?? new Uint8Array(0);
}

describe('a handshake', () => {
  it('tells both ends who the other is', () => {
    const dialler = dial();
    const listener = listen();
    const diallerProof = sent(dialler.receive(sent(listener.receive(dialler.hello()))));
    const atListener = listener.receive(diallerProof);
    expect(atListener).toMatchObject({ kind: 'authenticated', peer: { index: 0, instance: identities[0].instance } });
    const atDialler = dialler.receive(sent(atListener));
    expect(atDialler).toEqual({
      kind: 'authenticated',
      send: null,
      peer: { index: 1, instance: identities[1].instance },
    });
  });

  it('gives a stranger no signature: the listener proves itself after the dialler did', () => {
    const dialler = dial();
    const listener = listen();
    const hello = sent(listener.receive(dialler.hello()));
    expect(hello).toHaveLength(61);
    expect(listener.receive(hello)).toEqual({ kind: 'refused', reason: 'malformed-handshake' });
  });

  it('cannot be reflected', () => {
    const dialler = dial(0, null);
    expect(dialler.receive(dialler.hello())).toEqual({ kind: 'refused', reason: 'same-validator' });
    // Somebody without a key answers for validator 1 and hands the dialler's own proof back.
    const other = dial(0);
    const proof = sent(other.receive(sent(listen().receive(other.hello()))));
    expect(other.receive(proof)).toEqual({ kind: 'refused', reason: 'bad-signature' });
  });

  it('cannot be carried from one listener to another', () => {
    // Somebody between dialler 0 and listener 2 says to the dialler that it is listener 1.
    const dialler = dial(0, 1);
    const victim = listen(2);
    const hello = sent(victim.receive(dialler.hello()));
    hello[12] = 1;
    expect(victim.receive(sent(dialler.receive(hello)))).toEqual({ kind: 'refused', reason: 'bad-signature' });
  });

  it('signs version, network, nonces, indices, instances and role, in this order', () => {
    const dialler = dial();
    const listener = listen();
    const diallerHello = dialler.hello();
    const listenerHello = sent(listener.receive(diallerHello));
    const diallerProof = sent(dialler.receive(listenerHello));
    const listenerProof = sent(listener.receive(diallerProof));
    const signedAs = (role: number): Uint8Array =>
      Buffer.concat([
        Buffer.from('tangle/handshake/v1\0'),
        diallerHello.subarray(1, 11),
        diallerHello.subarray(13, 45),
        listenerHello.subarray(13, 45),
        diallerHello.subarray(11, 13),
        listenerHello.subarray(11, 13),
        diallerHello.subarray(45, 61),
        listenerHello.subarray(45, 61),
        Uint8Array.of(role),
      ]);
    const [{ signer: first, crypto }, { signer: second }] = identities;
    expect(crypto.verifyEd25519(first.publicKey, signedAs(1), diallerProof.subarray(1))).toBe(true);
    expect(crypto.verifyEd25519(second.publicKey, signedAs(2), listenerProof.subarray(1))).toBe(true);
  });

  it('cannot be carried to another listener of the same validator', () => {
    const dialler = dial();
    const proof = sent(dialler.receive(sent(listen().receive(dialler.hello()))));
    const second = listen();
    second.receive(dialler.hello());
    expect(second.receive(proof)).toEqual({ kind: 'refused', reason: 'bad-signature' });
  });

  it.each<[string, number, number, string]>([
    ['version', 2, 2, 'unsupported-version'],
    ['network', 5, 0xff, 'wrong-network'],
    ['index', 12, 3, 'unknown-validator'],
    ['index', 12, 1, 'same-validator'],
    ['kind', 0, 2, 'malformed-handshake'],
  ])('is refused for a wrong %s', (_field, offset, byte, reason) => {
    const hello = dial().hello();
    hello[offset] = offset === 5 ? (hello[5] ?? 0) ^ byte : byte;
    expect(listen().receive(hello)).toEqual({ kind: 'refused', reason });
  });

  it('is refused with a bit changed in anything that is signed', () => {
    for (let bit = 0; bit < 48 * 8; bit += 5) {
      const dialler = dial();
      const listener = listen();
      const hello = dialler.hello();
      const offset = 13 + (bit >> 3);
      hello[offset] = (hello[offset] ?? 0) ^ (1 << (bit & 7));
      const proof = sent(dialler.receive(sent(listener.receive(hello))));
      expect(listener.receive(proof)).toEqual({ kind: 'refused', reason: 'bad-signature' });
    }
  });

  it('knows an observer by its key, under the number after the committee and the observers before it', () => {
    const [first, second] = [sodiumSigner(randomBytes(32)), sodiumSigner(randomBytes(32))];
    const observers = [first.publicKey, second.publicKey];
    const observer: LinkIdentity = { ...identities[0], self: null, signer: second };
    const through = (dialler: Handshake, listener: Handshake): HandshakeStep =>
      listener.receive(sent(dialler.receive(sent(listener.receive(dialler.hello())))));
    const knowing = (): Handshake => new Handshake({ ...identities[1], observers }, 'listener', null, randomBytes(32));
    const dialling = (signer = second): Handshake =>
      new Handshake({ ...observer, signer }, 'dialler', 1, randomBytes(32));
    expect(through(dialling(), knowing())).toMatchObject({ kind: 'authenticated', peer: { index: 4 } });
    expect(dialling().hello()).toHaveLength(93);
    expect(listen().receive(dialling().hello())).toEqual({ kind: 'refused', reason: 'unknown-observer' });
    const itself = new Handshake({ ...observer, observers }, 'listener', null, randomBytes(32));
    expect(itself.receive(dialling().hello())).toEqual({ kind: 'refused', reason: 'same-observer' });
    const other = new Handshake({ ...identities[1], observers }, 'dialler', 3, randomBytes(32));
    const elsewhere = new Handshake(observer, 'listener', null, randomBytes(32));
    const hello = sent(elsewhere.receive(other.hello()));
    expect(other.receive(hello)).toEqual({ kind: 'refused', reason: 'unexpected-validator' });
    for (const offset of [13, 44, 45, 76, 77, 92]) {
      const dialler = dialling();
      const listener = knowing();
      const changed = dialler.hello();
      changed[offset] = (changed[offset] ?? 0) ^ 1;
      const step = listener.receive(changed);
      const end = step.kind === 'waiting' ? listener.receive(sent(dialler.receive(step.send))) : step;
      expect(end.kind).toBe('refused');
    }
  });

  it('refuses any other bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(listen().receive(bytes).kind).toBe('refused');
        const waiting = listen();
        waiting.receive(dial().hello());
        expect(waiting.receive(bytes).kind).toBe('refused');
      }),
    );
  });
});
