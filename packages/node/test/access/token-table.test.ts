import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { changeTokenFile, readTokenFile } from '../../src/access/index.js';
import { eventually } from '../api/harness.js';
import { addToken, openTable, PAST, temporaryDirectory } from './tokens.js';

async function tokensFile(): Promise<string> {
  return path.join(await temporaryDirectory(), 'tokens.json');
}

describe('a token', () => {
  it('is known with its scopes, and only as a whole', async () => {
    const file = await tokensFile();
    const text = await addToken(file, ['read', 'submit']);
    const table = await openTable(file);
    expect(await table.verify(text)).toEqual({
      kind: 'known',
      id: text.slice(7, 23),
      scopes: new Set(['read', 'submit']),
    });
    const last = text.at(-1) === 'A' ? 'B' : 'A';
    for (const wrong of ['', 'tangle_', `${text}A`, text.slice(0, -1), text.slice(0, -1) + last, text.toUpperCase()]) {
      expect([wrong, await table.verify(wrong)]).toEqual([wrong, { kind: 'unknown' }]);
    }
  });

  it('is refused from the moment it expires', async () => {
    const file = await tokensFile();
    const text = await addToken(file, ['read'], PAST);
    const forGood = await addToken(file, ['read'], null);
    const table = await openTable(file);
    expect(await table.verify(text)).toMatchObject({ kind: 'expired', expiresAt: PAST });
    expect(await table.verify(forGood)).toMatchObject({ kind: 'known' });
  });

  it('is never in the file, which only its owner may read', async () => {
    const file = await tokensFile();
    const text = await addToken(file, ['admin']);
    const content = await readFile(file, 'utf8');
    expect(content).toContain(text.slice(7, 23));
    expect(content).not.toContain(text.slice(24));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe('the file of tokens', () => {
  it('works within a second of a change, and lets nobody in while it cannot be read', async () => {
    const file = await tokensFile();
    const first = await addToken(file, ['read']);
    const table = await openTable(file);
    const clock = vi.spyOn(performance, 'now');
    let nowMs = 1e9;
    clock.mockImplementation(() => nowMs);
    try {
      const second = await addToken(file, ['submit']);
      nowMs += 1_001;
      expect(await table.verify(second)).toMatchObject({ kind: 'known' });
      await changeTokenFile(file, (tokens) => tokens.slice(1));
      nowMs += 1_001;
      expect(await table.verify(first)).toEqual({ kind: 'unknown' });
      await writeFile(file, '{');
      nowMs += 1_001;
      expect(await table.verify(second)).toEqual({ kind: 'unreadable' });
      await writeFile(file, JSON.stringify({ kind: 'tangle-tokens', tokens: [] }));
      nowMs += 1_001;
      expect(await table.verify(second)).toEqual({ kind: 'unknown' });
    } finally {
      clock.mockRestore();
    }
  });

  it.each([
    ['no JSON', '{'],
    ['another kind', '{"kind":"tangle-key","tokens":[]}'],
    ['an unknown field', '{"kind":"tangle-tokens","tokens":[],"admin":true}'],
    [
      'an unknown scope',
      JSON.stringify({
        kind: 'tangle-tokens',
        tokens: [
          { id: '0'.repeat(16), name: 'x', scopes: ['root'], sha256: '0'.repeat(64), createdAt: PAST, expiresAt: null },
        ],
      }),
    ],
  ])('with %s is refused', async (_what, content) => {
    const file = await tokensFile();
    await writeFile(file, content, { mode: 0o600 });
    await expect(openTable(file)).rejects.toMatchObject({ code: 'tokens-file-invalid' });
  });

  it('that is missing, or that others may write, is refused', async () => {
    const file = await tokensFile();
    await expect(openTable(file)).rejects.toMatchObject({ code: 'tokens-file-invalid' });
    await addToken(file, ['read']);
    await chmod(file, 0o660);
    await expect(openTable(file)).rejects.toMatchObject({ code: 'tokens-file-invalid' });
  });

  it('loses no token to two that change it at once', async () => {
    const file = await tokensFile();
    const added = await Promise.allSettled(Array.from({ length: 8 }, () => addToken(file, ['read'])));
    const done = added.filter(({ status }) => status === 'fulfilled').length;
    expect(done).toBeGreaterThan(0);
    expect((await readTokenFile(file)).tokens.length).toBe(done);
    const refusals = added.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    for (const reason of refusals) expect(reason).toMatchObject({ code: 'tokens-file-busy' });
    await eventually(async () => (await addToken(file, ['read'])).length > 0, 'it is free again');
  });
});
