/** Small files beside the database, durable when the promise resolves. */
import { open, type FileHandle } from 'node:fs/promises';

/** Creates or replaces the content; the entry of a new file in its directory is the caller's part. */
export async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the entries of a directory durable. Windows cannot, and need not: its journal keeps their order. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') {
    return;
  }
  const handle: FileHandle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
