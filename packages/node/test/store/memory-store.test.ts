/** The weather that a memory disk can play for the simulator. */
import { expect, test } from 'vitest';
import { MemoryDisk, MemoryStore, type WriteFate } from '../../src/replica/memory-store.js';
import { answersOf, Script } from './fixtures.js';

test('a crash drops the batch under way and keeps those before it', async () => {
  const disk = new MemoryDisk({ firstStart: true });
  const script = new Script(1);
  const first = new MemoryStore({ disk });
  await first.write(script.turn());
  const before = await answersOf(first, script);

  let proceed: (fate: WriteFate) => void = () => undefined;
  const fate = new Promise<WriteFate>((resolve) => (proceed = resolve));
  const crashing = new MemoryStore({ disk, beforeWrite: () => fate });
  let isSettled = false;
  const write = crashing.write(new Script(2).turn()).finally(() => (isSettled = true));
  crashing.crash();
  proceed('written');
  await Promise.race([write, fate]);
  expect(isSettled).toBe(false);
  expect(await answersOf(new MemoryStore({ disk }), script)).toEqual(before);
});

test.each([
  ['failed-lost', 0],
  ['failed-written', 1],
] as const)('a write that ends %s makes the store unusable; the next one finds %i statements', async (fate, found) => {
  const disk = new MemoryDisk({ firstStart: true });
  const store = new MemoryStore({ disk, beforeWrite: async () => fate });
  const records = new Script(3).turn().filter(({ kind }) => kind === 'statement');
  await expect(store.write(records)).rejects.toMatchObject({ code: 'disk-failed' });
  await expect(store.head()).rejects.toMatchObject({ code: 'disk-failed' });
  expect((await new MemoryStore({ disk }).recover()).statements.length).toBe(found);
});

test('a snapshot is the past, however the disk goes on', async () => {
  const disk = new MemoryDisk({ firstStart: true });
  const script = new Script(4);
  const store = new MemoryStore({ disk });
  for (let turn = 0; turn < 10; turn++) {
    await store.write(script.turn());
  }
  const backup = disk.snapshot();
  const then = await answersOf(store, script);
  const later = new Script(5);
  await store.write(later.turn());
  expect(await answersOf(new MemoryStore({ disk: backup }), script)).toEqual(then);
  expect(await answersOf(store, script)).not.toEqual(then);
});
