/** What became of a data directory between two openings: moved, copied, restored over. */
import { cp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Genesis } from '@tangle/core/model';
import { testNetwork } from '@tangle/core/testing';
import { markFirstStart, openLevelStore } from '../../src/store/index.js';
import { crypto, genesis as twoValidators, temporaryDirectory } from './fixtures.js';

interface Opening {
  readonly isCopy: boolean;
  readonly doubtful: boolean;
}

async function openOnce(directory: string, genesis: Genesis = twoValidators): Promise<Opening> {
  let isCopy = false;
  const onCopy = (): void => {
    isCopy = true;
  };
  const store = await openLevelStore({ directory, genesis, crypto, onCopy });
  const { doubtful } = await store.recover();
  await store.close();
  return { isCopy, doubtful };
}

async function openedDirectory(genesis: Genesis = twoValidators): Promise<string> {
  const directory = path.join(await temporaryDirectory(), 'data');
  await markFirstStart(directory);
  expect(await openOnce(directory, genesis)).toEqual({ isCopy: false, doubtful: false });
  return directory;
}

const copy = (from: string, to: string) => cp(from, to, { recursive: true, preserveTimestamps: true });

const AT_HOME = { isCopy: false, doubtful: false };

describe('a data directory', () => {
  test('may be opened again, moved and renamed', async () => {
    const directory = await openedDirectory();
    expect(await openOnce(directory)).toEqual(AT_HOME);
    await rename(directory, `${directory}-moved`);
    expect(await openOnce(`${directory}-moved`)).toEqual(AT_HOME);
  });

  test('is in doubt as a copy, for as long as nobody has settled it; what it was copied from is not', async () => {
    const directory = await openedDirectory();
    await copy(directory, `${directory}-copy`);
    expect(await openOnce(`${directory}-copy`)).toEqual({ isCopy: true, doubtful: true });
    expect(await openOnce(`${directory}-copy`)).toEqual({ isCopy: false, doubtful: true });
    expect(await openOnce(directory)).toEqual(AT_HOME);
  });

  test.each([
    ['in its place', ''],
    ['in place of its ledger alone', 'ledger'],
  ])('is in doubt where an older copy was restored %s', async (_where, part) => {
    const directory = await openedDirectory();
    await copy(directory, `${directory}-backup`);
    expect(await openOnce(directory)).toEqual(AT_HOME);
    await rm(path.join(directory, part), { recursive: true });
    await copy(path.join(`${directory}-backup`, part), path.join(directory, part));
    expect(await openOnce(directory)).toEqual({ isCopy: true, doubtful: true });
  });

  test('is no copy where a start ended before it was noted in the database', async () => {
    const directory = await openedDirectory();
    await writeFile(path.join(directory, 'home-0'), 'the second opening got this far');
    expect(await openOnce(directory)).toEqual(AT_HOME);
    expect(await openOnce(directory)).toEqual(AT_HOME);
  });

  test('of a committee of one is told to be a copy and not in doubt: nobody could settle that', async () => {
    const { genesis } = testNetwork({ weights: [1] });
    const directory = await openedDirectory(genesis);
    await copy(directory, `${directory}-copy`);
    expect(await openOnce(`${directory}-copy`, genesis)).toEqual({ isCopy: true, doubtful: false });
  });
});
