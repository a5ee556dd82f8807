/** A validator whose past is gone, or an older one (PROTOCOL 9): silent until a quorum has told it its past, then one of four again. */
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Device, readKeyFile } from '@tangle/sdk/node';
import { cleanUp, tangle } from '../support/tangle.js';
import { eventually, Network } from './network.js';

let network: Network;

beforeEach(async () => {
  network = await Network.create(4);
  await network.startAll();
});
afterEach(async () => {
  await network.endAll();
  await cleanUp();
});

test.each([
  ['without its disk', false],
  ['with an older copy of it', true],
])(
  'comes back %s from its peers, contradicts nothing that it signed before, and carries the quorum again',
  { timeout: 120_000 },
  async (_how, hasBackup) => {
    const key = await readKeyFile(network.adminKeyFile);
    const device = await Device.open({ key, genesis: network.genesis, nodes: network.urls.slice(0, 3) });
    const submit = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) await (await device.submit({ index })).accepted();
    };
    const data = path.join(network.directoryOf(3), 'data');
    const backup = path.join(network.directory, 'backup');
    await submit(5);
    if (hasBackup) {
      await network.end(3, 'SIGTERM');
      await cp(data, backup, { recursive: true, preserveTimestamps: true });
      await network.start(3);
      await network.ready(3);
    }
    await submit(15);
    const before = await network.agreement([0, 1, 2, 3]);
    await network.end(3, 'SIGKILL');
    const exportBefore = await statementsOf(2, 3);
    await rm(data, { recursive: true });
    if (hasBackup) await cp(backup, data, { recursive: true, preserveTimestamps: true });

    await network.start(3);
    await submit(20);
    await network.ready(3);
    const after = await network.agreement([0, 1, 2, 3]);
    expect(after.commit.index).toBeGreaterThan(before.commit.index);

    // Its weight is needed now: without it the other two are no quorum.
    await network.end(2, 'SIGKILL');
    await submit(5);
    await network.start(2);
    await network.agreement([0, 1, 2, 3]);
    await device.close();

    const statements = await statementsOf(0, 3);
    for (const [round, id] of exportBefore) expect(statements.get(round), `round ${round}`).toBe(id);
    expect(statements.size).toBeGreaterThan(exportBefore.size);
  },
);

/** Round -> id of the statements by validator `author` that node `holder` exports, each round once. */
async function statementsOf(holder: number, author: number): Promise<Map<number, string>> {
  const exported = await eventually('the export is whole', async () => {
    const result = await tangle(['export', '--node', network.urlOf(holder)]);
    return result.code === 0 && result;
  });
  const { validators } = network.genesis as { readonly validators: readonly { readonly statementKey: string }[] };
  const statements = new Map<number, string>();
  for (const line of exported.stdout.split('\n')) {
    if (!line.startsWith('{"kind":"statement"')) continue;
    const { round, id, author: key } = JSON.parse(line) as { round: number; id: string; author: string };
    if (key !== validators[author]?.statementKey) continue;
    expect(statements.get(round), `two statements of round ${round}`).toBeUndefined();
    statements.set(round, id);
  }
  return statements;
}
