/**
 * What the certified log costs: appending leaves, and all of certification for one final transaction at 1,000 of them a
 * second. CPU time, so that a busy machine does not show; read them beside one libsodium verify of the same run.
 */
import { toHex } from '@tangle/core/codec';
import type { Digest } from '@tangle/core/ids';
import {
  checkpointTextOf,
  CompactRange,
  cosign,
  CosignerRule,
  encodeLogEntry,
  leafHash,
  networkKeys,
  verifyTreeHead,
  type TreeHead,
} from '@tangle/core/log';
import { testNetwork } from '@tangle/core/testing';
import { sodiumCrypto, sodiumSigner } from '@tangle/node';
import { quantile } from '../quantile.js';
import { verifyMicroseconds } from './reference.js';

export interface LogResult {
  readonly benchmark: 'log';
  /** Leaves of 300 bytes hashed and appended in a CPU second, median of the runs. */
  readonly leavesPerCpuSecond: number;
  /** Leaves, tree, own cosignature and the three of the others, for one transaction at 50 to a commit. */
  readonly certificationMicrosecondsPerTransaction: number;
  readonly verifyMicroseconds: number;
}

const RUNS = 5;
const LEAVES = 200_000;
/** 20 commits a second, as four nodes make them at 1,000 transactions a second. */
const COMMIT_TRANSACTIONS = 50;
const COMMITS = 400;
const VALIDATORS = 4;
const TRANSACTION_BYTES = 281;

export function benchLog(): LogResult {
  const median = (measure: () => number): number => quantile(Array.from({ length: RUNS }, measure), 0.5);
  return {
    benchmark: 'log',
    leavesPerCpuSecond: Math.round(LEAVES / (median(appendLeaves) / 1_000_000)),
    certificationMicrosecondsPerTransaction: median(certify) / (COMMITS * COMMIT_TRANSACTIONS),
    verifyMicroseconds: verifyMicroseconds(),
  };
}

/** CPU microseconds of `work`. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const transactionBytes = new Uint8Array(TRANSACTION_BYTES).fill(7);

function appendLeaves(): number {
  const range = CompactRange.empty(sodiumCrypto);
  const leaf = encodeLogEntry({ commitIndex: 1, issuerIndex: 1, outcome: { status: 'accepted' } }, transactionBytes);
  return cpuOf(() => {
    for (let index = 0; index < LEAVES; index++) range.append(leafHash(leaf, sodiumCrypto));
  });
}

function certify(): number {
  const network = testNetwork({
    weights: Array.from({ length: VALIDATORS }, () => 1),
    crypto: sodiumCrypto,
    signerOf: sodiumSigner,
  });
  const { genesis, cosigners } = network;
  const keys = networkKeys(genesis, sodiumCrypto);
  const state = { lastCosigned: null, certified: null, published: null, computed: null };
  const rule = new CosignerRule(genesis.committee, 0, state);
  const range = CompactRange.empty(sodiumCrypto);
  // The others sign outside of the measured time.
  const heads = headsAhead();
  const others = heads.map((head) =>
    cosigners.slice(1).map((signer, index) => ({
      ...head,
      validator: index + 1,
      signature: cosign(checkpointTextOf(head, keys.origin), 1n, signer),
    })),
  );
  return cpuOf(() => {
    for (const cosignatures of others) {
      appendCommit(range);
      const head: TreeHead = { size: range.size, root: toHex(range.root()) as Digest };
      rule.compute(head);
      const [own] = cosigners;
      if (own === undefined) continue;
      const signature = cosign(checkpointTextOf(head, keys.origin), 1n, own);
      rule.add({ ...head, validator: 0, signature });
      for (const cosignature of cosignatures) {
        const isWanted = rule.judge(cosignature) === 'verify';
        if (isWanted && verifyTreeHead(cosignature, keys, sodiumCrypto)) rule.add(cosignature);
      }
    }
  });
}

function headsAhead(): TreeHead[] {
  const range = CompactRange.empty(sodiumCrypto);
  return Array.from({ length: COMMITS }, () => {
    appendCommit(range);
    return { size: range.size, root: toHex(range.root()) as Digest };
  });
}

function appendCommit(range: CompactRange): void {
  for (let index = 0; index < COMMIT_TRANSACTIONS; index++) {
    const place = { commitIndex: 1, issuerIndex: 1 + index, outcome: { status: 'accepted' } as const };
    range.append(leafHash(encodeLogEntry(place, transactionBytes), sodiumCrypto));
  }
}
