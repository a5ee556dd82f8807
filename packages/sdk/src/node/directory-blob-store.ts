/** Blobs as files of one directory, each named by the root of its batch, whole or not there at all. */
import type { BlobStore } from '../blobs.js';
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isIdText } from '@tangle/core/ids';
import { invalidArgument } from '../errors.js';
import { hasCode } from './lock-file.js';
import { syncDirectory } from './sync-directory.js';

/** Bytes that are read of a file: more than the largest batch takes, so that a longer one is told by its length. */
const BLOB_BYTES_READ_MAX = 64 * 1024 * 1024;

/**
 * A blob store in a directory, which is made where it is missing (mode 0700); files have mode 0600. Processes may share
 * it: a blob never changes.
 * @example
 * const receipt = await device.submitAnchor(samples, { blobs: directoryBlobStore('./blobs') });
 */
export function directoryBlobStore(directory: string): BlobStore {
  return {
    async put(root, blob) {
      const path = pathOf(directory, root);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const draft = `${path}.${randomUUID()}`;
      try {
        const file = await open(draft, 'wx', 0o600);
        try {
          await file.writeFile(blob);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
      await syncDirectory(directory);
    },

    async get(root) {
      const path = pathOf(directory, root);
      try {
        const file = await open(path, 'r');
        try {
          const { size } = await file.stat();
          const bytes = new Uint8Array(Math.min(size, BLOB_BYTES_READ_MAX));
          const { bytesRead } = await file.read(bytes);
          return bytes.subarray(0, bytesRead);
        } finally {
          await file.close();
        }
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return null;
        throw error;
      }
    },
  };
}

function pathOf(directory: string, root: string): string {
  if (!isIdText(root)) throw invalidArgument('root', root, '64 lower-case hex digits');
  return join(directory, `${root}.blob`);
}
