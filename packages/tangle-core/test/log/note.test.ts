/** Signed notes: the published ones, their form, and whose signatures count. */
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { nobleCrypto } from '../../src/crypto/index.js';
import {
  encodeBase64,
  formatNote,
  formatVerifierKey,
  NOTE_LENGTH_MAX,
  NOTE_SIGNATURES_MAX,
  noteKey,
  parseNote,
  parseVerifierKey,
  SIGNATURE_TYPE,
  signNoteText,
  verifyNote,
  type NoteKey,
  type NoteSignature,
  type SignedNote,
} from '../../src/log/index.js';
import { noteVectors } from '../vectors/log.js';
import { plainKey, signerOf } from './signers.js';

const crypto = nobleCrypto;

function keyOf(verifierKey: string): NoteKey {
  const parsed = parseVerifierKey(verifierKey, crypto);
  if (!parsed.ok) throw new Error(parsed.reason.code);
  return parsed.value;
}

function noteOf(text: string): SignedNote {
  const parsed = parseNote(text);
  if (!parsed.ok) throw new Error(parsed.reason.found.toString());
  return parsed.value;
}

function verdictOf(note: SignedNote, keys: readonly NoteKey[]): string | readonly string[] {
  const verified = verifyNote(note, keys, crypto);
  return verified.ok ? verified.value.map(({ key }) => key.name) : verified.reason.code;
}

describe('published notes', () => {
  const { note_c2sp_spec, checkpoint_sumdb, tessera_testlog, checkpoint_cosigned_ed25519 } = noteVectors;

  test('the example of the specification verifies under its key', () => {
    const key = keyOf(note_c2sp_spec.vkey);
    const note = noteOf(note_c2sp_spec.note);
    expect(key).toMatchObject({ name: 'example.com/foo', keyId: note_c2sp_spec.keyId, type: 1 });
    expect(note.text).toBe('This is an example message.\n');
    expect(verdictOf(note, [key])).toEqual(['example.com/foo']);
  });

  test('real checkpoints verify, and are written back byte for byte', () => {
    const signed = [
      ...checkpoint_sumdb.map(({ vkey, checkpoint }) => [vkey, checkpoint]),
      ...tessera_testlog.checkpoints.map((checkpoint) => [tessera_testlog.logVkey, checkpoint]),
      [checkpoint_cosigned_ed25519.logVkey, checkpoint_cosigned_ed25519.checkpoint],
    ] as [string, string][];
    expect(signed).toHaveLength(19);
    for (const [verifierKey, text] of signed) {
      const note = noteOf(text);
      expect(formatNote(note)).toBe(text);
      expect(verdictOf(note, [keyOf(verifierKey)])).toHaveLength(1);
      expect(formatVerifierKey(keyOf(verifierKey))).toBe(verifierKey);
      expect(verdictOf({ ...note, text: `${note.text}x\n` }, [keyOf(verifierKey)])).toBe('bad-signature');
    }
  });
});

describe('the form of a note', () => {
  const line = `— example.com/a ${encodeBase64(new Uint8Array(68).fill(7))}\n`;

  test('text and signatures part at the last empty line', () => {
    const text = 'one\n\n— not.a/signature line\n\ntwo\n';
    expect(noteOf(`${text}\n${line}`)).toMatchObject({
      text,
      signatures: [{ name: 'example.com/a', keyId: '07070707' }],
    });
  });

  test.each([
    ['no signature', 'text\n\n'],
    ['no empty line', `text\n${line}`],
    ['no text', line],
    ['no line feed at the end', `text\n\n${line.slice(0, -1)}`],
    ['another line among the signatures', `text\n\n${line}more\n`],
    ['an empty line after the signatures', `text\n\n${line}\n`],
    ['CRLF', `text\r\n\r\n${line}`],
    ['a control character', `te\u0007xt\n\n${line}`],
    ['a lone surrogate', `te\ud800xt\n\n${line}`],
    ['a hyphen for the em dash', `text\n\n${line.replace('—', '-')}`],
    ['two spaces', `text\n\n${line.replace('— ', '—  ')}`],
    ['a space at the end', `text\n\n${line.slice(0, -1)} \n`],
    ['a plus in the name', `text\n\n${line.replace('.com', '+com')}`],
    ['a Unicode space in the name', `text\n\n${line.replace('.com', '\u00a0com')}`],
    ['no name', `text\n\n${line.replace('example.com/a', '')}`],
    ['only a key id', 'text\n\n— example.com/a BwcHBw==\n'],
    ['base 64 with other trailing bits', 'text\n\n— example.com/a BwcHBwd=\n'],
    ['base 64 of URLs', `text\n\n${line.replace('Bwc', '_wc')}`],
  ])('%s is malformed', (_, text) => {
    const parsed = parseNote(text);
    expect(parsed.ok ? 'ok' : parsed.reason.code).toBe('malformed');
  });

  test('is bounded: 16 signatures and many more, but neither any number nor any length', () => {
    expect(noteOf(`text\n\n${line.repeat(16)}`).signatures).toHaveLength(16);
    expect(noteOf(`text\n\n${line.repeat(NOTE_SIGNATURES_MAX)}`).signatures).toHaveLength(NOTE_SIGNATURES_MAX);
    const many = parseNote(`text\n\n${line.repeat(NOTE_SIGNATURES_MAX + 1)}`);
    const long = parseNote(`${'x'.repeat(NOTE_LENGTH_MAX)}\n\n${line}`);
    for (const parsed of [many, long]) expect(parsed.ok ? 'ok' : parsed.reason.code).toBe('too-large');
  });

  test('can only be written as it can be read', () => {
    const signature: NoteSignature = { name: 'a', keyId: '00000000', signature: Uint8Array.of(1) };
    expect(() => formatNote({ text: 'no line feed', signatures: [signature] })).toThrow(InvariantError);
    expect(() => formatNote({ text: 'text\n', signatures: [] })).toThrow(InvariantError);
    expect(() => formatNote({ text: 'text\n', signatures: [{ ...signature, name: 'a b' }] })).toThrow(InvariantError);
    expect(() => formatNote({ text: 'text\n', signatures: [{ ...signature, keyId: 'xyz' }] })).toThrow(InvariantError);
  });
});

