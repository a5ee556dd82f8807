/**
 * C2SP signed-note v1 and its verifier keys: text, and lines that sign it. Only Ed25519 is known here, plain (0x01) and
 * as a timestamped cosignature (0x04), both under rule R1 (PROTOCOL 8). What the text says is for checkpoint.ts.
 */
import type { Crypto, Signer } from '../crypto/crypto.js';
import type { Refusal } from '../codec/reasons.js';
import type { Result } from '../result.js';
import { invariant } from '../assert.js';
import { parseHex, toHex } from '../codec/hex.js';
import { excerpt } from '../codec/reasons.js';
import { KEY_BYTES } from '../ids.js';
import { fail, ok } from '../result.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { verifyCosignature } from './cosignature.js';
import { isPlainText, utf8 } from './text.js';

/** Characters of a whole note: what the Go implementation allows too. */
export const NOTE_LENGTH_MAX = 1_000_000;
/** Signature lines of a note, known and unknown. The specification asks for 16; a large committee needs more. */
export const NOTE_SIGNATURES_MAX = 4_096;

/** Signature type bytes that are verified here; lines of others are signatures of unknown keys. */
export const SIGNATURE_TYPE = { ed25519: 0x01, cosignature: 0x04 } as const;
export type SignatureType = (typeof SIGNATURE_TYPE)[keyof typeof SIGNATURE_TYPE];

const KEY_ID_BYTES = 4;
/** U+2014, which starts every signature line. */
const EM_DASH = '\u2014';

