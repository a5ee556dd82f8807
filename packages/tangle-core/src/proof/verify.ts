/**
 * Checks a proof file with the genesis alone, offline and for ever (PROTOCOL 11): that a quorum of the validators
 * cosigned a log that holds this leaf at this position, that the transaction in it is its issuer's, and where the file
 * shows them, when it was committed and what one reading of its batch was. The verdict names every check that was done.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { Digest, UnixMs } from '../ids.js';
import type { ParsedCheckpoint } from '../log/checkpoint.js';
import type { CommitRecord, Leaf, LogEntry } from '../log/leaf.js';
import type { Genesis } from '../model/genesis.js';
import type { CheckedTransaction } from '../model/transaction.js';
import type { BatchReading } from './batch.js';
import type { CheckpointSigners } from './checkpoint-check.js';
import type { Checked, FailedCheck, Pass, PassedCheck } from './checks.js';
import type { ProofExtra, RecordPart } from './extra.js';
import type { ProofFile } from './proof-file.js';
import type { Sample } from './sample.js';
import { toHex } from '../codec/hex.js';
import { decodeLeaf } from '../log/leaf.js';
import { leafHash } from '../log/merkle.js';
import { verifyInclusion } from '../log/merkle-proof.js';
import { networkKeys } from '../log/network-keys.js';
import { deviceIdOfIssuer } from '../model/did-key.js';
import { PAYLOAD_TYPE } from '../model/transaction.js';
import { ok } from '../result.js';
import { decodeAnchor } from './anchor.js';
import { checkCheckpoint, checkOwnTransaction, checkSigners } from './checkpoint-check.js';
import { at, refuse } from './checks.js';
import { decodeExtra } from './extra.js';
import { lineOfProof } from './locate.js';
import { parseProofFile } from './proof-file.js';
import { verifyBeside } from './record-path.js';
import { decodeSample, sampleLeafHash } from './sample.js';

/** A leaf whose transaction, if it has one, was checked too. */
export type ProvenLeaf = CommitRecord | (LogEntry & { readonly transaction: CheckedTransaction });

/** One sample of the batch that the proven transaction anchors. */
export interface ProvenReading extends Sample {
  /** What goes before every channel name. */
  readonly stream: string;
  /** Samples of the batch. */
  readonly count: number;
}

/** What a good proof proves. */
export interface VerifiedProof extends CheckpointSigners {
  /** Index of the leaf in the log. */
  readonly position: number;
  readonly leaf: ProvenLeaf;
  /** When the leaf was committed, where a commit record in the file tells it; else null. */
  readonly commitTimeMs: UnixMs | null;
  /** The one reading of a batch that the file shows, or null. */
  readonly reading: ProvenReading | null;
  /** Leaves under the checkpoint. */
  readonly size: number;
  readonly root: Digest;
}

export type ProofVerdict =
  | {
      readonly ok: true;
      readonly kind: 'proof';
      readonly checks: readonly PassedCheck[];
      readonly proof: VerifiedProof;
    }
  | {
      readonly ok: false;
      readonly kind: 'proof';
      readonly checks: readonly PassedCheck[];
      readonly failed: FailedCheck;
    };

/**
 * Verifies the text of a proof file. Signature lines of keys that the genesis does not name are passed over, as the
 * format wants it; any other change of the text is refused. Costs a signature check for each known line and one for the
 * transaction: with the default crypto some milliseconds.
 *
 * @example
 * const verdict = verifyProof(text, genesis, nobleCrypto);
 * if (!verdict.ok) report(verdict.failed.check, describeReason(verdict.failed.reason));
 */
export function verifyProof(text: string, genesis: Genesis, crypto: Crypto): ProofVerdict {
  const checks: PassedCheck[] = [];
  const result = runChecks(text, genesis, crypto, (check, detail) => {
    checks.push({ check, detail });
  });
  if (result.ok) return { ok: true, kind: 'proof', checks, proof: result.value };
  return { ok: false, kind: 'proof', checks, failed: { ...result.reason, line: lineOfProof(text, result.reason) } };
}

function runChecks(text: string, genesis: Genesis, crypto: Crypto, pass: Pass): Checked<VerifiedProof> {
  const file = at('file-form', parseProofFile(text));
  if (!file.ok) return file;
  pass('file-form', `leaf ${file.value.index}, a path of ${file.value.path.length} hashes`);
  const keys = networkKeys(genesis, crypto);
  const signed = checkCheckpoint(file.value.checkpoint, keys, pass);
  if (!signed.ok) return signed;
  const { note, checkpoint } = signed.value;

  const shown = checkLeaf(file.value, checkpoint, crypto, pass);
  if (!shown.ok) return shown;
  const { leaf, extra } = shown.value;
  const record = checkRecord(extra.record, leaf, file.value, checkpoint, crypto, pass);
  if (!record.ok) return record;
  const signers = checkSigners(note, genesis, keys, crypto, pass);
  if (!signers.ok) return signers;
  const proven = checkLeafTransaction(leaf, genesis, crypto, pass);
  if (!proven.ok) return proven;
  const reading = checkReading(extra.reading, proven.value, crypto, pass);
  if (!reading.ok) return reading;
  return ok({
    ...signers.value,
    position: Number(file.value.index),
    leaf: proven.value,
    commitTimeMs: record.value?.timeMs ?? null,
    reading: reading.value,
    size: Number(checkpoint.size),
    root: toHex(checkpoint.root) as Digest,
  });
}