describe('signatures of a note', () => {
  const text = 'signed by several\n';
  const [a, b, c] = [plainKey('example.com/a'), plainKey('example.com/b'), plainKey('example.com/c')];
  const signed = (key: NoteKey): NoteSignature => signNoteText(text, key, signerOf(key.name));
  const spoilt = (key: NoteKey): NoteSignature => {
    const signature = signed(key).signature.slice();
    signature[5]! ^= 1;
    return { ...signed(key), signature };
  };

  test('of known keys are found in any order among those of others', () => {
    for (const order of [
      [a, b, c],
      [c, b, a],
      [b, a, c],
    ]) {
      const note = noteOf(formatNote({ text, signatures: order.map(signed) }));
      expect(verdictOf(note, [a, c])).toEqual(order.filter((key) => key !== b).map(({ name }) => name));
    }
  });

  test('of unknown keys are ignored, good or bad, also under a known name or id alone', () => {
    const sameName = { ...spoilt(b), name: a.name };
    const sameId = { ...spoilt(b), keyId: a.keyId };
    expect(verdictOf({ text, signatures: [spoilt(b), sameName, sameId, signed(a)] }, [a])).toEqual([a.name]);
    expect(verdictOf({ text, signatures: [signed(b), sameName] }, [a])).toBe('no-known-signature');
  });

  test('reject the whole note where one of a known key is bad, wherever it stands', () => {
    expect(verdictOf({ text, signatures: [signed(a), spoilt(b)] }, [a, b])).toBe('bad-signature');
    expect(verdictOf({ text, signatures: [spoilt(b), signed(a)] }, [a, b])).toBe('bad-signature');
    const short = { ...signed(b), signature: signed(b).signature.slice(0, 63) };
    expect(verdictOf({ text, signatures: [signed(a), short] }, [a, b])).toBe('bad-signature');
  });

  test('count once a key: a line that comes again rejects the note', () => {
    expect(verdictOf({ text, signatures: [signed(a), signed(b), signed(a)] }, [a, b])).toBe('repeated-signature');
  });

  test('hold for the right one of two keys that were ground to share name and id', () => {
    const twin: NoteKey = { ...b, name: a.name, keyId: a.keyId };
    const ofTwin = { ...signed(b), name: a.name, keyId: a.keyId };
    for (const keys of [
      [a, twin],
      [twin, a],
    ]) {
      const verified = verifyNote({ text, signatures: [signed(a), ofTwin] }, keys, crypto);
      expect(verified.ok && verified.value.map(({ key }) => key)).toEqual([a, twin]);
      expect(verdictOf({ text, signatures: [signed(a), signed(a)] }, keys)).toBe('bad-signature');
    }
  });

  test('are made only by the key that is the signer’s own', () => {
    expect(() => signNoteText(text, a, signerOf('another'))).toThrow(InvariantError);
    const cosigner = noteKey(a.name, SIGNATURE_TYPE.cosignature, a.publicKey, crypto);
    expect(() => signNoteText(text, cosigner, signerOf(a.name))).toThrow(InvariantError);
  });
});

describe('verifier keys', () => {
  const codeOf = (text: string): string => {
    const parsed = parseVerifierKey(text, crypto);
    return parsed.ok ? 'ok' : parsed.reason.code;
  };
  const good = noteVectors.note_c2sp_spec.vkey;

  test('are read back as they are written, also where the base 64 holds a plus', () => {
    const withPlus = noteVectors.checkpoint_cosigned_ed25519.witnessVkeys.filter((key) => key.split('+').length > 3);
    expect(withPlus.length).toBeGreaterThan(0);
    for (const text of [good, ...noteVectors.checkpoint_cosigned_ed25519.witnessVkeys]) {
      expect(formatVerifierKey(keyOf(text))).toBe(text);
    }
  });

  test('of another type than Ed25519 are not supported', () => {
    expect(codeOf(noteVectors.checkpoint_cosigned_mldsa44.witnessVkey)).toBe('unsupported-key-type');
  });

  test('are refused under another name, id or form', () => {
    expect(codeOf(good.replace('foo', 'fox'))).toBe('key-id-mismatch');
    expect(codeOf(good.replace('530d', '530e'))).toBe('key-id-mismatch');
    const truncated = `example.com/foo+530d903a+${encodeBase64(new Uint8Array(32).fill(1))}`;
    for (const text of [
      '',
      'name',
      'name+530d903a',
      good.replace('530d', '530D'),
      good.slice(1).replace(/^.*?\+/, '+'),
      truncated,
    ]) {
      expect(codeOf(text)).toBe('malformed');
    }
  });
});
