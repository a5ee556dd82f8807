/**
 * Checks a range bundle with the genesis alone: that every entry it shows is the device's and stands in the log, that
 * the span lies between the commit records shown, and that none of the device's entries in it was left out. The last
 * follows from the issuer index: it counts a device's final transactions without a gap (PROTOCOL 11), so neighbours in
 * the count have nothing between them.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { DeviceId, Digest, UnixMs } from '../ids.js';
import type { CommitRecord, LogEntry } from '../log/leaf.js';
import type { Genesis } from '../model/genesis.js';
import type { CheckedTransaction } from '../model/transaction.js';
import type { CheckpointSigners } from './checkpoint-check.js';
import type { Checked, FailedCheck, Pass, PassedCheck } from './checks.js';
import type { RangeFile } from './range-file.js';
import type { Span } from './range-span.js';
import { toHex } from '../codec/hex.js';
import { decodeLeaf } from '../log/leaf.js';
import { leafHash } from '../log/merkle.js';
import { networkKeys } from '../log/network-keys.js';
import { deviceIdOfIssuer, issuerOfDevice } from '../model/did-key.js';
import { ok } from '../result.js';
import { checkCheckpoint, checkOwnTransaction, checkSigners } from './checkpoint-check.js';
import { at, refuse } from './checks.js';
import { lineOfRange } from './locate.js';
import { rootOfParts } from './multi-proof.js';
import { parseRangeFile } from './range-file.js';
import { spanOf } from './range-span.js';

/** An entry of the device, in its place. */
export interface RangeEntry extends LogEntry {
  readonly position: number;
  readonly transaction: CheckedTransaction;
}

export interface VerifiedRange extends CheckpointSigners {
  readonly device: DeviceId;
  /** The span of commit time that the file proves something about, from <= t < to. */
  readonly fromMs: UnixMs;
  readonly toMs: UnixMs;
  /** The device's entries in the span, ascending. */
  readonly entries: readonly RangeEntry[];
  /** The one before them in the device's count, null where they begin it. */
  readonly before: RangeEntry | null;
  /** The one after them, null where the file shows none. */
  readonly after: RangeEntry | null;
  /** The commit records that bracket the span. */
  readonly records: readonly CommitRecord[];
  /**
   * `complete`: none of the device's entries in the span was left out. `open-end`: none up to the last one shown was;
   * whether more followed before the end of the span is not shown, because no later entry of the device pins its count.
   */
  readonly completeness: 'complete' | 'open-end';
  /** Leaves under the checkpoint. */
  readonly size: number;
  readonly root: Digest;
}

export type RangeVerdict =
  | {
      readonly ok: true;
      readonly kind: 'range';
      readonly checks: readonly PassedCheck[];
      readonly range: VerifiedRange;
    }
  | {
      readonly ok: false;
      readonly kind: 'range';
      readonly checks: readonly PassedCheck[];
      readonly failed: FailedCheck;
    };

/**
 * Verifies the text of a range bundle. As with a proof, signature lines of unknown keys are passed over and any other
 * change is refused. Costs a signature check for each known line and one for each entry.
 */
export function verifyRangeBundle(text: string, genesis: Genesis, crypto: Crypto): RangeVerdict {
  const checks: PassedCheck[] = [];
  const result = runChecks(text, genesis, crypto, (check, detail) => {
    checks.push({ check, detail });
  });
  if (result.ok) return { ok: true, kind: 'range', checks, range: result.value };
  return { ok: false, kind: 'range', checks, failed: { ...result.reason, line: lineOfRange(text, result.reason) } };
}

interface ReadLeaves {
  readonly records: readonly CommitRecord[];
  readonly entries: readonly (LogEntry & { readonly position: number })[];
}

function runChecks(text: string, genesis: Genesis, crypto: Crypto, pass: Pass): Checked<VerifiedRange> {
  const parsed = at('file-form', parseRangeFile(text));
  if (!parsed.ok) return parsed;
  const file = parsed.value;
  pass('file-form', `${file.leaves.length} leaves, ${file.hashes.length} hashes`);
  const keys = networkKeys(genesis, crypto);
  const signed = checkCheckpoint(file.checkpoint, keys, pass);
  if (!signed.ok) return signed;
  const { note, checkpoint } = signed.value;
  const size = Number(checkpoint.size);

  const leaves = checkLeaves(file, crypto, pass);
  if (!leaves.ok) return leaves;
  const root = checkRoot(file, size, checkpoint.root, crypto, pass);
  if (!root.ok) return root;
  const signers = checkSigners(note, genesis, keys, crypto, pass);
  if (!signers.ok) return signers;
  const span = checkSpan(file, leaves.value.records, size, pass);
  if (!span.ok) return span;
  const entries = checkEntries(file, leaves.value, genesis, crypto, pass);
  if (!entries.ok) return entries;
  const placed = checkCount(entries.value, span.value, pass);
  if (!placed.ok) return placed;
  return ok({
    ...signers.value,
    ...placed.value,
    device: file.device,
    fromMs: file.fromMs,
    toMs: file.toMs,
    records: leaves.value.records,
    size,
    root: toHex(checkpoint.root) as Digest,
  });
}

