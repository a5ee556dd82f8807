import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateKey, keyFromSecret } from '@tangle/sdk';
import { readKeyFile, writeKeyFile } from '@tangle/sdk/node';
import { codeOf, key, temporaryDirectory } from './support/harness.js';

describe('a key', () => {
  it('comes from 32 bytes of the given randomness', () => {
    const made = generateKey((length) => new Uint8Array(length).fill(7));
    expect(made).toEqual(key);
    expect(made.id).toMatch(/^did:key:z6Mk/);
    expect(generateKey().id).not.toBe(generateKey().id);
    expect(() => keyFromSecret(new Uint8Array(31))).toThrow('invalid-key');
  });
});

describe('a key file', () => {
  it('is read back as it was written, for its owner only, and never replaced', async () => {
    const path = join(await temporaryDirectory(), 'device.key');
    await writeKeyFile(path, key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readKeyFile(path)).toEqual(key);
    expect(await codeOf(writeKeyFile(path, key))).toBe('EEXIST');
  });

  it.each([0o640, 0o604, 0o644, 0o610])('is refused with mode %o', async (mode) => {
    const path = join(await temporaryDirectory(), 'device.key');
    await writeKeyFile(path, key);
    await chmod(path, mode);
    expect(await codeOf(readKeyFile(path))).toBe('key-file-too-open');
  });

  it('is refused where its parts disagree, without showing the secret', async () => {
    const path = join(await temporaryDirectory(), 'device.key');
    await writeKeyFile(path, key);
    const content = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
    for (const [field, value] of [
      ['kind', 'other'],
      ['suite', 'p256'],
      ['secretKey', 'zz'],
      ['secretKey', '08'.repeat(32)],
      ['id', generateKey().id],
    ] as const) {
      await writeFile(path, JSON.stringify({ ...content, [field]: value }));
      const error: unknown = await readKeyFile(path).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'invalid-key' });
      expect(String(error)).not.toContain('08'.repeat(32));
    }
    await writeFile(path, '{');
    expect(await codeOf(readKeyFile(path))).toBe('invalid-key');
  });
});
