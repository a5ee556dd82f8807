import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { fromHex, toHex } from '../../src/codec/index.js';
import { checkKey, judgeEncoding, nobleCrypto, nobleSigner, passesByteChecks } from '../../src/crypto/index.js';
import { bytesOfLength } from '../arbitraries.js';
import { ed25519Vectors } from '../vectors/ed25519.js';

// RFC 8032 section 7.1, test 1.
const secretKey = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
const publicKey = fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
const signature = fromHex(
  'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
);
const message = new Uint8Array(0);

describe('signing', () => {
  it('gives the signature of RFC 8032', () => {
    const signer = nobleSigner(secretKey);
    expect(toHex(signer.publicKey)).toBe(toHex(publicKey));
    expect(toHex(signer.sign(message))).toBe(toHex(signature));
  });

  it('keeps a copy of the secret and refuses another length', () => {
    const secret = secretKey.slice();
    const signer = nobleSigner(secret);
    secret.fill(0);
    expect(toHex(signer.sign(message))).toBe(toHex(signature));
    expect(() => nobleSigner(new Uint8Array(64))).toThrow(InvariantError);
  });
});

describe('verifying', () => {
  it('accepts what any key signs, and no signature with a bit changed', () => {
    fc.assert(
      fc.property(bytesOfLength(32), fc.uint8Array({ maxLength: 99 }), fc.nat({ max: 511 }), (secret, text, bit) => {
        const signer = nobleSigner(secret);
        const signed = signer.sign(text);
        expect(nobleCrypto.verifyEd25519(signer.publicKey, text, signed)).toBe(true);
        signed[bit >> 3] = (signed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(nobleCrypto.verifyEd25519(signer.publicKey, text, signed)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses another message, another key and any other length, without throwing', () => {
    expect(nobleCrypto.verifyEd25519(publicKey, message, signature)).toBe(true);
    expect(nobleCrypto.verifyEd25519(publicKey, Uint8Array.of(0), signature)).toBe(false);
    expect(nobleCrypto.verifyEd25519(nobleSigner(publicKey).publicKey, message, signature)).toBe(false);
    for (const length of [0, 31, 33]) {
      expect(nobleCrypto.verifyEd25519(new Uint8Array(length).fill(7), message, signature)).toBe(false);
    }
    for (const length of [0, 63, 65]) {
      expect(nobleCrypto.verifyEd25519(publicKey, message, new Uint8Array(length).fill(7))).toBe(false);
    }
  });

  it('refuses a key that is no point of the curve', () => {
    // y = 2 has no x on the curve.
    const noPoint = new Uint8Array(32).fill(2, 0, 1);
    expect(judgeEncoding(noPoint)).toBe('plausible');
    expect(nobleCrypto.verifyEd25519(noPoint, message, signature)).toBe(false);
  });
});

describe('the byte checks of R1', () => {
  const groupOrder = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
  const withScalar = (scalar: Uint8Array) => {
    const changed = signature.slice();
    changed.set(scalar, 32);
    return changed;
  };

  it('take S below L and nothing from L up', () => {
    const below = groupOrder.slice();
    below[0] = 0xec;
    expect(passesByteChecks(publicKey, withScalar(below))).toBe(true);
    expect(passesByteChecks(publicKey, withScalar(new Uint8Array(32)))).toBe(true);
    expect(passesByteChecks(publicKey, withScalar(groupOrder))).toBe(false);
    const above = groupOrder.slice();
    above[31] = 0x90;
    expect(passesByteChecks(publicKey, withScalar(above))).toBe(false);
  });

  it('judge encodings with either sign bit alike', () => {
    const prime = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
    const largestPlausible = prime.slice();
    largestPlausible[0] = 0xeb;
    const minusOne = prime.slice();
    minusOne[0] = 0xec;
    for (const sign of [0, 0x80]) {
      const judge = (encoding: Uint8Array) => {
        const signed = encoding.slice();
        signed[31] = (signed[31] ?? 0) | sign;
        return judgeEncoding(signed);
      };
      expect(judge(prime)).toBe('non-canonical');
      expect(judge(new Uint8Array(32).fill(0xff))).toBe('non-canonical');
      expect(judge(minusOne)).toBe('small-order');
      expect(judge(new Uint8Array(32))).toBe('small-order');
      expect(judge(largestPlausible)).toBe('plausible');
      expect(judge(publicKey)).toBe('plausible');
    }
  });
});

describe('rule R2', () => {
  const mixedOrderKey = ed25519Vectors.find((vector) => vector.name === 'torsion 10')!.publicKey;

  it('admits the keys of signers', () => {
    expect(checkKey(publicKey, nobleCrypto)).toEqual({ ok: true, value: publicKey });
    expect(nobleCrypto.isAdmissibleKey(publicKey)).toBe(true);
  });

  it.each([
    ['invalid-key', 'of another length', new Uint8Array(31)],
    ['invalid-key', 'not canonical', new Uint8Array(32).fill(0xff)],
    ['invalid-key', 'no point of the curve', new Uint8Array(32).fill(2, 0, 1)],
    ['small-order-key', 'the identity', new Uint8Array(32).fill(1, 0, 1)],
    ['mixed-order-key', 'a good point and one of small order', mixedOrderKey],
  ])('refuses as %s a key that is %s', (code, _, key) => {
    expect(checkKey(key, nobleCrypto, 'log key')).toMatchObject({ ok: false, reason: { code, field: 'log key' } });
    expect(nobleCrypto.isAdmissibleKey(key)).toBe(false);
  });
});
