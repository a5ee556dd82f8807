/** The bytes of a leaf: what other people's tools hash where a proof file of ours holds them in its `extra` line. */
import type { VerifiedProof } from '@tangle/core/proof';
import { encodeCommitRecord, encodeLogEntry } from '@tangle/core/log';

export function rawEntryOf({ leaf }: VerifiedProof): Uint8Array {
  return leaf.kind === 'entry' ? encodeLogEntry(leaf, leaf.transaction.bytes) : encodeCommitRecord(leaf);
}
