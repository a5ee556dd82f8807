/** A validator whose disk gives back something else than was written: found, set aside, fetched again from its peers. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Device, readKeyFile } from '@tangle/sdk/node';
import { tangleJson } from '../support/tangle.js';
import { tangleHere } from '../support/in-process.js';
import { useNetwork } from './network.js';

const networkOf = useNetwork(4);

test('comes back whole from its peers after its damaged ledger was set aside', { timeout: 120_000 }, async () => {
  const network = networkOf();
  const key = await readKeyFile(network.adminKeyFile);
  const device = await Device.open({ key, genesis: network.genesis, nodes: network.urls.slice(0, 3) });
  for (let index = 0; index < 20; index++) await (await device.submit({ index })).accepted();
  const before = await network.agreement([0, 1, 2, 3]);
  await network.end(3, 'SIGTERM');
  await flipBit(path.join(network.directoryOf(3), 'data', 'ledger'));

  const damaged = await tangleHere('fsck', network.directoryOf(3), '--json');
  expect(damaged).toMatchObject({
    code: 5,
    json: [{ ok: false, setAside: null }, { error: { code: 'ledger-damaged' } }],
  });
  const aside = await tangleJson('fsck', network.directoryOf(3), '--resync');
  expect(aside).toMatchObject([{ ok: false, setAside: expect.stringContaining('ledger.damaged-1') as string }]);
  expect(await readdir(path.join(network.directoryOf(3), 'data'))).toContain('ledger.damaged-1');

  await network.start(3);
  await (await device.submit({ index: 20 })).accepted();
  await network.ready(3);
  const after = await network.agreement([0, 1, 2, 3]);
  expect(after.commit.index).toBeGreaterThan(before.commit.index);
  await network.end(3, 'SIGTERM');
  expect(await tangleHere('fsck', network.directoryOf(3), '--json')).toMatchObject({ code: 0, json: [{ ok: true }] });
  await device.close();
});

/** One bit in the middle of what LevelDB wrote last: it skips that part without a word. */
async function flipBit(ledger: string): Promise<void> {
  const log = (await readdir(ledger)).find((name) => name.endsWith('.log'));
  const file = path.join(ledger, log ?? '');
  const bytes = await readFile(file);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
  await writeFile(file, bytes);
}