function checkLeaves(file: RangeFile, crypto: Crypto, pass: Pass): Checked<ReadLeaves> {
  const records: CommitRecord[] = [];
  const entries: (LogEntry & { readonly position: number })[] = [];
  for (const { position, leaf } of file.leaves) {
    const decoded = decodeLeaf(leaf, crypto);
    if (!decoded.ok) {
      const { field, found, allowed } = decoded.reason;
      return refuse('leaf-form', `leaf ${position} ${field}`, found, allowed);
    }
    const { value } = decoded;
    if (value.kind === 'commit-record' && value.firstPosition !== position + 1) {
      return refuse('leaf-form', `leaf ${position} first position`, value.firstPosition, `${position + 1}`);
    }
    if (value.kind === 'entry') entries.push({ ...value, position });
    else records.push(value);
  }
  pass('leaf-form', `${records.length} commit records, ${entries.length} entries`);
  return ok({ records, entries });
}

/** The leaves and hashes make the root of the checkpoint. */
function checkRoot(file: RangeFile, size: number, root: Uint8Array, crypto: Crypto, pass: Pass): Checked<null> {
  const leaves = file.leaves.map(({ position, leaf }) => ({ position, hash: leafHash(leaf, crypto) }));
  const found = rootOfParts(leaves, file.hashes, size, crypto);
  if (found === null || !found.every((byte, place) => byte === root[place])) {
    const what = `${leaves.length} leaves and ${file.hashes.length} hashes`;
    return refuse('path', 'leaves and hashes', what, 'those that make the root of the checkpoint');
  }
  pass('path', `to root ${toHex(root)}`);
  return ok(null);
}

function checkSpan(file: RangeFile, records: readonly CommitRecord[], size: number, pass: Pass): Checked<Span> {
  const span = at('span', spanOf(records, file.fromMs, file.toMs, size));
  if (!span.ok) return span;
  // The widest span and no other: so there is one bundle for the same records, and no line that can be changed.
  const { fromMs, toMs, begin, end, isClosed } = span.value;
  if (file.fromMs !== fromMs) return refuse('span', 'from', file.fromMs, `${fromMs}, after the record before`);
  if (file.toMs !== toMs) return refuse('span', 'to', file.toMs, `${toMs}, up to the record after`);
  pass('span', `leaves ${begin} to ${end - 1}, ${isClosed ? 'closed by a later commit' : 'to the end of the log'}`);
  return span;
}

/** Each entry is the device's, and its transaction good. */
function checkEntries(
  file: RangeFile,
  { entries }: ReadLeaves,
  genesis: Genesis,
  crypto: Crypto,
  pass: Pass,
): Checked<RangeEntry[]> {
  if (entries.length === 0) return refuse('device', 'entries', 0, 'an entry of the device');
  const issuer = issuerOfDevice(file.device);
  for (const { position, transaction } of entries) {
    if (transaction.issuer === issuer) continue;
    return refuse('device', `leaf ${position} issuer`, deviceIdOfIssuer(transaction.issuer), file.device);
  }
  pass('device', file.device);
  const checked: RangeEntry[] = [];
  for (const entry of entries) {
    const transaction = checkOwnTransaction(entry.transaction.bytes, genesis, crypto);
    if (!transaction.ok) {
      const { check, reason } = transaction.reason;
      return refuse(check, `leaf ${entry.position} ${reason.field}`, reason.found, reason.allowed);
    }
    checked.push({ ...entry, transaction: transaction.value });
  }
  for (const check of ['network', 'transaction-form', 'transaction-signature'] as const) {
    pass(check, `${checked.length} transactions`);
  }
  return ok(checked);
}

/** The device's count runs on from the entry before the span, through it, to the entry after it. */
function checkCount(
  entries: readonly RangeEntry[],
  span: Span,
  pass: Pass,
): Checked<Pick<VerifiedRange, 'entries' | 'before' | 'after' | 'completeness'>> {
  const earlier = entries.filter(({ position }) => position < span.begin);
  const later = entries.filter(({ position }) => position >= span.end);
  const inside = entries.filter(({ position }) => position >= span.begin && position < span.end);
  if (earlier.length > 1 || later.length > 1) {
    return refuse('issuer-index', 'entries', `${earlier.length} before and ${later.length} after`, 'at most one each');
  }
  let expected = earlier.length === 0 ? 1 : null;
  for (const { position, issuerIndex } of entries) {
    if (expected !== null && issuerIndex !== expected) {
      return refuse('issuer-index', `leaf ${position} issuer index`, issuerIndex, `${expected}: none may be left out`);
    }
    expected = issuerIndex + 1;
  }
  const [before = null] = earlier;
  const [after = null] = later;
  const completeness = after === null ? 'open-end' : 'complete';
  const first = entries[0]?.issuerIndex ?? 0;
  pass('issuer-index', `${first} to ${(expected ?? 1) - 1}, ${inside.length} of them in the span; ${completeness}`);
  return ok({ entries: inside, before, after, completeness });
}
