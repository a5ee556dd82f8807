/** Replicas that sign nothing, beside four that do; and what one of the four believes of somebody who says less than nothing. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { networkKeys, verifyLogSignature } from '@tangle/core/log';
import type { CheckedTransaction } from '@tangle/core/model';
import type { Digest } from '@tangle/core/ids';
import { registration, testDevice, testNetwork, testTransaction } from '@tangle/core/testing';
import { REPLICA_DEFAULTS } from '../../src/replica/limits.js';
import { MemoryDisk, MemoryStore } from '../../src/replica/memory-store.js';
import { decodeMessage, encodeMessage, type PeerMessage } from '../../src/replica/messages.js';
import { Replica } from '../../src/replica/replica.js';
import { startCluster, type Cluster } from './cluster.js';

const network = testNetwork({ weights: [1, 1, 1, 1] });
const VALIDATORS = [0, 1, 2, 3];
const OBSERVER = 4;

const replicaOf = (cluster: Cluster, index: number): Replica => cluster.nodes[index]!.replica;

/** Where these stand, each different standing once. */
function standings(cluster: Cluster, indexes: readonly number[]): string[] {
  const heads = indexes.map((index) => replicaOf(cluster, index).engine.head);
  return [...new Set(heads.map(({ index, digest }) => `${index} ${digest}`))];
}