/** The leaf, its place and the path from it to the root. */
function checkLeaf(
  file: ProofFile,
  checkpoint: ParsedCheckpoint,
  crypto: Crypto,
  pass: Pass,
): Checked<{ readonly leaf: Leaf; readonly extra: ProofExtra }> {
  const { index, path } = file;
  const { size, root } = checkpoint;
  if (file.extra === null) return refuse('leaf-form', 'extra', 'no such line', 'the leaf');
  const extra = at('leaf-form', decodeExtra(file.extra));
  if (!extra.ok) return extra;
  const decoded = at('leaf-form', decodeLeaf(extra.value.leaf, crypto));
  if (!decoded.ok) return decoded;
  const leaf = decoded.value;
  pass(
    'leaf-form',
    leaf.kind === 'entry' ? `transaction ${leaf.transaction.id}` : `record of commit ${leaf.commitIndex}`,
  );

  if (index >= size) return refuse('index', 'index', `${index}`, `below the size, ${size}`);
  if (leaf.kind === 'commit-record') {
    const { firstPosition, count } = leaf;
    if (BigInt(firstPosition) !== index + 1n || BigInt(firstPosition) + BigInt(count) > size) {
      const found = `${count} entries from ${firstPosition}`;
      return refuse('index', 'entries of the commit record', found, `from ${index + 1n}, all below the size, ${size}`);
    }
  }
  pass('index', `${index} of ${size}`);

  const hash = leafHash(extra.value.leaf, crypto);
  if (!verifyInclusion({ index, size, leaf: hash, root }, path, crypto)) {
    return refuse('path', 'path', `${path.length} hashes`, 'those that lead from this leaf to this root');
  }
  pass('path', `from leaf hash ${toHex(hash)} to root ${toHex(root)}`);
  return ok({ leaf, extra: extra.value });
}

/** The commit record that tells when the leaf was committed: the leaf itself, one that the file shows with it, or none. */
function checkRecord(
  part: RecordPart | null,
  leaf: Leaf,
  { index, path }: ProofFile,
  checkpoint: ParsedCheckpoint,
  crypto: Crypto,
  pass: Pass,
): Checked<CommitRecord | null> {
  if (leaf.kind === 'commit-record') {
    return part === null ? ok(leaf) : refuse('record', 'record', 'a second one', 'none beside a commit record');
  }
  if (part === null) return ok(null);
  const decoded = at('record', decodeLeaf(part.leaf, crypto));
  if (!decoded.ok) return decoded;
  const record = decoded.value;
  if (record.kind !== 'commit-record') return refuse('record', 'record', 'another leaf', 'a commit record');
  if (record.commitIndex !== leaf.commitIndex) {
    return refuse('record', 'record commit index', record.commitIndex, `${leaf.commitIndex}, as in the entry`);
  }
  const right = Number(index);
  const left = right - part.distance;
  const { firstPosition, count } = record;
  if (firstPosition !== left + 1 || right < firstPosition || right >= firstPosition + count) {
    const found = `${count} entries from ${firstPosition}`;
    return refuse('record', 'entries of the record', found, `from ${left + 1}, with ${right} among them`);
  }
  if (!verifyBeside(part.leaf, { left, right, size: Number(checkpoint.size) }, part.path, path, crypto)) {
    return refuse('record', 'record path', `${part.path.length} hashes`, 'those that lead from it to the path');
  }
  pass('record', `record of commit ${record.commitIndex} at ${left}, commit time ${record.timeMs}`);
  return ok(record);
}

function checkLeafTransaction(leaf: Leaf, genesis: Genesis, crypto: Crypto, pass: Pass): Checked<ProvenLeaf> {
  if (leaf.kind === 'commit-record') return ok(leaf);
  const checked = checkOwnTransaction(leaf.transaction.bytes, genesis, crypto);
  if (!checked.ok) return checked;
  const transaction = checked.value;
  pass('network', genesis.network);
  pass('transaction-form', `${transaction.payload.length} bytes of payload type ${transaction.payloadType}`);
  pass('transaction-signature', `issuer ${deviceIdOfIssuer(transaction.issuer)}`);
  const { outcome } = leaf;
  // Accepted means registered, active and allowed at this place in the order (PROTOCOL 7).
  pass('outcome', outcome.status === 'accepted' ? 'accepted: the issuer was registered' : `rejected: ${outcome.code}`);
  return ok({ ...leaf, transaction });
}

/** One sample, up the path in its batch to the root that the transaction anchors. */
function checkReading(
  part: BatchReading | null,
  leaf: ProvenLeaf,
  crypto: Crypto,
  pass: Pass,
): Checked<ProvenReading | null> {
  if (part === null) return ok(null);
  if (leaf.kind !== 'entry' || leaf.transaction.payloadType !== PAYLOAD_TYPE.anchor) {
    const found = leaf.kind === 'entry' ? `payload type ${leaf.transaction.payloadType}` : 'a commit record';
    return refuse('reading-form', 'leaf', found, 'an anchor transaction');
  }
  const anchor = at('reading-form', decodeAnchor(leaf.transaction.payload));
  if (!anchor.ok) return anchor;
  const { count, root, stream } = anchor.value;
  const sample = at('reading-form', decodeSample(part.sample, part.index, anchor.value));
  if (!sample.ok) return sample;
  pass('reading-form', `sample ${part.index} of ${count}, ${sample.value.values.length} channels`);
  const hash = sampleLeafHash(part.salt, part.sample, crypto);
  const claim = { index: BigInt(part.index), size: BigInt(count), leaf: hash, root };
  if (!verifyInclusion(claim, part.path, crypto)) {
    return refuse(
      'reading-path',
      'reading path',
      `${part.path.length} hashes`,
      'those that lead to the root of the batch',
    );
  }
  pass('reading-path', `from leaf hash ${toHex(hash)} to the root of the batch ${toHex(root)}`);
  return ok({ ...sample.value, stream, count });
}
