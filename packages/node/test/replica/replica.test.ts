/** The replica on a memory store: what a device is told, and what becomes of a store that fails under it. */
import { expect, onTestFinished, test } from 'vitest';
import type { Digest, StatementId } from '@tangle/core/ids';
import { testDevice, testNetwork, testTransaction } from '@tangle/core/testing';
import { REPLICA_DEFAULTS } from '../../src/replica/limits.js';
import { MemoryDisk, MemoryStore } from '../../src/replica/memory-store.js';
import { encodeMessage } from '../../src/replica/messages.js';
import type { ClockPort } from '../../src/replica/ports.js';
import { Replica } from '../../src/replica/replica.js';

const network = testNetwork({ weights: [1, 1, 1, 1] });
const device = testDevice('pump');
const parent = testTransaction(network, device, { sequence: 1 });
const { transactionId } = network.genesis;
const child = testTransaction(network, device, {
  sequence: 2,
  parents: parent.id < transactionId ? [parent.id, transactionId] : [transactionId, parent.id],
});

const CLOCK: ClockPort = {
  wallMs: () => network.genesis.parameters.time + 1_000,
  monotonicMs: () => performance.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

async function startReplica() {
  const disk = new MemoryDisk({ firstStart: true });
  const store = new MemoryStore({ disk });
  let isBroken = false;
  const intact = store.history;
  Object.assign(store, {
    history: {
      isFinal: (id: typeof parent.id) => {
        if (isBroken) throw new Error('record-corrupt');
        return intact.isFinal(id);
      },
      statement: (id: StatementId) => intact.statement(id),
    },
  });
  const fatal: Error[] = [];
  const misbehaviours: string[] = [];
  const replica = await Replica.start({
    genesis: network.genesis,
    crypto: network.crypto,
    validator: { index: 0, signer: network.signers[0]! },
    cosigner: network.cosigners[0]!,
    store,
    network: { send: () => true },
    clock: CLOCK,
    random: { nextU32: () => 1 },
    limits: REPLICA_DEFAULTS,
    listener: { onMisbehaviour: (_, what) => misbehaviours.push(what) },
    onFatal: (error) => fatal.push(error),
  });
  onTestFinished(() => replica.stop());
  await replica.settled();
  return { replica, disk, fatal, misbehaviours, breakStore: () => void (isBroken = true) };
}

test('a transaction that waits for its parent is not accepted, however often it comes, until the parent is there', async () => {
  const { replica, disk } = await startReplica();
  replica.peerUp(1);
  replica.receive(1, encodeMessage({ kind: 'vertices', vertices: [child.bytes], cosignatures: [] }));
  await replica.settled();
  for (let time = 0; time < 3; time++) expect(await replica.submit(child.bytes)).toEqual({ kind: 'parent-unknown' });
  expect(disk.transaction(child.id)).toBeUndefined();

  expect(await replica.submit(parent.bytes)).toEqual({ kind: 'accepted', id: parent.id });
  expect(await replica.submit(child.bytes)).toEqual({ kind: 'accepted', id: child.id });
  expect(disk.transaction(child.id)).toBeDefined();
});

test('a store that fails while a message is looked at stops the replica, and throws nothing at the link', async () => {
  const { replica, fatal, breakStore } = await startReplica();
  breakStore();
  replica.receive(1, encodeMessage({ kind: 'vertices', vertices: [parent.bytes], cosignatures: [] }));
  expect(fatal).toMatchObject([{ code: 'disk-failed' }]);
  expect(replica.stopped).toBe(true);
});

test('a store that fails while a submission is looked at stops the replica, and the device is told', async () => {
  const { replica, fatal, breakStore } = await startReplica();
  breakStore();
  expect(await replica.submit(parent.bytes)).toEqual({ kind: 'stopping' });
  expect(fatal).toMatchObject([{ code: 'disk-failed' }]);
});

test('a peer with another digest of the same commit is reported and counted', async () => {
  const { replica, misbehaviours } = await startReplica();
  const digest = 'b'.repeat(64) as Digest;
  const frontier = { kind: 'frontier', commitIndex: 0, digest, statements: [], open: [] } as const;
  for (let time = 0; time < 2; time++) replica.receive(1, encodeMessage(frontier));
  expect(misbehaviours).toEqual([expect.stringContaining(digest)]);
  expect(replica.divergedPeers).toBe(1);
  expect(replica.stopped).toBe(false);
});
