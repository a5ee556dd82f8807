import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { directoryBlobStore } from '@tangle/sdk/node';
import { codeOf, temporaryDirectory } from './support/harness.js';

const root = 'ab'.repeat(32);

it('keeps blobs as files that only their owner may read, whole or not at all', async () => {
  const directory = join(await temporaryDirectory(), 'deep', 'blobs');
  const blobs = directoryBlobStore(directory);
  expect(await blobs.get(root)).toBeNull();
  await blobs.put(root, Uint8Array.of(1, 2, 3));
  expect(await directoryBlobStore(directory).get(root)).toEqual(Uint8Array.of(1, 2, 3));
  expect(await readdir(directory)).toEqual([`${root}.blob`]);
  expect((await stat(join(directory, `${root}.blob`))).mode & 0o777).toBe(0o600);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
});

it('replaces a blob as a whole', async () => {
  const directory = await temporaryDirectory();
  const blobs = directoryBlobStore(directory);
  const contents = Array.from({ length: 8 }, (_, index) => new Uint8Array(1_000).fill(index));
  await Promise.all(contents.map((blob) => blobs.put(root, blob)));
  const kept = await blobs.get(root);
  expect(contents).toContainEqual(kept);
  expect((await readdir(directory)).length).toBe(1);
});

it('gives what is in the file, however long it has become: whether it matches is found out later', async () => {
  const directory = await temporaryDirectory();
  const blobs = directoryBlobStore(directory);
  await blobs.put(root, Uint8Array.of(1));
  await truncate(join(directory, `${root}.blob`), 3 * 1024 ** 3);
  expect((await blobs.get(root))?.length).toBe(64 * 1024 * 1024);
});

it('leaves nothing behind where the disk refuses, and says why', async () => {
  const directory = join(await temporaryDirectory(), 'file');
  await writeFile(directory, 'in the way');
  await expect(directoryBlobStore(directory).put(root, Uint8Array.of(1))).rejects.toThrow('EEXIST');
  expect(await readFile(directory, 'utf8')).toBe('in the way');
});

it('takes only roots as names', async () => {
  const blobs = directoryBlobStore(await temporaryDirectory());
  for (const name of ['../up', '', root.toUpperCase(), `${root}00`]) {
    expect(await codeOf(blobs.put(name, Uint8Array.of(1)))).toBe('invalid-argument');
    expect(await codeOf(blobs.get(name))).toBe('invalid-argument');
  }
});
