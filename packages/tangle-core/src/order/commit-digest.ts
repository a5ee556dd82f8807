/** D_k: the running digest of the total order, equal exactly where the orders are equal (PROTOCOL 5). */
import { Writer } from '../codec/writer.js';
import type { Crypto } from '../crypto/crypto.js';
import { taggedHashHex } from '../crypto/hash.js';
import { MARK, reached } from '../marks/reached.js';
import type { Digest, StatementId, TransactionId, UnixMs } from '../ids.js';

export interface DigestedCommit {
  readonly index: number;
  readonly leader: StatementId;
  readonly timeMs: UnixMs;
  readonly ids: readonly TransactionId[];
}

/** D_k = hash `commit` of D_{k-1} || u64 k || L.id || u64 time_k || the ordered ids. */
export function commitDigest(previous: Digest, commit: DigestedCommit, crypto: Crypto): Digest {
  const bytes = new Writer(32 + 8 + 32 + 8 + 32 * commit.ids.length)
    .hex(previous)
    .u64(commit.index)
    .hex(commit.leader)
    .u64(commit.timeMs);
  for (const id of commit.ids) bytes.hex(id);
  return taggedHashHex(crypto, 'commit', bytes.finish());
}

/** time_k = max(time_{k-1}, m); a round-1 leader has no m (PROTOCOL 5). */
export function commitTime(previousMs: UnixMs, prevMedianMs: UnixMs | null): UnixMs {
  if (prevMedianMs === null) {
    reached(MARK.commitWithoutMedian);
    return previousMs;
  }
  if (prevMedianMs < previousMs) reached(MARK.commitTimeHeld);
  return Math.max(previousMs, prevMedianMs);
}
