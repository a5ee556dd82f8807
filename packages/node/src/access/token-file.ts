/**
 * The file of a node's tokens: JSON, hashes only. Whoever can write it can let himself in, so it must belong to its
 * owner; it is replaced as a whole, so no reader ever sees half of it.
 */
import type { Scope } from './scopes.js';
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ConfigError, messageOf } from '../config/errors.js';
import { SCOPE_NAMES } from './scopes.js';

/** Tokens of one file: each is compared only by its id, so this bounds memory, not time. */
export const TOKENS_MAX = 1_024;
/** Characters of a token's name. */
export const TOKEN_NAME_LENGTH_MAX = 64;
const FILE_MODE = 0o600;
const WRITABLE_BY_OTHERS = 0o022;
const OTHERS = 0o077;

/** What is kept of a token. */
export interface TokenRecord {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Of the whole token text, lower-case hex. */
  readonly sha256: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** From this moment on it is refused; null = never. */
  readonly expiresAt: string | null;
}

const time = z.iso.datetime({ error: 'an RFC 3339 time in UTC' });
const recordSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/, { error: '16 lower-case hex digits' }),
  name: z.string().min(1).max(TOKEN_NAME_LENGTH_MAX),
  scopes: z.array(z.enum(SCOPE_NAMES)).min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: '64 lower-case hex digits' }),
  createdAt: time,
  expiresAt: time.nullable(),
});
const fileSchema = z.strictObject({
  kind: z.literal('tangle-tokens'),
  tokens: z.array(recordSchema).max(TOKENS_MAX),
});

/** What a read of the file found, and a mark that is another one after every change. */
export interface TokenFileContent {
  readonly tokens: readonly TokenRecord[];
  readonly version: string;
}

/** Rejects with a ConfigError `tokens-file-invalid`. */
export async function readTokenFile(file: string): Promise<TokenFileContent> {
  const handle = await open(file, constants.O_RDONLY).catch((error: unknown) => {
    throw new ConfigError('tokens-file-invalid', `${file} cannot be read: ${messageOf(error)}`, [], error);
  });
  try {
    const { mode, ino, mtimeMs, size } = await handle.stat();
    if ((mode & WRITABLE_BY_OTHERS) !== 0) throw tooOpen(file, mode, 'nothing that lets others write');
    const parsed = fileSchema.safeParse(JSON.parse(await handle.readFile('utf8')));
    if (!parsed.success) throw new ConfigError('tokens-file-invalid', file, parsed.error.issues.map(problemOf));
    return { tokens: parsed.data.tokens, version: `${ino} ${mtimeMs} ${size}` };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError('tokens-file-invalid', `${file}: ${messageOf(error)}`, [], error);
  } finally {
    await handle.close();
  }
}

/**
 * Replaces the file's tokens by what `change` makes of them, durably; a missing file has none. Rejects with a
 * ConfigError: `tokens-file-invalid`, or `tokens-file-busy` where somebody else is at it.
 */
export async function changeTokenFile(
  file: string,
  change: (tokens: readonly TokenRecord[]) => readonly TokenRecord[],
): Promise<void> {
  const draft = `${file}.new`;
  // The draft is the lock: whoever makes it first goes on.
  const handle = await open(draft, 'wx', FILE_MODE).catch((error: unknown) => {
    const isBusy = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isBusy) throw error;
    throw new ConfigError(
      'tokens-file-busy',
      `${draft} is there: another process changes the tokens, or died at it`,
      [],
    );
  });
  try {
    const tokens = change((await exists(file)) ? (await readTokenFile(file)).tokens : []);
    const checked = fileSchema.safeParse({ kind: 'tangle-tokens', tokens });
    if (!checked.success) throw new ConfigError('tokens-file-invalid', file, checked.error.issues.map(problemOf));
    await handle.writeFile(`${JSON.stringify(checked.data, null, 2)}\n`);
    await handle.sync();
    await handle.close();
    await rename(draft, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(path.dirname(file));
}

/** A token as its bearer keeps it: a file of its text alone. Rejects with `key-file-too-open` or `key-file-invalid`. */
export async function readBearerFile(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY).catch((error: unknown) => {
    throw new ConfigError('key-file-invalid', `${file} cannot be read: ${messageOf(error)}`, [], error);
  });
  try {
    const { mode } = await handle.stat();
    if ((mode & OTHERS) !== 0) {
      const problem = { path: '', found: modeText(mode), allowed: `0600 or less: chmod 600 ${file}` };
      throw new ConfigError('key-file-too-open', file, [problem]);
    }
    return (await handle.readFile('utf8')).trim();
  } finally {
    await handle.close();
  }
}

/** Writes a token for its bearer; an existing file is never replaced. Rejects with the system's error. */
export async function writeBearerFile(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', FILE_MODE);
  try {
    await handle.writeFile(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function tooOpen(file: string, mode: number, allowed: string): ConfigError {
  return new ConfigError('tokens-file-invalid', file, [{ path: '', found: modeText(mode), allowed }]);
}

function modeText(mode: number): string {
  return `mode ${(mode & 0o777).toString(8).padStart(4, '0')}`;
}

function problemOf(issue: z.core.$ZodIssue) {
  return { path: z.core.toDotPath(issue.path), found: 'something else', allowed: issue.message };
}

async function exists(file: string): Promise<boolean> {
  try {
    await (await open(file, constants.O_RDONLY)).close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
