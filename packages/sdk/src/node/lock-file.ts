/** A lock that one process holds by a file naming it. A crashed holder's lock is taken over. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { TangleError } from '../errors.js';

/** Takes the lock or throws `outbox-locked`; the answer releases it. */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  const own = `${process.pid} ${startOf(process.pid) ?? 'unknown'}\n`;
  const draft = `${path}.${randomUUID()}`;
  // Written first and linked then, so that no lock is ever seen half written.
  await writeFile(draft, own, { mode: 0o600 });
  try {
    while (!(await tryLink(draft, path))) await removeIfStale(path);
  } finally {
    await rm(draft);
  }
  return () => rm(path, { force: true });
}

async function tryLink(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function removeIfStale(path: string): Promise<void> {
  const found = await readIfThere(path);
  if (found === null) return;
  const [pid, start] = found.trim().split(' ');
  if (isHeld(Number(pid), start ?? 'unknown')) throw lockedBy(path, pid);
  // Moved aside and looked at again: another process may have taken it over a moment ago.
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = await readFile(aside, 'utf8');
  if (moved !== found) {
    await tryLink(aside, path);
    await rm(aside);
    throw lockedBy(path, moved.split(' ')[0]);
  }
  await rm(aside);
}

function lockedBy(path: string, pid: string | undefined): TangleError {
  return new TangleError('outbox-locked', `process ${pid ?? 'unknown'} holds ${path}`, { details: { path, pid } });
}

/** Alive, and not another process that got the same number since. */
function isHeld(pid: number, start: string): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, as somebody else's.
    if (!hasCode(error, 'EPERM')) return false;
  }
  const current = startOf(pid);
  return current === null || start === 'unknown' || current === start;
}

/** When a process was started, in ticks since boot; null where the system does not say (not Linux). */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold spaces; the start is field 22, the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES') || hasCode(error, 'ESRCH')) return null;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
