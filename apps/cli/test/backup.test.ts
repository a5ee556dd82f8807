/** `tangle backup` of a real node, running and stopped, and `tangle restore` of what it wrote. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tangleHere } from './support/in-process.js';
import {
  cleanUp,
  freePorts,
  startCluster,
  tangleJson,
  temporaryDirectory,
  type Finished,
  type Json,
} from './support/tangle.js';

/** Of a backup: more than a head. */
const HEAD = Buffer.concat([Buffer.from('tangle backup 1\n'), Buffer.alloc(64, 1)]);

let directory: string;
let node: string;
/** Made while the node ran: by name, and into a directory. */
let named: Json | undefined;
let inFolder: Json | undefined;
let refusedOverwrite: Finished;
let refusedRestore: Finished;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const net = path.join(directory, 'net');
  node = path.join(net, 'node-0');
  const cluster = await startCluster(net, 1, await freePorts(2));
  const key = path.join(directory, 'device.key');
  const url = cluster.nodes.join(',');
  await tangleJson('keygen', '--out', key);
  await tangleJson('device', 'register', key, '--admin', cluster.adminKey, '--node', url);
  const file = path.join(directory, 'first.backup');
  [named] = await tangleJson('backup', '--node', url, '--out', file);
  refusedOverwrite = await tangleHere('backup', '--node', url, '--out', file, '--json');
  refusedRestore = await tangleHere('restore', file, node, '--json');
  await mkdir(path.join(directory, 'backups'));
  [inFolder] = await tangleJson('backup', '--node', url, '--out', path.join(directory, 'backups'));
  await cluster.stop();
}, 60_000);
afterAll(cleanUp);

test('is a file for its owner alone, named by the caller or after network and time', async () => {
  const file = path.join(directory, 'first.backup');
  expect(named).toMatchObject({
    file,
    bytes: (await stat(file)).size,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const { genesisHash } = named as { readonly genesisHash: string };
  const [name] = await readdir(path.join(directory, 'backups'));
  expect(name).toMatch(new RegExp(`^${genesisHash.slice(0, 16)}-\\d{8}T\\d{6}Z\\.backup$`));
  expect(inFolder).toMatchObject({ file: path.join(directory, 'backups', name ?? '') });
});

test('replaces no file, and no ledger', () => {
  expect(refusedOverwrite).toMatchObject({ code: 1, json: [{ error: { code: 'file-exists' } }] });
  expect(refusedRestore).toMatchObject({ code: 1 });
});

test('is made of a stopped node too, and of none that is not there', async () => {
  const file = path.join(directory, 'stopped.backup');
  const [stopped] = await tangleJson('backup', '--data', node, '--out', file);
  expect(stopped).toMatchObject({ file, genesisHash: named?.['genesisHash'] });
  const nobody = await tangleHere(
    'backup',
    '--node',
    'http://127.0.0.1:1',
    '--out',
    path.join(directory, 'none'),
    '--json',
  );
  expect(nobody).toMatchObject({ code: 4, json: [{ error: { code: 'node-unreachable' } }] });
  expect(await readdir(directory)).not.toContain('none.part');
});

test.each([
  ['ends in the middle', 4, 'backup-cut', (response: ServerResponse) => response.write(HEAD, () => response.destroy())],
  ['sends something else', 5, 'backup-damaged', (response: ServerResponse) => response.end('no backup at all')],
  ['sends a part as if it were all', 5, 'backup-damaged', (response: ServerResponse) => response.end(HEAD)],
])('leaves no file of a node that %s', async (_what, code, name, answer) => {
  const server = createServer((_request, response) => void answer(response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const out = path.join(directory, 'backups', 'partial');
    const cut = await tangleHere('backup', '--node', `http://127.0.0.1:${port}`, '--out', out, '--json');
    expect(cut).toMatchObject({ code, json: [{ error: { code: name } }] });
    expect(await readdir(path.dirname(out))).toHaveLength(1);
  } finally {
    server.close();
  }
});

test('makes a ledger again that fsck finds whole, where the directory has none and the operator says so', async () => {
  const file = path.join(directory, 'first.backup');
  const data = path.join(node, 'data');
  const there = await tangleHere('restore', file, node, '--accept-contradiction', '--json');
  expect(there).toMatchObject({ code: 1, json: [{ error: { code: 'data-directory-not-empty' } }] });
  await rename(data, `${data}-old`);

  const alone = await tangleHere('restore', file, node, '--json');
  expect(alone).toMatchObject({ code: 1, json: [{ error: { code: 'nobody-to-ask' } }] });
  const bytes = await readFile(file);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  const damaged = path.join(directory, 'damaged.backup');
  await writeFile(damaged, bytes);
  const refused = await tangleHere('restore', damaged, node, '--accept-contradiction', '--json');
  expect(refused).toMatchObject({ code: 5, json: [{ error: { code: 'backup-damaged' } }] });
  const missing = await tangleHere(
    'restore',
    path.join(directory, 'missing'),
    node,
    '--accept-contradiction',
    '--json',
  );
  expect(missing).toMatchObject({ code: 1, json: [{ error: { code: 'no-such-file' } }] });
  expect(await readdir(data)).toEqual([]);

  const restored = await tangleHere('restore', file, node, '--accept-contradiction', '--json');
  expect(restored).toMatchObject({ code: 0, json: [{ directory: data, inDoubt: false }] });
  expect(await tangleHere('fsck', node, '--json')).toMatchObject({ code: 0, json: [{ ok: true, leaves: 2 }] });
});