describe('an observer', () => {
  test('brings what is submitted to it to the validators, and holds, certifies and serves what they do', async () => {
    const cluster = await startCluster(network, [...VALIDATORS, OBSERVER], { observers: 1 });
    await cluster.submit(OBSERVER, 20);
    const { size, root } = await cluster.settled();
    expect(standings(cluster, [...VALIDATORS, OBSERVER])).toHaveLength(1);
    const { served, engine } = replicaOf(cluster, OBSERVER);
    expect(served?.head).toMatchObject({ size, root });
    expect(verifyLogSignature(served!.signature!, networkKeys(network.genesis, network.crypto), network.crypto)).toBe(
      true,
    );
    expect(engine.lastOwn).toBeNull();
    expect(cluster.nodes.flatMap((node) => node!.misbehaviours)).toEqual([]);
  });

  test('that comes late has everything from the genesis on, and after a crash what it missed', async () => {
    const cluster = await startCluster(network, VALIDATORS, { observers: 1 });
    for (let batch = 0; batch < 10; batch++) {
      await cluster.submit(batch % 4, 10);
      await cluster.settled();
    }
    await cluster.start(OBSERVER);
    await cluster.settled();
    expect(standings(cluster, [...VALIDATORS, OBSERVER])).toHaveLength(1);
    await cluster.crash(OBSERVER);
    await cluster.submit(0, 30);
    await cluster.settled();
    await cluster.start(OBSERVER);
    await cluster.settled();
    expect(standings(cluster, [...VALIDATORS, OBSERVER])).toHaveLength(1);
  });

  test('is no part of a quorum: two validators and any number of observers finalise nothing', async () => {
    const cluster = await startCluster(network, [0, 1, 4, 5, 6], { observers: 3 });
    await cluster.submit(OBSERVER, 1);
    let frontiers = 0;
    await vi.waitFor(() => {
      frontiers += 1;
      expect(replicaOf(cluster, 0).engine.tangle.openCount).toBe(1);
      expect(frontiers).toBeGreaterThan(10);
    });
    for (const index of [0, 1, 4, 5, 6]) expect(replicaOf(cluster, index).engine.head.index).toBe(0);
    await cluster.start(2);
    await cluster.settled();
  });

  test('wakes nobody: an idle network with observers signs nothing', async () => {
    let statements = 0;
    let frontiers = 0;
    const passes = (_from: number, _to: number, message: Uint8Array): boolean => {
      const decoded = decodeMessage(message);
      if (decoded.ok && decoded.value.kind === 'vertices') statements += decoded.value.vertices.length;
      if (decoded.ok && decoded.value.kind === 'frontier') frontiers += 1;
      return true;
    };
    const cluster = await startCluster(network, [...VALIDATORS, 4, 5], { observers: 2, passes });
    await cluster.submit(OBSERVER, 5);
    await cluster.settled();
    const rounds = (): number[] =>
      [...VALIDATORS, 4, 5].map((index) => replicaOf(cluster, index).engine.tangle.highestRound);
    const periods = async (count: number): Promise<void> => {
      frontiers = 0;
      // One over each end of each link in a period.
      await vi.waitFor(() => expect(frontiers).toBeGreaterThan(count * 28), { timeout: 10_000 });
    };
    // What was asked for before has come by then.
    await periods(5);
    const before = rounds();
    statements = 0;
    await periods(10);
    expect(rounds()).toEqual(before);
    expect(statements).toBe(0);
    for (const index of VALIDATORS) expect(replicaOf(cluster, index).engine.wakeAtMs).toBeNull();
  });

  test('brings again what a lost message held', async () => {
    let lost = 0;
    const passes = (from: number, _to: number, message: Uint8Array): boolean => {
      const decoded = decodeMessage(message);
      if (from !== OBSERVER || !decoded.ok || decoded.value.kind === 'frontier') return true;
      lost += 1;
      // The first push to each, and what the first of them ask for.
      return lost > 8;
    };
    const cluster = await startCluster(network, [...VALIDATORS, OBSERVER], { observers: 1, passes });
    await cluster.submit(OBSERVER, 3);
    await cluster.settled();
    expect(lost).toBeGreaterThan(4);
    expect(standings(cluster, [...VALIDATORS, OBSERVER])).toHaveLength(1);
  });

  test('may follow another one alone, and submits through it', async () => {
    const linked = (from: number, to: number): boolean => {
      const [low, high] = [Math.min(from, to), Math.max(from, to)];
      return high === 5 ? low === 4 : true;
    };
    const cluster = await startCluster(network, [...VALIDATORS, 4, 5], { observers: 2, linked });
    await cluster.submit(5, 3);
    await cluster.submit(0, 10);
    await cluster.settled();
    expect(standings(cluster, [...VALIDATORS, 4, 5])).toHaveLength(1);
    await cluster.crash(5);
    for (let batch = 0; batch < 10; batch++) {
      await cluster.submit(batch % 4, 5);
      await cluster.settled();
    }
    await cluster.start(5);
    await cluster.settled();
    expect(standings(cluster, [...VALIDATORS, 4, 5])).toHaveLength(1);
  });
});

