/** What a node signs and believes of the log, and what survives a stop at any step. */
import { describe, expect, test } from 'vitest';
import { toHex } from '@tangle/core/codec';
import type { Digest, StatementId, ValidatorIndex } from '@tangle/core/ids';
import {
  checkpointTextOf,
  CompactRange,
  cosign,
  leafHash,
  leavesOfCommit,
  networkKeys,
  verifyTreeHead,
  type Cosignature,
  type TreeHead,
} from '@tangle/core/log';
import { testDevice, testNetwork, testTransaction } from '@tangle/core/testing';
import { Certifier, COSIGNATURES_WAITING_MAX, type LogTurn } from '../../src/replica/certifier.js';
import { MemoryDisk } from '../../src/replica/memory-store.js';
import { Verifier } from '../../src/replica/verify.js';

const network = testNetwork({ weights: [1, 1, 1, 1] });
const { genesis, crypto, cosigners } = network;
const keys = networkKeys(genesis, crypto);
const device = testDevice('pump');
const NOW_MS = 1_800_000_000_500;

type FinalisedCommit = Parameters<Certifier['turn']>[0][number];

/** Commits of two transactions each, as the engine would make them; every third one appends nothing. */
function commits(count: number): FinalisedCommit[] {
  let logSize = 0;
  return Array.from({ length: count }, (_, number): FinalisedCommit => {
    const index = number + 1;
    const appends = index % 3 !== 0;
    const finalTransactions = appends
      ? [0, 1].map((offset) => testTransaction(network, device, { sequence: 2 * index + offset }))
      : [];
    const digest = toHex(crypto.sha256(Uint8Array.of(index))) as Digest;
    const timeMs = genesis.parameters.time + index;
    const position = { epoch: 0, round: index, leader: digest as string as StatementId, timeMs, digest };
    const entries = finalTransactions.map(({ id, issuer }, offset) => ({
      id,
      issuer,
      position: logSize + 1 + offset,
      issuerIndex: 2 * index + offset,
      outcome: { status: 'accepted' } as const,
      evidence: false,
    }));
    const commit = {
      index,
      ...position,
      stateDigest: null,
      recordPosition: appends ? logSize : null,
      entries,
      statements: [],
    };
    logSize += appends ? 3 : 0;
    const head = { index, ...position, logSize, appendingCommits: index };
    return { kind: 'commit', commit, head, stateChanges: [], finalTransactions, finishedStatements: [] };
  });
}

/** The heads after the commits that append. */
function headsOf(made: readonly FinalisedCommit[]): TreeHead[] {
  const range = CompactRange.empty(crypto);
  return made.flatMap(({ commit, finalTransactions }) => {
    const bytesOf = new Map(finalTransactions.map(({ id, bytes }) => [id, bytes]));
    for (const leaf of leavesOfCommit(commit, (id) => bytesOf.get(id)!)) range.append(leafHash(leaf, crypto));
    return commit.recordPosition === null ? [] : [{ size: range.size, root: toHex(range.root()) as Digest }];
  });
}

function signedBy(validator: ValidatorIndex, head: TreeHead, seconds = 1_800_000_000n): Cosignature {
  return { ...head, validator, signature: cosign(checkpointTextOf(head, keys.origin), seconds, cosigners[validator]!) };
}

const forked = (head: TreeHead): TreeHead => ({ ...head, root: 'f'.repeat(64) as Digest });

/** A certifier on a disk: `turn` is durable when it returns. */
class Bench {
  readonly disk: MemoryDisk;
  certifier: Certifier;

  constructor(disk = new MemoryDisk({ firstStart: true })) {
    this.disk = disk;
    this.certifier = this.#open();
  }

  turn(made: readonly FinalisedCommit[] = []): LogTurn {
    const turn = this.certifier.turn(made, NOW_MS);
    this.disk.apply([...made, ...(turn.record === null ? [] : [turn.record])]);
    return turn;
  }

  offer(...cosignatures: readonly Cosignature[]): LogTurn {
    const offered = this.certifier.offer(cosignatures);
    if (!offered.ok) throw new Error(offered.reason);
    return this.turn();
  }

  restart(): void {
    this.certifier = this.#open();
  }

  #open(): Certifier {
    return new Certifier({
      genesis,
      crypto,
      cosigner: { index: 0, signer: cosigners[0]! },
      recovered: this.disk.log,
      verifier: new Verifier(genesis, 0, crypto),
    });
  }
}

