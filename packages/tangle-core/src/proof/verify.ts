/**
 * Checks a proof file with the genesis alone, offline and for ever (PROTOCOL 11): that a quorum of the validators
 * cosigned a log that holds this leaf at this position, and that the transaction in it is its issuer's. The verdict
 * names every check that was done, so that a person can follow it.
 */
import type { Refusal } from '../codec/reasons.js';
import type { Crypto } from '../crypto/crypto.js';
import type { Digest, ValidatorIndex } from '../ids.js';
import type { ParsedCheckpoint } from '../log/checkpoint.js';
import type { CommitRecord, Leaf, LogEntry } from '../log/leaf.js';
import type { SignedNote } from '../log/note.js';
import type { Genesis } from '../model/genesis.js';
import type { CheckedTransaction } from '../model/transaction.js';
import type { Result } from '../result.js';
import type { ProofFile } from './proof-file.js';
import { present } from '../assert.js';
import { toHex } from '../codec/hex.js';
import { excerpt } from '../codec/reasons.js';
import { parseCheckpoint } from '../log/checkpoint.js';
import { decodeLeaf } from '../log/leaf.js';
import { verifyInclusion } from '../log/merkle-proof.js';
import { leafHash } from '../log/merkle.js';
import { networkKeys } from '../log/network-keys.js';
import { parseNote, verifyNote } from '../log/note.js';
import { medianTime } from '../log/tree-head.js';
import { fail, ok } from '../result.js';
import { checkTransaction } from '../validation/stateless.js';
import { decodeLeafExtra, parseProofFile } from './proof-file.js';

/** The checks in the order they are done, from cheap to dear. */
export type ProofCheck =
  /** The file is a proof file, in its one byte-form. */
  | 'file-form'
  /** Its checkpoint is a signed note of three lines. */
  | 'checkpoint-form'
  /** The checkpoint is one of this network's log. */
  | 'origin'
  /** The `extra` line holds a leaf of the log. */
  | 'leaf-form'
  /** The position lies in the tree, and is the one that the leaf itself names, if it does. */
  | 'index'
  /** The path leads from the leaf to the root (RFC 9162 section 2.1.3.2). */
  | 'path'
  /** A validator's log key signed the checkpoint; each that did, did so well. */
  | 'log-signature'
  /** A validator cosigned the checkpoint: once for each. */
  | 'cosignature'
  /** The cosigners weigh a quorum. */
  | 'weight'
  /** The transaction is one of this network. */
  | 'network'
  /** The transaction keeps the rules that show in it alone (PROTOCOL 3). */
  | 'transaction-form'
  /** The issuer signed it. */
  | 'transaction-signature';

export interface PassedCheck {
  readonly check: ProofCheck;
  /** What was found, on one line. */
  readonly detail: string;
}

export interface FailedCheck {
  readonly check: ProofCheck;
  /** Where (`field`), what was found, and what would have passed. */
  readonly reason: Refusal<string>;
}

/** One validator's word. */
export interface ProofCosigner {
  readonly validator: ValidatorIndex;
  readonly name: string;
  readonly weight: number;
  /** Unix seconds, by the validator's own clock. */
  readonly time: bigint;
}

/** A leaf whose transaction, if it has one, was checked too. */
export type ProvenLeaf = CommitRecord | (LogEntry & { readonly transaction: CheckedTransaction });

/** What a good proof proves. */
export interface VerifiedProof {
  /** Index of the leaf in the log. */
  readonly position: number;
  readonly leaf: ProvenLeaf;
  /** Leaves under the checkpoint. */
  readonly size: number;
  readonly root: Digest;
  /** Validators whose log keys signed. */
  readonly logSigners: readonly ValidatorIndex[];
  readonly cosigners: readonly ProofCosigner[];
  /** Of the cosigners together, and what it takes. */
  readonly weight: number;
  readonly quorum: number;
  /** The leaf existed no later: weighted median of the cosigners' times, unix seconds. */
  readonly time: bigint;
  /** Signature lines of keys that are not this network's; nothing is known about them. */
  readonly unknownSignatures: number;
}

export type ProofVerdict =
  | { readonly ok: true; readonly checks: readonly PassedCheck[]; readonly proof: VerifiedProof }
  | { readonly ok: false; readonly checks: readonly PassedCheck[]; readonly failed: FailedCheck };

type Checked<Value> = Result<Value, FailedCheck>;
type Pass = (check: ProofCheck, detail: string) => void;

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
  return result.ok ? { ok: true, checks, proof: result.value } : { ok: false, checks, failed: result.reason };
}

