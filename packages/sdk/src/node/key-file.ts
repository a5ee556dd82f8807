/** Key files: JSON that only its owner may read. */
import type { SecretKey } from '../keys.js';
import { open, readFile, writeFile } from 'node:fs/promises';
import { parseHex, toHex } from '@tangle/core/codec';
import { KEY_BYTES } from '@tangle/core/ids';
import { TangleError } from '../errors.js';
import { keyFromSecret } from '../keys.js';

const KIND = 'tangle-key';
const SUITE = 'ed25519';
/** Bits that let a group or others do anything. */
const OPEN_BITS = 0o077;

/** The content of a key file; hex is lower-case. */
export interface KeyFile {
  readonly kind: typeof KIND;
  readonly suite: typeof SUITE;
  readonly secretKey: string;
  readonly publicKey: string;
  /** did:key. */
  readonly id: string;
}

/** Writes a new file with mode 0600. An existing one is never replaced: EEXIST is thrown as it comes. */
export async function writeKeyFile(path: string, key: SecretKey): Promise<void> {
  const content: KeyFile = {
    kind: KIND,
    suite: SUITE,
    secretKey: toHex(key.secretKey),
    publicKey: toHex(key.publicKey),
    id: key.id,
  };
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
}

/**
 * Reads a key file. Throws `key-file-too-open` unless only its owner may read it, `invalid-key` where it is no key file
 * or its parts disagree; the secret never stands in a message. What the disk says comes as it is (ENOENT).
 */
export async function readKeyFile(path: string): Promise<SecretKey> {
  const file = await open(path, 'r');
  let content: string;
  try {
    const mode = (await file.stat()).mode & 0o777;
    // Windows has no such bits and reports 0666 for every file.
    if (process.platform !== 'win32' && (mode & OPEN_BITS) !== 0) {
      const found = `0${mode.toString(8)}`;
      throw new TangleError('key-file-too-open', `${path} has mode ${found}, allowed: 0600 (chmod 600 ${path})`, {
        details: { field: 'mode', found, allowed: '0600', path },
      });
    }
    content = await readFile(file, 'utf8');
  } finally {
    await file.close();
  }
  return parseKeyFile(content, path);
}

function parseKeyFile(content: string, path: string): SecretKey {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    // The parser's message may quote the secret: it is left out on purpose.
    throw invalidKeyFile(path, 'file', 'JSON');
  }
  if (typeof json !== 'object' || json === null) throw invalidKeyFile(path, 'file', 'a JSON object');
  const fields = new Map<string, unknown>(Object.entries(json));
  if (fields.get('kind') !== KIND) throw invalidKeyFile(path, 'kind', KIND);
  if (fields.get('suite') !== SUITE) throw invalidKeyFile(path, 'suite', SUITE);
  const secret = fields.get('secretKey');
  const bytes = typeof secret === 'string' ? parseHex(secret, KEY_BYTES) : null;
  if (bytes === null) throw invalidKeyFile(path, 'secretKey', `${KEY_BYTES * 2} lower-case hex digits`);
  const key = keyFromSecret(bytes);
  if (fields.get('publicKey') !== toHex(key.publicKey)) {
    throw invalidKeyFile(path, 'publicKey', 'the key of the secret');
  }
  if (fields.get('id') !== key.id) throw invalidKeyFile(path, 'id', key.id);
  return key;
}

function invalidKeyFile(path: string, field: string, allowed: string): TangleError {
  return new TangleError('invalid-key', `${path}: ${field} must be ${allowed}`, { details: { field, allowed, path } });
}