const made = commits(8);
const heads = headsOf(made);

describe('a certifier', () => {
  test('cosigns the size after each commit that appends, and no other, at the time of its clock', () => {
    const bench = new Bench();
    const cosigned = made.flatMap((commit) => bench.turn([commit]).cosigned);
    expect(cosigned.map(({ size, root }) => ({ size, root }))).toEqual(heads);
    for (const cosignature of cosigned) {
      expect(verifyTreeHead(cosignature, keys, crypto)).toBe(true);
      expect(new DataView(cosignature.signature.buffer).getBigUint64(0)).toBe(1_800_000_000n);
    }
  });

  test('makes the same log of many commits in one turn as of one a turn', () => {
    const bench = new Bench();
    const { cosigned, record } = bench.turn(made);
    expect(cosigned.map(({ size }) => size)).toEqual(heads.map(({ size }) => size));
    expect(record).toMatchObject({ growth: { head: heads.at(-1) }, cosigned: heads.at(-1) });
    expect(bench.certifier.head).toEqual(heads.at(-1));
  });

  test('publishes a head once a quorum stands behind it, and never signs below one', () => {
    const bench = new Bench();
    const [, , last] = heads;
    bench.turn(made.slice(0, 2));
    expect(bench.offer(...[1, 2, 3].map((validator) => signedBy(validator, last!))).record).toMatchObject({
      certified: last,
      published: null,
    });
    expect(bench.certifier.published).toBeNull();
    const reached = bench.turn(made.slice(2, 4));
    expect(reached.cosigned).toEqual([]);
    expect(reached.record).toMatchObject({ published: last });
    expect(bench.turn(made.slice(4, 5)).cosigned).toHaveLength(1);
  });

  test('believes no cosignature whose signature does not hold, and drops unchecked what is certified already', () => {
    const bench = new Bench();
    bench.turn(made.slice(0, 1));
    const forged = { ...signedBy(1, heads[0]!), validator: 2 };
    expect(bench.certifier.offer([forged])).toEqual({ ok: false, reason: expect.stringContaining('does not verify') });
    expect(bench.certifier.offer([{ ...forged, validator: 4 }]).ok).toBe(false);
    expect(bench.certifier.hasWaiting).toBe(false);
    bench.offer(signedBy(1, heads[0]!), signedBy(2, heads[0]!));
    expect(bench.certifier.published).toMatchObject(heads[0]!);
    expect(bench.certifier.offer([{ ...forged, validator: 3 }]).ok).toBe(true);
    expect(bench.certifier.hasWaiting).toBe(false);
  });

  test('keeps a bounded number of a validator’s cosignatures for the next turn', () => {
    const bench = new Bench();
    bench.turn();
    for (let size = 2; size < COSIGNATURES_WAITING_MAX + 12; size++) {
      bench.certifier.offer([signedBy(3, forked({ size, root: '' as Digest }))]);
    }
    expect(bench.certifier.gauges.waitingCosignatures).toBe(COSIGNATURES_WAITING_MAX);
  });

  test('keeps the largest of more sizes than it has room for: that is the one to be certified', () => {
    const bench = new Bench();
    const many = commits(2 * COSIGNATURES_WAITING_MAX);
    const all = headsOf(many);
    bench.turn(many);
    for (const validator of [1, 2]) bench.certifier.offer(all.map((head) => signedBy(validator, head)));
    bench.turn();
    expect(all.length).toBeGreaterThan(COSIGNATURES_WAITING_MAX);
    expect(bench.certifier.published).toMatchObject(all.at(-1)!);
  });

  test('offers the certified head’s cosignatures and what is newer, each once', () => {
    const bench = new Bench();
    bench.turn(made.slice(0, 2));
    bench.offer(signedBy(1, heads[0]!), signedBy(2, heads[0]!), signedBy(0, heads[0]!), signedBy(3, heads[1]!));
    const offers = bench.certifier.offers().map(({ validator, size }) => `${validator}/${size}`);
    expect(offers).toEqual(['0/3', '1/3', '2/3', '0/6', '3/6'].filter((offer) => offers.includes(offer)));
    expect(offers).toContain('0/6');
    expect(offers).toContain('3/6');
    expect(offers.filter((offer) => offer.endsWith('/3')).length).toBeGreaterThanOrEqual(2);
  });
});

