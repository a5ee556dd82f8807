/** A validator whose past is gone, or an older one (PROTOCOL 9): silent until a quorum has told it its past, then one of four again. */
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Device, readKeyFile } from '@tangle/sdk/node';
import { tangleHere } from '../support/in-process.js';
import { tangle, tangleJson } from '../support/tangle.js';
import { eventually, useNetwork, type Network } from './network.js';

const networkOf = useNetwork(4);

/** What is put by of node 3 while the network runs, and what is made of that when its disk is gone. */
interface Keeping {
  readonly how: string;
  readonly keep: (network: Network, submit: (count: number) => Promise<void>) => Promise<unknown>;
  readonly bringBack: (network: Network) => Promise<unknown>;
}

const dataOf = (network: Network): string => path.join(network.directoryOf(3), 'data');
const backupOf = (network: Network): string => path.join(network.directory, 'backup');
const copy = (from: string, to: string): Promise<void> => cp(from, to, { recursive: true, preserveTimestamps: true });

const KEEPINGS: readonly Keeping[] = [
  { how: 'without its disk', keep: () => Promise.resolve(), bringBack: () => Promise.resolve() },
  {
    how: 'with an older copy of it',
    keep: async (network) => {
      await network.end(3, 'SIGTERM');
      await copy(dataOf(network), backupOf(network));
      await network.start(3);
      await network.ready(3);
    },
    bringBack: (network) => copy(backupOf(network), dataOf(network)),
  },
  {
    how: 'restored from a backup that was made while it ran',
    keep: (network, submit) =>
      Promise.all([tangleJson('backup', '--node', network.urlOf(3), '--out', backupOf(network)), submit(5)]),
    bringBack: async (network) => {
      const restored = await tangleJson('restore', backupOf(network), network.directoryOf(3));
      expect(restored).toMatchObject([{ inDoubt: true }]);
    },
  },
];

test.each(KEEPINGS.map((keeping) => [keeping.how, keeping] as const))(
  'comes back %s from its peers, contradicts nothing that it signed before, and carries the quorum again',
  { timeout: 180_000 },
  async (_how, { keep, bringBack }) => {
    const network = networkOf();
    const key = await readKeyFile(network.adminKeyFile);
    const device = await Device.open({ key, genesis: network.genesis, nodes: network.urls.slice(0, 3) });
    const submit = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) await (await device.submit({ index })).accepted();
    };
    await submit(5);
    await keep(network, submit);
    await submit(15);
    const before = await network.agreement([0, 1, 2, 3]);
    await network.end(3, 'SIGKILL');
    const exportBefore = await statementsOf(2, 3);
    await rm(dataOf(network), { recursive: true });
    await bringBack(network);

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

    const { stderr } = await network.end(3, 'SIGTERM');
    expect(stderr).toContain('own past in doubt');
    const checked = await tangleHere('fsck', network.directoryOf(3), '--json');
    expect(checked).toMatchObject({ code: 0, json: [{ ok: true }] });
    const statements = await statementsOf(0, 3);
    for (const [round, id] of exportBefore) expect(statements.get(round), `round ${round}`).toBe(id);
    expect(statements.size).toBeGreaterThan(exportBefore.size);
  },
);

/** Round -> id of the statements by validator `author` that node `holder` exports, each round once. */
async function statementsOf(holder: number, author: number): Promise<Map<number, string>> {
  const network = networkOf();
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
