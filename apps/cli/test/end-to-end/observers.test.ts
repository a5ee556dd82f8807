/** Nodes without a vote beside four validators: what is submitted to one becomes final, and all of them hold the same. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { Device, readKeyFile } from '@tangle/sdk/node';
import { tangleJson } from '../support/tangle.js';
import { eventually, useNetwork, type Network } from './network.js';

/** The first two follow the validators, the third the first. */
const [EARLY, LATE] = [4, 5];
const VALIDATORS = [0, 1, 2, 3];

const networkOf = useNetwork(4, async (network) => {
  await network.addObserver('obs-early');
  await network.addObserver('obs-late');
});

test('follow, serve and relay: killed, late, and with validators that restart', { timeout: 180_000 }, async () => {
  const network = networkOf();
  await network.start(EARLY);
  await network.ready(EARLY);
  expect(await network.info(EARLY)).toMatchObject({ name: 'obs-early', role: 'observer' });

  // Submitted to it alone.
  const first = await submitter(network, EARLY, 'a');
  const id = await first.submit(30);
  await network.agreement([...VALIDATORS, EARLY]);
  await first.close();
  const proof = path.join(network.directory, 'reading.tlog');
  const genesis = path.join(network.directory, 'genesis.json');
  await tangleJson('prove', id, '--node', network.urlOf(EARLY), '--genesis', genesis, '--out', proof);
  await tangleJson('verify', proof, '--genesis', genesis);
  expect(await tangleJson('status', id, '--node', network.urlOf(EARLY))).toMatchObject([{ status: 'certified' }]);

  // Killed in the middle of what others submit.
  const second = await submitter(network, 1, 'b');
  const under = second.submit(40);
  await network.end(EARLY, 'SIGKILL');
  await under;
  await network.start(EARLY);
  await network.ready(EARLY);
  await network.agreement([...VALIDATORS, EARLY]);
  await second.close();

  // From genesis on.
  await network.start(LATE);
  await network.ready(LATE);
  const before = await network.agreement([...VALIDATORS, EARLY, LATE]);
  expect(before.commit.index).toBeGreaterThan(0);

  // A validator that comes back lets both in again, and takes what they bring.
  await network.end(0, 'SIGTERM');
  await network.start(0);
  await eventually('node 0 has its observers again', async () => {
    const answer = await fetch(`${network.urlOf(0)}/v1/info`);
    const { observers } = (await answer.json()) as { readonly observers: readonly { readonly connected: boolean }[] };
    return observers.length === 2 && observers.every(({ connected }) => connected);
  });
  await network.end(1, 'SIGKILL');
  const third = await submitter(network, LATE, 'c');
  await third.submit(10);
  await third.close();
  await network.start(1);
  const after = await network.agreement([...VALIDATORS, EARLY, LATE]);
  expect(after.commit.index).toBeGreaterThan(before.commit.index);

  const doctor = await tangleJson('doctor', '--data', network.directoryOf(EARLY));
  const { checks } = doctor[0] as { readonly checks: readonly { readonly check: string; readonly found: string }[] };
  expect(checks.find(({ check }) => check === 'role')?.found).toContain('observer obs-early');
  expect(checks.find(({ check }) => check === 'reachable')?.found).toContain('observer obs-early');

  expect((await network.end(LATE, 'SIGTERM')).code).toBe(0);
  expect(await tangleJson('fsck', network.directoryOf(LATE))).toMatchObject([{ ok: true }]);
});

/** Submits as the administrator through one node, each time with an outbox of its own. */
async function submitter(network: Network, index: number, label: string) {
  const key = await readKeyFile(network.adminKeyFile);
  const device = await Device.open({ key, genesis: network.genesis, nodes: [network.urlOf(index)] });
  return {
    /** Waits until all are final; the id of the last. */
    submit: async (count: number): Promise<string> => {
      const receipts = [];
      for (let number = 0; number < count; number++) receipts.push(await device.submit({ [label]: number }));
      for (const receipt of receipts) await receipt.final();
      return receipts.at(-1)?.id ?? '';
    },
    close: () => device.close(),
  };
}
