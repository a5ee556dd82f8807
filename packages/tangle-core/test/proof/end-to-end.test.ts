/** From final transactions to a proof, as a node goes: leaves, tiles, heads, cosignatures, checkpoint, proof file. */
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/ids.js';
import type { CertifiedHead, Cosignature, TreeHead } from '../../src/log/index.js';
import { toHex } from '../../src/codec/index.js';
import {
  CompactRange,
  checkpointNote,
  signLog,
  checkpointTextOf,
  consistencyPath,
  cosign,
  CosignerRule,
  leafHash,
  networkKeys,
  TILE_BYTES,
  tileHashReader,
  tileSlotOf,
  verifyConsistency,
  verifyTreeHead,
} from '../../src/log/index.js';
import { createProof, verifyProof } from '../../src/proof/index.js';
import { testDevice, testNetwork, testTransaction } from '../../src/testing/index.js';
import { CertifiedLog } from './fixtures.js';

const network = testNetwork({ weights: [1, 2, 1, 1], name: 'plant' });
const { genesis, crypto } = network;
const keys = networkKeys(genesis, crypto);
const device = testDevice('pump');
const commits = Array.from({ length: 60 }, (_, commit) =>
  Array.from({ length: 1 + (commit % 9) }, (_unused, index) => {
    return testTransaction(network, device, { sequence: commit * 16 + index }).bytes;
  }),
);
const { leaves } = new CertifiedLog(network, commits);

/** What every node computes: a head after each commit, and tiles. */
const tiles = new Map<string, Uint8Array>();
const heads: TreeHead[] = [];
const range = CompactRange.empty(crypto);
for (const [index, leaf] of leaves.entries()) {
  range.append(leafHash(leaf, crypto), (level, at, hash) => {
    const slot = tileSlotOf(level, at);
    if (slot === null) return;
    const key = `${slot.level}/${slot.index}`;
    const tile = tiles.get(key) ?? new Uint8Array(TILE_BYTES);
    tiles.set(key, tile);
    tile.set(hash, slot.offset * 32);
  });
  const isLastOfCommit = index + 1 === leaves.length || leaves[index + 1]![1] === 3;
  if (isLastOfCommit) heads.push({ size: range.size, root: toHex(range.root()) as Digest });
}
const hashesAt = (size: number): ReturnType<typeof tileHashReader> =>
  tileHashReader(size, ({ level, index }) => tiles.get(`${level}/${index}`)!, crypto);

/** Validators 0, 1 and 3 cosign each head; validator 0 collects. */
function certifyAll(): CertifiedHead[] {
  const rules = genesis.committee.validators.map(
    ({ index }) =>
      new CosignerRule(genesis.committee, index, {
        lastCosigned: null,
        certified: null,
        published: null,
        computed: null,
      }),
  );
  const certified: CertifiedHead[] = [];
  for (const head of heads) {
    for (const validator of [0, 1, 3]) {
      for (const effect of rules[validator]!.compute(head)) {
        if (effect.kind !== 'cosign') continue;
        const text = checkpointTextOf(effect.head, keys.origin);
        const signature = cosign(text, BigInt(1_000 + validator), network.cosigners[validator]!);
        const cosignature: Cosignature = { ...effect.head, validator, signature };
        if (validator > 0) rules[validator]!.add(cosignature);
        if (rules[0]!.judge(cosignature) !== 'verify' || !verifyTreeHead(cosignature, keys, crypto)) continue;
        for (const told of rules[0]!.add(cosignature)) if (told.kind === 'certified') certified.push(told.head);
      }
    }
  }
  return certified;
}

describe('a log that validators cosign', () => {
  const certified = certifyAll();

  test('is certified at every size once three of them said so', () => {
    expect(certified.map(({ size }) => size)).toEqual(heads.map(({ size }) => size));
    expect(certified.every(({ time, cosignatures }) => time === 1_001n && cosignatures.length === 3)).toBe(true);
  });

  test('is one that only grows', () => {
    const { size: size2, root: root2 } = certified.at(-1)!;
    for (const { size: size1, root: root1 } of certified) {
      const claim = {
        size1: BigInt(size1),
        size2: BigInt(size2),
        root1: new Uint8Array(Buffer.from(root1, 'hex')),
        root2: new Uint8Array(Buffer.from(root2, 'hex')),
      };
      expect(verifyConsistency(claim, consistencyPath(size1, size2, hashesAt(size2), crypto), crypto)).toBe(true);
    }
  });

  test('gives each leaf a proof that the genesis alone verifies', () => {
    const head = certified.at(-1)!;
    const checkpoint = checkpointNote(head, keys, signLog(head, keys, 3, network.logSigners[3]!));
    const hashes = hashesAt(head.size);
    for (const [position, leaf] of leaves.entries()) {
      const text = createProof({ leaf, position, size: head.size, checkpoint }, hashes, crypto);
      expect(verifyProof(text, genesis, crypto)).toMatchObject({
        ok: true,
        proof: { position, weight: 4, time: 1_001n },
      });
    }
  });

  test('has cosignatures that hold for their head and validator only', () => {
    const [cosignature] = certified[0]!.cosignatures;
    expect(verifyTreeHead(cosignature!, keys, crypto)).toBe(true);
    expect(verifyTreeHead({ ...cosignature!, size: 3 }, keys, crypto)).toBe(false);
    expect(verifyTreeHead({ ...cosignature!, root: heads[1]!.root }, keys, crypto)).toBe(false);
    expect(verifyTreeHead({ ...cosignature!, validator: 1 }, keys, crypto)).toBe(false);
  });
});
