/** Checkpoints and their cosignatures: real ones, the form, and the exact message that is signed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { toHex } from '../../src/codec/index.js';
import { nobleCrypto } from '../../src/crypto/index.js';
import {
  cosign,
  COSIGNATURE_TIME_MAX,
  cosignatureMessage,
  cosignatureTime,
  encodeBase64,
  formatCheckpoint,
  networkKeys,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  verifyCosignature,
  verifyNote,
} from '../../src/log/index.js';
import { testNetwork } from '../../src/testing/index.js';
import { noteVectors } from '../vectors/log.js';
import { signerOf } from './signers.js';
import { ascii, naiveRoot } from './trees.js';

const crypto = nobleCrypto;

function codeOf(text: string): string {
  const parsed = parseCheckpoint(text);
  return parsed.ok ? 'ok' : parsed.reason.field;
}

describe('published checkpoints', () => {
  const { checkpoint_sumdb, tessera_testlog, checkpoint_cosigned_ed25519, checkpoint_cosigned_mldsa44 } = noteVectors;

  test.each(checkpoint_sumdb)('of $origin, size $size', ({ origin, size, checkpoint }) => {
    const note = parseNote(checkpoint);
    const parsed = note.ok ? parseCheckpoint(note.value.text) : note;
    expect(parsed).toMatchObject({ ok: true, value: { origin, size: BigInt(size), extensions: [] } });
  });

  test('of the Tessera test log have the roots of its entries', () => {
    const entries = tessera_testlog.entries.map(ascii);
    for (const [size, text] of tessera_testlog.checkpoints.entries()) {
      const note = parseNote(text);
      const parsed = note.ok ? parseCheckpoint(note.value.text) : note;
      expect(parsed).toMatchObject({
        ok: true,
        value: { size: BigInt(size), root: naiveRoot(entries.slice(0, size)) },
      });
    }
  });

  test('bear four production cosignatures that verify with their time, one line being unknown', () => {
    const { checkpoint, witnessVkeys, logVkey, timestamp, unknownSignatureLines } = checkpoint_cosigned_ed25519;
    const keys = [logVkey, ...witnessVkeys]
      .map((text) => parseVerifierKey(text, crypto))
      .flatMap((key) => (key.ok ? [key.value] : []));
    const note = parseNote(checkpoint);
    const verified = note.ok ? verifyNote(note.value, keys, crypto) : note;
    expect(keys).toHaveLength(5);
    expect(verified.ok && verified.value.map(({ time }) => time)).toEqual([
      null,
      ...witnessVkeys.map(() => BigInt(timestamp)),
    ]);
    expect(note.ok && note.value.signatures.length).toBe(keys.length + unknownSignatureLines);
  });

  test('with a post-quantum line parse; the line is one of an unknown key', () => {
    const note = parseNote(checkpoint_cosigned_mldsa44.checkpoint);
    expect(note.ok && note.value.signatures.map(({ signature }) => signature.length)).toEqual([64, 72, 8 + 2_420]);
  });
});

describe('the form of a checkpoint', () => {
  const root = encodeBase64(new Uint8Array(32).fill(9));

  test('is read as it is written', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (size, hash) => {
          const checkpoint = { origin: 'example.com/log', size, root: hash };
          const text = formatCheckpoint(checkpoint);
          expect(text.split('\n')).toHaveLength(4);
          expect(parseCheckpoint(text)).toEqual({ ok: true, value: { ...checkpoint, extensions: [] } });
        },
      ),
    );
  });

  test('may have extension lines of others', () => {
    const parsed = parseCheckpoint(`origin\n0\n${root}\nmore\nand more\n`);
    expect(parsed.ok && parsed.value.extensions).toEqual(['more', 'and more']);
  });

  test.each([
    ['origin', `\n1\n${root}\n`],
    ['size', `origin\n01\n${root}\n`],
    ['size', `origin\n\n${root}\n`],
    ['size', `origin\n-1\n${root}\n`],
    ['size', `origin\n1e3\n${root}\n`],
    ['size', `origin\n18446744073709551616\n${root}\n`],
    ['root', 'origin\n1\n'],
    ['root', `origin\n1\n${root.slice(0, -2)}==\n`],
    ['root', `origin\n1\n${root.replace('k=', 'l=')}\n`],
    ['root', `origin\n1\n${root.slice(0, -1)}\n`],
    ['root', `origin\n1\n${root} \n`],
    ['extension lines', `origin\n1\n${root}\n\nmore\n`],
    ['checkpoint', `origin\n1\n${root}`],
    ['checkpoint', `origin\n1\r\n${root}\n`],
    ['checkpoint', ''],
  ])('without a good %s is refused', (field, text) => {
    expect(codeOf(text)).toBe(field);
  });

  test('cannot be written around other fields', () => {
    const good = { origin: 'origin', size: 1n, root: new Uint8Array(32) };
    for (const bad of [
      { origin: '' },
      { origin: 'two\nlines' },
      { size: -1n },
      { size: 2n ** 64n },
      { root: new Uint8Array(31) },
    ]) {
      expect(() => formatCheckpoint({ ...good, ...bad })).toThrow(InvariantError);
    }
  });
});

describe('a cosignature', () => {
  const text =
    'sigsum.org/v1/tree/44ad38f8226ff9bd27629a41e55df727308d0a1cd8a2c31d3170048ac1dd22a1\n4\nCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n';
  const signer = signerOf('cosigner');

  test('signs header, time and the whole text, with times that no double can hold', () => {
    const message = cosignatureMessage(ascii(text), 72_623_859_790_382_856n);
    expect(Buffer.from(message).toString('latin1')).toBe(`cosignature/v1\ntime 72623859790382856\n${text}`);
    const cosignature = cosign(text, 72_623_859_790_382_856n, signer);
    expect(toHex(cosignature, 0, 8)).toBe('0102030405060708');
    expect(cosignatureTime(cosignature)).toBe(72_623_859_790_382_856n);
    expect(verifyCosignature(signer.publicKey, ascii(text), cosignature, crypto)).toBe(72_623_859_790_382_856n);
  });

  test('holds for no other time, text, key or length', () => {
    const cosignature = cosign(text, 5n, signer);
    const laterTime = cosignature.slice();
    laterTime[7] = 6;
    expect(verifyCosignature(signer.publicKey, ascii(text), laterTime, crypto)).toBeNull();
    expect(verifyCosignature(signer.publicKey, ascii(`${text}x`), cosignature, crypto)).toBeNull();
    expect(verifyCosignature(signerOf('other').publicKey, ascii(text), cosignature, crypto)).toBeNull();
    expect(verifyCosignature(signer.publicKey, ascii(text), cosignature.slice(1), crypto)).toBeNull();
    expect(verifyCosignature(signer.publicKey, ascii(text), new Uint8Array(0), crypto)).toBeNull();
    expect(cosignatureTime(cosignature.slice(1))).toBeNull();
  });

  test('bears no time above 2^63 - 1', () => {
    expect(verifyCosignature(signer.publicKey, ascii(text), cosign(text, COSIGNATURE_TIME_MAX, signer), crypto)).toBe(
      COSIGNATURE_TIME_MAX,
    );
    expect(() => cosign(text, COSIGNATURE_TIME_MAX + 1n, signer)).toThrow(InvariantError);
    const message = cosignatureMessage(ascii(text), 2n ** 63n);
    const beyond = Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, ...signer.sign(message));
    expect(verifyCosignature(signer.publicKey, ascii(text), beyond, crypto)).toBeNull();
  });
});

test('a network signs under its name and id, its validators cosign under theirs', () => {
  const { genesis } = testNetwork({ weights: [1, 1], name: 'plant-7' });
  const keys = networkKeys(genesis, crypto);
  expect(keys.origin).toBe(`plant-7/${genesis.network}`);
  expect(keys.logKeys.map(({ name, type }) => [name, type])).toEqual([
    [keys.origin, 1],
    [keys.origin, 1],
  ]);
  expect(keys.cosignerKeys.map(({ name, type }) => [name, type])).toEqual([
    [`${keys.origin}/a`, 4],
    [`${keys.origin}/b`, 4],
  ]);
});
