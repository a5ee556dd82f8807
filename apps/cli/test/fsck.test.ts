/** `tangle fsck` on the ledger of a real node that was stopped. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tangleHere } from './support/in-process.js';
import { cleanUp, freePorts, startCluster, tangleJson, temporaryDirectory, type Finished } from './support/tangle.js';

let net: string;
let node: string;
/** What it said while the node was running. */
let busy: Finished;

beforeEach(async () => {
  const directory = await temporaryDirectory();
  net = path.join(directory, 'net');
  node = path.join(net, 'node-0');
  const cluster = await startCluster(net, 1, await freePorts(2));
  const key = path.join(directory, 'device.key');
  await tangleJson('keygen', '--out', key);
  await tangleJson('device', 'register', key, '--admin', cluster.adminKey, '--node', cluster.nodes.join(','));
  busy = await tangleHere('fsck', node, '--json');
  await cluster.stop();
}, 60_000);
afterEach(cleanUp);

/** The largest file that holds records. */
async function recordsFile(): Promise<string> {
  const ledger = path.join(node, 'data', 'ledger');
  const files = (await readdir(ledger)).filter((name) => /\.(?:ldb|log)$/.test(name));
  const sized = await Promise.all(
    files.map(async (name) => ({ name, size: (await stat(path.join(ledger, name))).size })),
  );
  const [largest] = sized.sort((left, right) => right.size - left.size);
  return path.join(ledger, largest?.name ?? '');
}

test('finds nothing wrong with a good ledger, and says what to do about a damaged one', async () => {
  const good = await tangleHere('fsck', node, '--json');
  expect(good).toMatchObject({ code: 0, json: [{ ok: true, leaves: 2, findings: [] }] });

  const file = await recordsFile();
  const bytes = await readFile(file);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
  await writeFile(file, bytes);
  const damaged = await tangleHere('fsck', node, '--json');
  expect(damaged).toMatchObject({ code: 5, json: [{ ok: false }, { error: { code: 'ledger-damaged' } }] });
  expect(damaged.stderr).toMatch(/What to do: /);
});

test('wants a directory that holds a ledger, and a node that is stopped', async () => {
  expect(busy).toMatchObject({ code: 1, json: [{ error: { code: 'data-directory-in-use' } }] });
  expect(await tangleHere('fsck', net, '--json')).toMatchObject({
    code: 1,
    json: [{ error: { code: 'not-a-data-directory' } }],
  });
});