function runChecks(text: string, genesis: Genesis, crypto: Crypto, pass: Pass): Checked<VerifiedProof> {
  const file = at('file-form', parseProofFile(text));
  if (!file.ok) return file;
  pass('file-form', `leaf ${file.value.index}, a path of ${file.value.path.length} hashes`);
  const signed = checkCheckpointForm(file.value, pass);
  if (!signed.ok) return signed;
  const { note, checkpoint } = signed.value;
  const keys = networkKeys(genesis, crypto);
  if (checkpoint.origin !== keys.origin) {
    return refuse('origin', 'checkpoint origin', excerpt(checkpoint.origin), keys.origin);
  }
  pass('origin', keys.origin);

  const leaf = checkLeaf(file.value, checkpoint, crypto, pass);
  if (!leaf.ok) return leaf;
  const logSigners = at('log-signature', verifyNote(note, keys.logKeys, crypto));
  if (!logSigners.ok) return logSigners;
  const cosignatures = at('cosignature', verifyNote(note, keys.cosignerKeys, crypto));
  if (!cosignatures.ok) return cosignatures;
  const signers = logSigners.value.map(({ key }) => keys.logKeys.indexOf(key));
  pass('log-signature', signers.map((index) => nameOf(genesis, index)).join(', '));
  const cosigners = cosignatures.value.map(({ key, time }): ProofCosigner => {
    const validator = keys.cosignerKeys.indexOf(key);
    const { name, weight } = validatorOf(genesis, validator);
    return { validator, name, weight, time: present(time, 'a cosignature has a time') };
  });
  for (const { name, weight, time } of cosigners) pass('cosignature', `${name}, weight ${weight}, unix time ${time}`);

  const weight = cosigners.reduce((sum, cosigner) => sum + cosigner.weight, 0);
  const { quorum, totalWeight } = genesis.committee;
  if (weight < quorum) return refuse('weight', 'weight of the cosigners', weight, `${quorum} to ${totalWeight}`);
  pass('weight', `${weight} of ${totalWeight}, quorum ${quorum}`);
  const proven = checkLeafTransaction(leaf.value, genesis, crypto, pass);
  if (!proven.ok) return proven;
  return ok({
    position: Number(file.value.index),
    leaf: proven.value,
    size: Number(checkpoint.size),
    root: toHex(checkpoint.root) as Digest,
    logSigners: signers,
    cosigners,
    weight,
    quorum,
    time: medianTime(cosigners),
    unknownSignatures: note.signatures.length - signers.length - cosigners.length,
  });
}

function checkCheckpointForm(
  file: ProofFile,
  pass: Pass,
): Checked<{ readonly note: SignedNote; readonly checkpoint: ParsedCheckpoint }> {
  const note = at('checkpoint-form', parseNote(file.checkpoint));
  if (!note.ok) return note;
  const parsed = at('checkpoint-form', parseCheckpoint(note.value.text));
  if (!parsed.ok) return parsed;
  const checkpoint = parsed.value;
  // A quorum would have signed them, but nobody can audit what they say (PROTOCOL 11).
  if (checkpoint.extensions.length > 0) {
    return refuse('checkpoint-form', 'extension lines', checkpoint.extensions.length, 'none');
  }
  // Positions are safe integers on every wire of ours.
  if (checkpoint.size > BigInt(Number.MAX_SAFE_INTEGER)) {
    return refuse('checkpoint-form', 'size', `${checkpoint.size}`, `at most ${Number.MAX_SAFE_INTEGER}`);
  }
  pass('checkpoint-form', `${checkpoint.size} leaves, ${note.value.signatures.length} signature lines`);
  return ok({ note: note.value, checkpoint });
}

/** The leaf, its place and the path from it to the root. */
function checkLeaf(file: ProofFile, checkpoint: ParsedCheckpoint, crypto: Crypto, pass: Pass): Checked<Leaf> {
  const { extra, index, path } = file;
  const { size, root } = checkpoint;
  if (extra === null) return refuse('leaf-form', 'extra', 'no such line', 'the leaf');
  const bytes = at('leaf-form', decodeLeafExtra(extra));
  if (!bytes.ok) return bytes;
  const decoded = at('leaf-form', decodeLeaf(bytes.value, crypto));
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

  const hash = leafHash(bytes.value, crypto);
  if (!verifyInclusion({ index, size, leaf: hash, root }, path, crypto)) {
    return refuse('path', 'path', `${path.length} hashes`, 'those that lead from this leaf to this root');
  }
  pass('path', `from leaf hash ${toHex(hash)} to root ${toHex(root)}`);
  return ok(leaf);
}

function checkLeafTransaction(leaf: Leaf, genesis: Genesis, crypto: Crypto, pass: Pass): Checked<ProvenLeaf> {
  if (leaf.kind === 'commit-record') return ok(leaf);
  const context = {
    network: genesis.network,
    genesisId: genesis.transactionId,
    maxPayload: genesis.parameters.maxPayload,
  };
  const checked = checkTransaction(leaf.transaction.bytes, context, crypto);
  if (!checked.ok) return fail({ check: checkOf(checked.reason.code), reason: checked.reason });
  const transaction = checked.value;
  pass('network', genesis.network);
  pass('transaction-form', `${transaction.payload.length} bytes of payload type ${transaction.payloadType}`);
  pass('transaction-signature', `issuer ${transaction.issuer}`);
  return ok({ ...leaf, transaction });
}

function checkOf(code: string): ProofCheck {
  if (code === 'wrong-network') return 'network';
  return code === 'bad-signature' || code === 'small-order-key' ? 'transaction-signature' : 'transaction-form';
}

function validatorOf(genesis: Genesis, index: ValidatorIndex): { readonly name: string; readonly weight: number } {
  return present(genesis.committee.validators[index], 'keys are those of the validators');
}

function nameOf(genesis: Genesis, index: ValidatorIndex): string {
  return validatorOf(genesis, index).name;
}

/** Says which check a reason belongs to. */
function at<Value>(check: ProofCheck, result: Result<Value, Refusal<string>>): Checked<Value> {
  return result.ok ? result : fail({ check, reason: result.reason });
}

function refuse(check: ProofCheck, field: string, found: string | number, allowed: string): Checked<never> {
  return fail({ check, reason: { code: check, field, found, allowed } });
}
