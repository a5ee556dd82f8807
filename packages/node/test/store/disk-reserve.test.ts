/** When a node with little room left on its disk stops taking transactions, and when it stops writing. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DiskReserve, markFirstStart, openLevelStore } from '../../src/store/index.js';
import { answersOf, crypto, genesis, Script, temporaryDirectory } from './fixtures.js';

/** A disk with as much room as the test says. */
function diskOf(freeBytes: number) {
  const disk = { freeBytes, changes: [] as boolean[] };
  const reserve = new DiskReserve({
    directory: 'elsewhere',
    reserveBytes: 800,
    stopBytes: 100,
    onChange: (isShort) => disk.changes.push(isShort),
    freeBytes: () => disk.freeBytes,
  });
  return { disk, reserve };
}

describe('the reserve of a disk', () => {
  test('is short below its first threshold, and no more once there is an eighth more than that', () => {
    const { disk, reserve } = diskOf(801);
    const seen = [801, 800, 799, 800, 899, 900, 800, 100].map((freeBytes) => {
      disk.freeBytes = freeBytes;
      reserve.ensureRoom();
      return reserve.isShort;
    });
    expect(seen).toEqual([false, false, true, true, true, false, false, true]);
    expect(disk.changes).toEqual([true, false, true]);
  });

  test('says by a code and a way out that nothing may be written any more', () => {
    const { reserve } = diskOf(99);
    expect(() => reserve.ensureRoom()).toThrow(expect.objectContaining({ code: 'disk-full' }) as Error);
    expect(() => reserve.ensureRoom()).toThrow(
      /99 bytes are free .* 100 are needed .* make room and start the node again/,
    );
    expect(reserve.isShort).toBe(true);
  });

  test('asks the file system by itself, and says so where that does not answer', async () => {
    const directory = await temporaryDirectory();
    const thresholds = { reserveBytes: 0, stopBytes: 0 };
    const reserve = new DiskReserve({ directory, ...thresholds });
    reserve.ensureRoom();
    expect(reserve.freeBytes).toBeGreaterThan(0);
    const missing = new DiskReserve({ directory: path.join(directory, 'missing'), ...thresholds });
    expect(() => missing.ensureRoom()).toThrow(expect.objectContaining({ code: 'disk-failed' }) as Error);
  });
});

describe('a store whose disk is full', () => {
  test('writes nothing, reads on, closes in good order, and goes on when there is room', async () => {
    const directory = path.join(await temporaryDirectory(), 'data');
    await markFirstStart(directory);
    const { disk, reserve } = diskOf(1_000);
    const script = new Script(3);
    const store = await openLevelStore({ directory, genesis, crypto, reserve });
    await store.write(script.turn());
    const refused = script.turn();
    const before = await answersOf(store, script);
    disk.freeBytes = 50;
    await expect(store.write(refused)).rejects.toMatchObject({ code: 'disk-full' });
    expect(await answersOf(store, script)).toEqual(before);
    await store.close();

    await expect(openLevelStore({ directory, genesis, crypto, reserve })).rejects.toMatchObject({ code: 'disk-full' });
    disk.freeBytes = 1_000;
    const again = await openLevelStore({ directory, genesis, crypto, reserve });
    expect(await answersOf(again, script)).toEqual(before);
    await again.write(refused);
    await again.close();
  });
});