describe('a validator', () => {
  const device = testDevice('pump');
  const registered = registration(network, device, { sequence: 1 });
  const reading = (sequence: number): CheckedTransaction => testTransaction(network, device, { sequence });

  async function startValidator(
    admitsRelayed: (transaction: CheckedTransaction) => boolean = () => true,
    doubtful = false,
  ) {
    const sent: { readonly to: number; readonly message: PeerMessage }[] = [];
    const misbehaviours: string[] = [];
    const fatal: Error[] = [];
    const timers: (() => void)[] = [];
    const replica = await Replica.start({
      genesis: network.genesis,
      crypto: network.crypto,
      validator: { index: 0, signer: network.signers[0]! },
      cosigner: network.cosigners[0]!,
      logSigner: network.logSigners[0]!,
      store: new MemoryStore({ disk: new MemoryDisk({ firstStart: !doubtful }) }),
      network: {
        send: (to, bytes) => {
          const message = decodeMessage(bytes);
          if (message.ok) sent.push({ to, message: message.value });
          return true;
        },
      },
      clock: {
        wallMs: () => network.genesis.parameters.time + 1_000,
        monotonicMs: () => 0,
        schedule: (delayMs, callback) => {
          // Time stands still: only what is to be done at once is done.
          if (delayMs === 0) timers.push(callback);
          return () => undefined;
        },
      },
      random: { nextU32: () => 1 },
      limits: { ...REPLICA_DEFAULTS, openTransactionsMax: 3 },
      admitsRelayed,
      listener: { onMisbehaviour: (_, what) => misbehaviours.push(what) },
      onFatal: (error) => fatal.push(error),
    });
    onTestFinished(() => replica.stop());
    const calm = async (): Promise<void> => {
      await replica.settled();
      for (let timer = timers.shift(); timer !== undefined; timer = timers.shift()) {
        timer();
        await replica.settled();
      }
    };
    const hear = async (from: number, ...messages: PeerMessage[]): Promise<void> => {
      for (const message of messages) replica.receive(from, encodeMessage(message));
      await calm();
    };
    for (const peer of [1, 2, OBSERVER]) replica.peerUp(peer);
    await calm();
    sent.length = 0;
    const kindsTo = (peer: number): string[] => sent.filter(({ to }) => to === peer).map(({ message }) => message.kind);
    return { replica, misbehaviours, fatal, hear, kindsTo };
  }

  const vertices = (...transactions: CheckedTransaction[]): PeerMessage => ({
    kind: 'vertices',
    vertices: transactions.map(({ bytes }) => bytes),
    cosignatures: [],
  });

  test('believes no observer that says how far the order is', async () => {
    const { replica, hear, kindsTo } = await startValidator();
    const frontier = { kind: 'frontier', statements: [], open: [] } as const;
    await hear(OBSERVER, { ...frontier, commitIndex: 1_000_000, digest: 'c'.repeat(64) as Digest });
    await hear(OBSERVER, { ...frontier, commitIndex: 0, digest: 'c'.repeat(64) as Digest });
    expect(kindsTo(OBSERVER)).toEqual([]);
    expect(replica.isLagging).toBe(false);
    expect(replica.divergedPeers).toBe(0);
    await hear(1, { ...frontier, commitIndex: 1_000_000, digest: 'c'.repeat(64) as Digest });
    expect(kindsTo(1)).toContain('commits-request');
  });

  test('in doubt asks no observer, and takes no answer of one', async () => {
    const { replica, hear, kindsTo, misbehaviours, fatal } = await startValidator(() => true, true);
    expect(replica.engine.inDoubt).toBe(true);
    const halves = (['answerer', 'asker'] as const).map(
      (of) => ({ kind: 'recollection', of, statement: null }) as const,
    );
    await hear(OBSERVER, ...halves, { kind: 'recall' });
    await hear(1, ...halves);
    await hear(2, { kind: 'recall' });
    expect(fatal).toEqual([]);
    expect(misbehaviours).toHaveLength(2);
    expect(replica.engine.inDoubt).toBe(true);
    expect(kindsTo(OBSERVER)).not.toContain('recall');
    expect(kindsTo(OBSERVER)).not.toContain('recollection');
  });

  test('takes what an observer brings by its own policy, and what a validator brings by none', async () => {
    const { replica, hear } = await startValidator(({ id }) => id !== reading(2).id);
    await hear(OBSERVER, vertices(registered, reading(2)));
    expect(replica.engine.tangle.hasTransaction(registered.id)).toBe(true);
    expect(replica.engine.tangle.hasTransaction(reading(2).id)).toBe(false);
    await hear(1, vertices(reading(2)));
    expect(replica.engine.tangle.hasTransaction(reading(2).id)).toBe(true);
    await hear(OBSERVER, vertices(reading(3), reading(4), reading(5)));
    expect(replica.engine.tangle.openCount).toBeGreaterThanOrEqual(3);
    await hear(OBSERVER, vertices(reading(6)));
    expect(replica.engine.tangle.hasTransaction(reading(6).id)).toBe(false);
    await hear(2, vertices(reading(6)));
    expect(replica.engine.tangle.hasTransaction(reading(6).id)).toBe(true);
  });
});
