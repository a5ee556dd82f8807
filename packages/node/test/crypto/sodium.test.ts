import { createHash } from 'node:crypto';
import { nobleCrypto, nobleSigner } from '@tangle/core/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ed25519Vectors } from '../../../tangle-core/test/vectors/ed25519.js';
import { sodiumCrypto, sodiumSigner } from '../../src/crypto/index.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('the libsodium verifier', () => {
  it('has all 938 vectors to pass', () => {
    expect(ed25519Vectors).toHaveLength(938);
  });

  it('gives the verdict of rule R1 on every vector', () => {
    const wrong = ed25519Vectors.filter(
      ({ publicKey, message, signature, acceptedByR1 }) =>
        sodiumCrypto.verifyEd25519(publicKey, message, signature) !== acceptedByR1,
    );
    expect(wrong.map((vector) => vector.name)).toEqual([]);
  });

  it('agrees with the plain JavaScript verifier on every vector', () => {
    const split = ed25519Vectors.filter(
      ({ publicKey, message, signature }) =>
        sodiumCrypto.verifyEd25519(publicKey, message, signature) !==
        nobleCrypto.verifyEd25519(publicKey, message, signature),
    );
    expect(split.map((vector) => vector.name)).toEqual([]);
  });

  it('admits the keys that the plain JavaScript rule R2 admits', () => {
    const keys = ed25519Vectors.flatMap(({ publicKey, signature }) => [publicKey, signature.subarray(0, 32)]);
    for (let seed = 0; seed < 50; seed++) keys.push(sodiumSigner(new Uint8Array(32).fill(seed)).publicKey);
    keys.push(...[0, 31, 33].map((length) => new Uint8Array(length).fill(7)));
    const admitted = keys.filter((key) => sodiumCrypto.isAdmissibleKey(key));
    expect(admitted).toEqual(keys.filter((key) => nobleCrypto.isAdmissibleKey(key)));
    expect(admitted.length).toBeGreaterThan(50);
  });

  it('admits of random bytes what the plain JavaScript rule R2 admits', () => {
    fc.assert(
      fc.property(bytes(32), (key) => {
        expect(sodiumCrypto.isAdmissibleKey(key)).toBe(nobleCrypto.isAdmissibleKey(key));
      }),
    );
  });

  it('answers false to any other length and never throws', () => {
    const signer = sodiumSigner(new Uint8Array(32).fill(7));
    const message = new Uint8Array(0);
    const signature = signer.sign(message);
    expect(sodiumCrypto.verifyEd25519(signer.publicKey, message, signature)).toBe(true);
    const others = [0, 1, 31, 33, 63, 65, 128].map((length) => new Uint8Array(length));
    for (const other of others) {
      expect(sodiumCrypto.verifyEd25519(other, message, signature)).toBe(false);
      expect(sodiumCrypto.verifyEd25519(signer.publicKey, message, other)).toBe(false);
    }
  });

  it('refuses a signature with any one bit flipped, as plain JavaScript does', () => {
    const signer = sodiumSigner(new Uint8Array(32).fill(9));
    const message = Uint8Array.of(1, 2, 3);
    const signature = signer.sign(message);
    for (let bit = 0; bit < 512; bit++) {
      const flipped = signature.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(sodiumCrypto.verifyEd25519(signer.publicKey, message, flipped)).toBe(false);
    }
  });

  it('reads views into a larger buffer', () => {
    const signer = sodiumSigner(new Uint8Array(32).fill(3));
    const message = Uint8Array.of(5, 6, 7);
    const frame = new Uint8Array(200).fill(0xaa);
    frame.set(signer.publicKey, 11);
    frame.set(message, 60);
    frame.set(signer.sign(message), 101);
    const verdict = sodiumCrypto.verifyEd25519(
      frame.subarray(11, 43),
      frame.subarray(60, 63),
      frame.subarray(101, 165),
    );
    expect(verdict).toBe(true);
  });
});

describe('the libsodium signer', () => {
  it('makes the keys and signatures of plain JavaScript, byte for byte', () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 400 }), (secretKey, message) => {
        const sodium = sodiumSigner(secretKey);
        const noble = nobleSigner(secretKey);
        expect(sodium.publicKey).toStrictEqual(noble.publicKey);
        expect(sodium.sign(message)).toStrictEqual(noble.sign(message));
      }),
      { numRuns: 20 },
    );
  });

  it('keeps a copy of the secret', () => {
    const secretKey = new Uint8Array(32).fill(1);
    const signer = sodiumSigner(secretKey);
    const before = signer.sign(Uint8Array.of(1));
    secretKey.fill(2);
    expect(signer.sign(Uint8Array.of(1))).toStrictEqual(before);
  });

  it('takes no secret of another length', () => {
    expect(() => sodiumSigner(new Uint8Array(31))).toThrow('32 bytes, not 31');
  });
});

describe('the hash', () => {
  it('is SHA-256 of the parts one after the other, as plain Uint8Array, around the one-shot limit too', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (parts) => {
        const expected = new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());
        expect(sodiumCrypto.sha256(...parts)).toStrictEqual(expected);
        expect(nobleCrypto.sha256(...parts)).toStrictEqual(expected);
      }),
    );
  });
});