/** A key that signs notes, under its name. Name and key id together identify it. */
export interface NoteKey {
  /** Not empty, without Unicode spaces and `+`. */
  readonly name: string;
  /** First 4 bytes of SHA-256(name || 0x0A || type || public key): 8 hex digits. */
  readonly keyId: string;
  readonly type: SignatureType;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** One signature line: nothing of it has been checked but its form. */
export interface NoteSignature {
  readonly name: string;
  /** 8 hex digits. */
  readonly keyId: string;
  /** At least one byte; 64 for type 0x01, 72 for 0x04. */
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** Ends in a line feed; the blank line after it is not part of it. */
  readonly text: string;
  /** At least one, in the order of the lines. */
  readonly signatures: readonly NoteSignature[];
}

/** A signature of a known key that holds. */
export interface VerifiedSignature {
  readonly key: NoteKey;
  /** When it was made, in unix seconds as the cosigner says; null for type 0x01, which bears no time. */
  readonly time: bigint | null;
}

export type NoteCode =
  | 'malformed'
  /** Above NOTE_LENGTH_MAX or NOTE_SIGNATURES_MAX. */
  | 'too-large'
  /** A verifier key of another type than Ed25519 note or cosignature. */
  | 'unsupported-key-type'
  /** A verifier key whose id is not the one of its name, type and key. */
  | 'key-id-mismatch'
  /** A known key's signature that does not hold: the whole note is refused. */
  | 'bad-signature'
  /** A second line of the same known key. */
  | 'repeated-signature'
  | 'no-known-signature';
export type NoteReason = Refusal<NoteCode>;

/** A key under its name, with the id that follows from it. Throws InvariantError on a name that no note can bear. */
export function noteKey(name: string, type: SignatureType, publicKey: Uint8Array, crypto: Crypto): NoteKey {
  invariant(isKeyName(name), `${excerpt(name)} cannot be the name of a note key`);
  invariant(publicKey.length === KEY_BYTES, `an Ed25519 key has ${KEY_BYTES} bytes, not ${publicKey.length}`);
  return { name, keyId: keyIdOf(name, type, publicKey, crypto), type, publicKey };
}

/** `name+key id+base64(type || key)`, as policy files and other tools take it. */
export function formatVerifierKey(key: NoteKey): string {
  return `${key.name}+${key.keyId}+${encodeBase64(Uint8Array.of(key.type, ...key.publicKey))}`;
}

/** A verifier key in text. Refuses with `malformed`, `unsupported-key-type` or `key-id-mismatch`. */
export function parseVerifierKey(text: string, crypto: Crypto, field = 'verifier key'): Result<NoteKey, NoteReason> {
  // The base 64 part may hold `+` itself: split at the first two.
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  const allowed = 'name+8 hex digits+base 64 of type and key';
  if (first < 0 || second < 0) return refuse('malformed', field, excerpt(text), allowed);
  const name = text.slice(0, first);
  const keyId = text.slice(first + 1, second);
  const encoded = decodeBase64(text.slice(second + 1));
  const type = encoded?.[0];
  if (!isKeyName(name) || parseHex(keyId, KEY_ID_BYTES) === null || encoded === null || type === undefined) {
    return refuse('malformed', field, excerpt(text), allowed);
  }
  if (!isSignatureType(type)) return refuse('unsupported-key-type', `${field} type`, type, '1 or 4 (Ed25519)');
  const publicKey = encoded.subarray(1);
  if (publicKey.length !== KEY_BYTES) {
    return refuse('malformed', `${field} key`, `${publicKey.length} bytes`, `${KEY_BYTES} bytes`);
  }
  const key = noteKey(name, type, publicKey, crypto);
  if (key.keyId !== keyId) return refuse('key-id-mismatch', `${field} id`, keyId, key.keyId);
  return ok(key);
}

/** Text to a note, by form alone. Refuses with `malformed` or `too-large`. */
export function parseNote(note: string): Result<SignedNote, NoteReason> {
  if (note.length > NOTE_LENGTH_MAX) {
    return refuse('too-large', 'note', `${note.length} characters`, `at most ${NOTE_LENGTH_MAX}`);
  }
  if (!isPlainText(note)) return refuse('malformed', 'note', 'a control character', 'UTF-8 without control characters');
  // Text may hold empty lines of its own: the last one separates.
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n') || split + 2 === note.length) {
    return refuse('malformed', 'note', 'no signature lines', 'text, an empty line, and signature lines to the end');
  }
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > NOTE_SIGNATURES_MAX) {
    return refuse('too-large', 'signatures', lines.length, `at most ${NOTE_SIGNATURES_MAX}`);
  }
  const signatures: NoteSignature[] = [];
  for (const [index, line] of lines.entries()) {
    const signature = parseSignatureLine(line);
    if (signature === null) {
      return refuse(
        'malformed',
        `signatures[${index}]`,
        excerpt(line),
        'em dash, key name and base 64 of id and signature',
      );
    }
    signatures.push(signature);
  }
  return ok({ text: note.slice(0, split + 1), signatures });
}

/** The note as text. Throws InvariantError on parts that no note can hold. */
export function formatNote(note: SignedNote): string {
  invariant(note.text.endsWith('\n') && isPlainText(note.text), 'the text of a note is plain and ends in a line feed');
  invariant(note.signatures.length > 0, 'a note has at least one signature');
  return `${note.text}\n${note.signatures.map(formatSignatureLine).join('')}`;
}

/** One signature line with its line feed, as a note and the answers of witnesses hold it. */
export function formatSignatureLine(signature: NoteSignature): string {
  invariant(isKeyName(signature.name), `${excerpt(signature.name)} cannot be the name of a note key`);
  invariant(signature.signature.length > 0, 'a signature has at least one byte');
  const keyId = parseHex(signature.keyId, KEY_ID_BYTES);
  invariant(keyId !== null, 'a key id has 8 hex digits');
  const bytes = new Uint8Array(KEY_ID_BYTES + signature.signature.length);
  bytes.set(keyId);
  bytes.set(signature.signature, KEY_ID_BYTES);
  return `${EM_DASH} ${signature.name} ${encodeBase64(bytes)}\n`;
}

