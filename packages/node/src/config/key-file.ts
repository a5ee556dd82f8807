/**
 * Key files: JSON, readable by their owner alone. One form for devices, operators and administrators, one for the
 * three keys of a validator, one for an observer's. Reading checks the mode, the form, and that the public half belongs to the secret one.
 */
import type { Signer } from '@tangle/core/crypto';
import type { DeviceId } from '@tangle/core/ids';
import type { FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { parseHex, toHex } from '@tangle/core/codec';
import { KEY_BYTES } from '@tangle/core/ids';
import { deviceIdOf, SUITE_ED25519 } from '@tangle/core/model';
import { z } from 'zod';
import { sodiumSigner } from '../crypto/index.js';
import { ConfigError, messageOf } from './errors.js';

/** Read and write for the owner, nothing for anybody else. */
const KEY_FILE_MODE = 0o600;
const OTHERS = 0o077;

/** A device, operator or administrator key as it stands in its file; bytes are lower-case hex. */
export interface KeyFile {
  readonly kind: 'tangle-key';
  readonly suite: 'ed25519';
  /** The seed of RFC 8032, 32 bytes. */
  readonly secretKey: string;
  readonly publicKey: string;
  /** The did:key of the public key. */
  readonly id: DeviceId;
}

/** The three secret keys of a validator, each for one purpose (PROTOCOL 2). */
export interface ValidatorSecrets {
  readonly statement: Uint8Array;
  readonly cosigner: Uint8Array;
  readonly log: Uint8Array;
}

const hexKey = z.string().regex(/^[0-9a-f]{64}$/, { error: '64 lower-case hex digits' });
const keyFileSchema = z.strictObject({
  kind: z.literal('tangle-key'),
  suite: z.literal('ed25519'),
  secretKey: hexKey,
  publicKey: hexKey,
  id: z.string(),
});
const validatorKeysSchema = z.strictObject({
  kind: z.literal('tangle-validator-keys'),
  suite: z.literal('ed25519'),
  statement: hexKey,
  cosigner: hexKey,
  log: hexKey,
});

const observerKeySchema = z.strictObject({
  kind: z.literal('tangle-observer-key'),
  suite: z.literal('ed25519'),
  secretKey: hexKey,
});

/** The file's content for a secret key of 32 bytes. */
export function keyFileOf(secretKey: Uint8Array): KeyFile {
  const { publicKey } = sodiumSigner(secretKey);
  return {
    kind: 'tangle-key',
    suite: 'ed25519',
    secretKey: toHex(secretKey),
    publicKey: toHex(publicKey),
    id: deviceIdOf(SUITE_ED25519, publicKey),
  };
}

/** Writes a new key file, durably; an existing file is never overwritten. Rejects with the system's error. */
export async function writeKeyFile(file: string, secretKey: Uint8Array): Promise<KeyFile> {
  const content = keyFileOf(secretKey);
  await writeSecret(file, content);
  return content;
}

/** Rejects with a ConfigError: `key-file-too-open` or `key-file-invalid`. */
export async function readKeyFile(file: string): Promise<{ readonly id: DeviceId; readonly signer: Signer }> {
  const parsed = await readSecret(file, keyFileSchema);
  const secretKey = bytesOf(parsed.secretKey, file);
  const expected = keyFileOf(secretKey);
  if (expected.publicKey !== parsed.publicKey || expected.id !== parsed.id) {
    throw new ConfigError('key-file-invalid', `${file}: publicKey and id do not belong to secretKey`, []);
  }
  return { id: expected.id, signer: sodiumSigner(secretKey) };
}

/** Writes a validator's keys.json, as `writeKeyFile` does. */
export async function writeValidatorKeys(file: string, secrets: ValidatorSecrets): Promise<void> {
  await writeSecret(file, {
    kind: 'tangle-validator-keys',
    suite: 'ed25519',
    statement: toHex(secrets.statement),
    cosigner: toHex(secrets.cosigner),
    log: toHex(secrets.log),
  });
}

/** Rejects with a ConfigError: `key-file-too-open` or `key-file-invalid`. */
export async function readValidatorKeys(file: string): Promise<ValidatorSecrets> {
  const { statement, cosigner, log } = await readSecret(file, validatorKeysSchema);
  return { statement: bytesOf(statement, file), cosigner: bytesOf(cosigner, file), log: bytesOf(log, file) };
}

/** Writes an observer's key, as `writeKeyFile` does; answers with the public half in hex. */
export async function writeObserverKey(file: string, secretKey: Uint8Array): Promise<string> {
  await writeSecret(file, { kind: 'tangle-observer-key', suite: 'ed25519', secretKey: toHex(secretKey) });
  return toHex(sodiumSigner(secretKey).publicKey);
}

/** Rejects with a ConfigError: `key-file-too-open` or `key-file-invalid`. */
export async function readObserverKey(file: string): Promise<Signer> {
  const { secretKey } = await readSecret(file, observerKeySchema);
  return sodiumSigner(bytesOf(secretKey, file));
}

async function writeSecret(file: string, content: object): Promise<void> {
  // `x`: a key that exists already is worth more than the one that would replace it.
  const handle = await open(file, 'wx', KEY_FILE_MODE);
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readSecret<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema>> {
  const json = await openSecret(file);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  // The values stay out of the message: they are secrets.
  const problems = parsed.error.issues.map((issue) => ({
    path: z.core.toDotPath(issue.path),
    found: 'something else',
    allowed: issue.message,
  }));
  throw new ConfigError('key-file-invalid', file, problems);
}

async function openSecret(file: string): Promise<unknown> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY);
  } catch (error) {
    throw new ConfigError('key-file-invalid', `${file} cannot be read: ${messageOf(error)}`, [], error);
  }
  try {
    // Asked of the open file, so that it cannot be exchanged in between.
    const { mode } = await handle.stat();
    if ((mode & OTHERS) !== 0) {
      const found = `mode ${(mode & 0o777).toString(8).padStart(4, '0')}`;
      const problem = { path: '', found, allowed: `0600 or less: chmod 600 ${file}` };
      throw new ConfigError('key-file-too-open', file, [problem]);
    }
    return JSON.parse(await handle.readFile('utf8'));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // The parser's message would quote the file.
    const why = error instanceof SyntaxError ? 'is no JSON' : `cannot be read: ${messageOf(error)}`;
    throw new ConfigError('key-file-invalid', `${file} ${why}`, []);
  } finally {
    await handle.close();
  }
}

function bytesOf(hex: string, file: string): Uint8Array {
  const bytes = parseHex(hex, KEY_BYTES);
  if (bytes === null) throw new ConfigError('key-file-invalid', file, []);
  return bytes;
}