describe('a fork', () => {
  test('of one validator is evidence, once, and stops nobody', () => {
    const bench = new Bench();
    bench.turn(made.slice(0, 2));
    const [, head] = heads;
    const { evidence, halt } = bench.offer(signedBy(1, forked(head!)), signedBy(1, head!));
    expect(evidence).toMatchObject([{ validator: 1, first: forked(head!), second: head! }]);
    expect(halt).toBeNull();
    expect(bench.offer(signedBy(2, head!)).record).toMatchObject({ published: head });
  });

  test('with more than f behind it stops the node, at whichever end it comes to know of it', () => {
    const before = new Bench();
    before.turn(made.slice(0, 1));
    before.offer(signedBy(1, forked(heads[1]!)), signedBy(2, forked(heads[1]!)));
    expect(before.turn(made.slice(1, 2)).halt).toContain('log-outvoted');

    const after = new Bench();
    after.turn(made.slice(0, 2));
    expect(after.offer(signedBy(1, forked(heads[1]!))).halt).toBeNull();
    expect(after.offer(signedBy(2, forked(heads[1]!))).halt).toContain('log-outvoted');
  });

  test('stops all signing: later commits grow the log and are cosigned by nobody here', () => {
    const bench = new Bench();
    bench.turn(made.slice(0, 2));
    bench.offer(signedBy(1, forked(heads[1]!)), signedBy(2, forked(heads[1]!)));
    const turn = bench.turn(made.slice(2, 5));
    expect(turn.cosigned).toEqual([]);
    expect(bench.certifier.head).toEqual(heads[3]);
  });

  test('that a quorum certified stops the node when it gets there, over any number of restarts', () => {
    const bench = new Bench();
    bench.turn(made.slice(0, 1));
    bench.offer(...[1, 2, 3].map((validator) => signedBy(validator, forked(heads[2]!))));
    bench.restart();
    expect(bench.turn(made.slice(1, 4)).halt).toContain('log-certified-otherwise');
    expect(bench.certifier.published).toBeNull();
    bench.restart();
    expect(bench.turn().halt).toContain('log-certified-otherwise');
  });

  test('under this validator’s own key stops it', () => {
    const bench = new Bench();
    bench.turn(made.slice(0, 2));
    expect(bench.offer(signedBy(0, forked(heads[1]!))).halt).toContain('log-own-key-contradicts');
  });
});

describe('a restart', () => {
  test('between any two steps changes neither the log nor what is signed and published', () => {
    const straight = new Bench();
    const stopping = new Bench();
    for (const [number, commit] of made.entries()) {
      const appended = [straight, stopping].map((bench) => {
        if (bench === stopping) bench.restart();
        return bench.turn([commit]);
      });
      expect(appended[1]).toEqual(appended[0]);
      const head = straight.certifier.head!;
      // Others lag by a size now and then, and the quorum comes late.
      const others = (number % 2 === 0 ? [1, 2] : [3]).map((validator) => signedBy(validator, head));
      straight.offer(...others);
      stopping.restart();
      stopping.offer(...others);
    }
    stopping.restart();
    expect(stopping.certifier.head).toEqual(straight.certifier.head);
    expect(stopping.disk.log.certified).toEqual(straight.disk.log.certified);
    expect(stopping.certifier.published).toEqual(straight.certifier.published);
  });

  test('after a stop between the commit and its cosignature signs what was left out', () => {
    const bench = new Bench();
    const { record } = bench.certifier.turn(made.slice(0, 1), NOW_MS);
    bench.disk.apply([made[0]!, { ...record!, cosigned: null }]);
    bench.restart();
    expect(bench.certifier.hasWaiting).toBe(true);
    expect(bench.turn().cosigned).toMatchObject([heads[0]!]);
    bench.restart();
    expect(bench.turn().cosigned).toEqual([]);
  });

  test('on a border that does not give the stored root is refused', () => {
    const bench = new Bench();
    const { record } = bench.certifier.turn(made.slice(0, 2), NOW_MS);
    const head = { ...record!.growth!.head, root: 'a'.repeat(64) as Digest };
    bench.disk.apply([{ ...record!, growth: { ...record!.growth!, head } }]);
    expect(() => bench.restart()).toThrow('root');
  });
});
