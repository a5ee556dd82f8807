/** A range bundle out of the stored tree, the leaves that it shows and a signed checkpoint. */
import type { CodecReason, Refusal } from '../codec/reasons.js';
import type { Crypto } from '../crypto/crypto.js';
import type { DeviceId, UnixMs } from '../ids.js';
import type { CommitRecord } from '../log/leaf.js';
import type { HashReader } from '../log/merkle.js';
import type { Result } from '../result.js';
import type { PlacedLeaf } from './range-file.js';
import type { SpanReason } from './range-span.js';
import { decodeLeaf } from '../log/leaf.js';
import { fail, ok } from '../result.js';
import { gapHashes } from './multi-proof.js';
import { formatRangeFile, RANGE_LEAVES_MAX } from './range-file.js';
import { spanOf } from './range-span.js';

/** What a bundle is made of. */
export interface RangeParts {
  readonly device: DeviceId;
  /** The span asked for, from <= commit time < to; the bundle states the widest one that its records bracket. */
  readonly fromMs: UnixMs;
  readonly toMs: UnixMs;
  /** The last commit record before the span, the first and last in it, the first after it: those there are, in any order. */
  readonly records: readonly PlacedLeaf[];
  /** The device's entries in the span, the one before them and the one after them. */
  readonly entries: readonly PlacedLeaf[];
  /** Size of the certified head, and its checkpoint as a note. */
  readonly size: number;
  readonly checkpoint: string;
}

export type RangePartsReason = CodecReason | SpanReason | Refusal<'nothing-to-show' | 'too-large'>;

/**
 * The text of the bundle. Refuses with `nothing-to-show` where the device has no entry at all, with `span` where the
 * records do not bracket it, with `too-large`, and with the codec's codes. Whether it holds is for `verifyRangeBundle`.
 */
export function createRangeBundle(
  parts: RangeParts,
  hashes: HashReader,
  crypto: Crypto,
): Result<string, RangePartsReason> {
  const { device, size, checkpoint, entries } = parts;
  if (entries.length === 0) {
    return fail({ code: 'nothing-to-show', field: 'entries', found: 0, allowed: 'an entry of the device in the log' });
  }
  const records: CommitRecord[] = [];
  for (const { position, leaf } of distinctByPosition(parts.records)) {
    const decoded = decodeLeaf(leaf, crypto);
    if (!decoded.ok) return decoded;
    if (decoded.value.kind !== 'commit-record') {
      return fail({ code: 'span', field: `leaf ${position}`, found: 'an entry', allowed: 'a commit record' });
    }
    records.push(decoded.value);
  }
  const span = spanOf(records, parts.fromMs, parts.toMs, size);
  if (!span.ok) return span;
  const leaves = distinctByPosition([...parts.records, ...entries]);
  if (leaves.length > RANGE_LEAVES_MAX) {
    return fail({ code: 'too-large', field: 'entries', found: entries.length, allowed: `${RANGE_LEAVES_MAX} leaves` });
  }
  const positions = leaves.map(({ position }) => position);
  const { fromMs, toMs } = span.value;
  const hashesBetween = gapHashes(positions, size, hashes);
  return ok(formatRangeFile({ device, fromMs, toMs, leaves, hashes: hashesBetween, checkpoint }));
}

function distinctByPosition(leaves: readonly PlacedLeaf[]): PlacedLeaf[] {
  const byPosition = new Map(leaves.map((leaf) => [leaf.position, leaf]));
  return [...byPosition.values()].sort((left, right) => left.position - right.position);
}
