/** Tokens of every kind in a real file, for tests of who gets in. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { changeTokenFile, newToken, type Scope, tokenHash, TokenTable } from '../../src/access/index.js';

export const FUTURE = '2999-01-01T00:00:00.000Z';
export const PAST = '2001-01-01T00:00:00.000Z';

/** Adds a token and answers its text. */
export async function addToken(file: string, scopes: readonly Scope[], expiresAt: string | null = FUTURE) {
  const { id, text } = newToken((length) => new Uint8Array(randomBytes(length)));
  const record = { id, name: 'test', scopes, sha256: tokenHash(text), createdAt: PAST, expiresAt };
  await changeTokenFile(file, (tokens) => [...tokens, record]);
  return text;
}

/** An empty directory, gone at the end. */
export async function temporaryDirectory(onEnd: (undo: () => Promise<void>) => void = onTestFinished): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tangle-access-'));
  onEnd(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function openTable(file: string): Promise<TokenTable> {
  return TokenTable.open(file, pino({ level: 'silent' }));
}
