/** The route of backups: one at a time, a part is never taken for the whole. What is in them is tested with the store. */
import { expect, it } from 'vitest';
import { eventually, problemOf, startApi } from './harness.js';

it('gives out one backup at a time', async () => {
  const { node, url } = await startApi();
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  node.backup = async function* () {
    yield new Uint8Array(100_000).fill(1);
    await held;
    yield new Uint8Array(100_000).fill(2);
  };
  const running = await fetch(`${url}/v1/backup`);
  expect([running.status, running.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
  const second = await problemOf(await fetch(`${url}/v1/backup`));
  expect(second).toMatchObject({ code: 'too-many-backups', status: 503 });
  release();
  expect((await running.arrayBuffer()).byteLength).toBe(200_000);
  await eventually(async () => (await fetch(`${url}/v1/backup`)).ok, 'another backup may run');
});

it('cuts the connection where a backup cannot be gone on with', async () => {
  const { node, url } = await startApi();
  node.backup = async function* () {
    yield await Promise.resolve(new Uint8Array(100_000));
    throw new Error('a record is damaged');
  };
  const cut = await fetch(`${url}/v1/backup`);
  await expect(cut.arrayBuffer()).rejects.toThrow('terminated');
});
