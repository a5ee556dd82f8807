/** A few replicas on memory stores in one process, over links that take a macrotask; real time, modelled signatures. */
import { onTestFinished, vi } from 'vitest';
import type { ValidatorIndex } from '@tangle/core/ids';
import type { CertifiedHead } from '@tangle/core/log';
import type { CheckedTransaction } from '@tangle/core/model';
import { registration, testDevice, testTransaction, type TestNetwork } from '@tangle/core/testing';
import type { CosignerEvidence } from '../../src/replica/certifier.js';
import { REPLICA_DEFAULTS } from '../../src/replica/limits.js';
import { MemoryDisk, MemoryStore } from '../../src/replica/memory-store.js';
import type { ClockPort } from '../../src/replica/ports.js';
import { Replica } from '../../src/replica/replica.js';

export interface ClusterNode {
  readonly replica: Replica;
  /** What its host heard, in order. */
  readonly certified: CertifiedHead[];
  readonly evidence: CosignerEvidence[];
  readonly misbehaviours: string[];
  readonly fatal: Error[];
}

export interface ClusterOptions {
  /** Observers, whose indexes follow the validators'. Default: none. */
  readonly observers?: number;
  /** Whether two of them have a link. Default: only where one is a validator. */
  readonly linked?: (from: number, to: number) => boolean;
  /** What else is looked at of each message; false loses it. */
  readonly passes?: (from: number, to: number, message: Uint8Array) => boolean;
}

export interface Cluster {
  readonly nodes: (ClusterNode | null)[];
  readonly disks: readonly MemoryDisk[];
  start(index: ValidatorIndex): Promise<ClusterNode>;
  /** At once, and whatever it was doing is lost. */
  crash(index: ValidatorIndex): Promise<void>;
  /** Submits `count` transactions at a node. */
  submit(index: ValidatorIndex, count: number): Promise<void>;
  /** Until every running node has everything certified: the same size and root. */
  settled(): Promise<CertifiedHead>;
}

const DEVICE = testDevice('pump');

export async function startCluster(
  network: TestNetwork,
  running: readonly ValidatorIndex[],
  { observers = 0, passes = () => true, ...options }: ClusterOptions = {},
): Promise<Cluster> {
  const validators = network.signers.length;
  const { linked = (from, to) => Math.min(from, to) < validators } = options;
  const all = Array.from({ length: validators + observers }, (_, index) => index);
  const disks = all.map((index) => new MemoryDisk({ firstStart: index < validators }));
  const nodes: (ClusterNode | null)[] = all.map(() => null);
  let sequence = 0;

  const isLinked = (from: number, to: number): boolean => Boolean(nodes[from] && nodes[to] && linked(from, to));

  async function start(index: ValidatorIndex): Promise<ClusterNode> {
    const heard = { certified: [], evidence: [], misbehaviours: [], fatal: [] } as Omit<ClusterNode, 'replica'>;
    const replica = await Replica.start({
      genesis: network.genesis,
      crypto: network.crypto,
      ...(index < validators
        ? {
            validator: { index, signer: network.signers[index]! },
            cosigner: network.cosigners[index]!,
            logSigner: network.logSigners[index]!,
          }
        : { role: 'observer', validator: null, cosigner: null }),
      store: new MemoryStore({ disk: disks[index]! }),
      network: {
        send: (peer, message) => {
          if (!isLinked(index, peer)) return false;
          if (passes(index, peer, message)) setImmediate(() => nodes[peer]?.replica.receive(index, message));
          return true;
        },
      },
      clock: SYSTEM_CLOCK,
      random: { nextU32: () => 7 },
      limits: { ...REPLICA_DEFAULTS, antiEntropyMs: 50, antiEntropyIdleMs: 50, roundSpacingMs: 5 },
      listener: {
        onCertified: (head) => heard.certified.push(head),
        onCosignerEquivocation: (evidence) => heard.evidence.push(evidence),
        onMisbehaviour: (_peer, what) => heard.misbehaviours.push(what),
      },
      onFatal: (error) => heard.fatal.push(error),
    });
    const node: ClusterNode = { replica, ...heard };
    nodes[index] = node;
    for (const [peer, other] of nodes.entries()) {
      if (other === null || peer === index || !linked(index, peer)) continue;
      other.replica.peerUp(index);
      replica.peerUp(peer);
    }
    return node;
  }

  async function crash(index: ValidatorIndex): Promise<void> {
    const node = nodes[index];
    nodes[index] = null;
    for (const other of nodes) other?.replica.peerDown(index);
    await node?.replica.stop();
  }

  function next(): CheckedTransaction {
    sequence++;
    if (sequence === 1) return registration(network, DEVICE, { sequence: 1 });
    return testTransaction(network, DEVICE, { sequence });
  }

  for (const index of running) await start(index);
  onTestFinished(async () => {
    for (const index of nodes.keys()) await crash(index);
  });
  return {
    nodes,
    disks,
    start,
    crash,
    async submit(index, count) {
      for (let left = count; left > 0; left--) {
        const answer = await nodes[index]!.replica.submit(next().bytes);
        if (answer.kind !== 'accepted') throw new Error(JSON.stringify(answer));
      }
    },
    settled: () =>
      vi.waitFor(
        () => {
          const heads = nodes.flatMap((node) => (node === null ? [] : [node.replica]));
          const published = heads.map(({ log, engine, served }) => {
            if (engine.hasNeed) throw new Error('something is open');
            if (log.published === null || log.published.size !== log.head?.size) throw new Error('not certified');
            if (log.published.root !== log.head.root) throw new Error('another root');
            if (served?.head.size !== log.published.size) throw new Error('not served');
            return log.published;
          });
          const [first] = published;
          if (first === undefined || published.some(({ size }) => size !== first.size)) throw new Error('unequal');
          return first;
        },
        { timeout: 10_000, interval: 10 },
      ),
  };
}

const SYSTEM_CLOCK: ClockPort = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.ceil(delayMs) + 1);
    return () => clearTimeout(timer);
  },
};