/** The plain Ed25519 signature (0x01) of a text. `key` is the signer's own. */
export function signNoteText(text: string, key: NoteKey, signer: Signer): NoteSignature {
  invariant(key.type === SIGNATURE_TYPE.ed25519, `a key of type ${key.type} makes no plain signatures`);
  invariant(toHex(key.publicKey) === toHex(signer.publicKey), 'the key is not the one of the signer');
  return { name: key.name, keyId: key.keyId, signature: signer.sign(utf8(text)) };
}

/**
 * The signatures of the keys given, in the order of the lines; what others signed is ignored. Refuses the whole note
 * where a known key's signature does not hold (`bad-signature`), where one signs twice (`repeated-signature`: no
 * verifier shall choose between two times, or work for every copy of a line), and where none of them signed
 * (`no-known-signature`). Costs one verification for each line of a known key, and none for others.
 */
export function verifyNote(
  note: SignedNote,
  keys: readonly NoteKey[],
  crypto: Crypto,
): Result<readonly VerifiedSignature[], NoteReason> {
  const known = new Map<string, NoteKey[]>();
  for (const key of keys) {
    const label = `${key.name}+${key.keyId}`;
    known.set(label, [...(known.get(label) ?? []), key]);
  }
  const message = utf8(note.text);
  const verified: VerifiedSignature[] = [];
  const used = new Set<NoteKey>();
  for (const [index, { name, keyId, signature }] of note.signatures.entries()) {
    const candidates = known.get(`${name}+${keyId}`);
    if (candidates === undefined) continue;
    const field = `signatures[${index}] of ${name}`;
    // Ids are 32 bits, so keys of one name can be ground to share one; then any of those not used yet may hold.
    const open = candidates.filter((key) => !used.has(key));
    if (open.length === 0) return refuse('repeated-signature', field, `key id ${keyId} again`, 'one signature a key');
    const match = firstVerified(open, message, signature, crypto);
    if (match === null) return refuse('bad-signature', field, 'a signature that does not verify', 'rule R1');
    used.add(match.key);
    verified.push(match);
  }
  if (verified.length === 0) {
    return refuse(
      'no-known-signature',
      'signatures',
      `${note.signatures.length} of unknown keys`,
      'one of a known key',
    );
  }
  return ok(verified);
}

function firstVerified(
  keys: readonly NoteKey[],
  message: Uint8Array,
  signature: Uint8Array,
  crypto: Crypto,
): VerifiedSignature | null {
  for (const key of keys) {
    if (key.type === SIGNATURE_TYPE.ed25519) {
      if (crypto.verifyEd25519(key.publicKey, message, signature)) return { key, time: null };
      continue;
    }
    const time = verifyCosignature(key.publicKey, message, signature, crypto);
    if (time !== null) return { key, time };
  }
  return null;
}

function parseSignatureLine(line: string): NoteSignature | null {
  const prefix = `${EM_DASH} `;
  const split = line.indexOf(' ', prefix.length);
  if (!line.startsWith(prefix) || split < 0) return null;
  const name = line.slice(prefix.length, split);
  const bytes = decodeBase64(line.slice(split + 1));
  if (!isKeyName(name) || bytes === null || bytes.length <= KEY_ID_BYTES) return null;
  return { name, keyId: toHex(bytes, 0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

function keyIdOf(name: string, type: SignatureType, publicKey: Uint8Array, crypto: Crypto): string {
  return toHex(crypto.sha256(utf8(`${name}\n`), Uint8Array.of(type), publicKey), 0, KEY_ID_BYTES);
}

/** Not empty, no Unicode space, no `+`, and nothing that a note may not hold. */
function isKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}+]/u.test(name) && isPlainText(name);
}

function isSignatureType(type: number): type is SignatureType {
  return type === SIGNATURE_TYPE.ed25519 || type === SIGNATURE_TYPE.cosignature;
}

function refuse(
  code: NoteCode,
  field: string,
  found: string | number,
  allowed: string,
): { readonly ok: false; readonly reason: NoteReason } {
  return fail({ code, field, found, allowed });
}
