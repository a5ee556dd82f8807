/** The checks that both kinds of files share: the checkpoint, whose it is, who signed it, and the transactions below. */
import type { Crypto } from '../crypto/crypto.js';
import type { ValidatorIndex } from '../ids.js';
import type { ParsedCheckpoint } from '../log/checkpoint.js';
import type { NetworkKeys } from '../log/network-keys.js';
import type { SignedNote } from '../log/note.js';
import type { Genesis } from '../model/genesis.js';
import type { CheckedTransaction } from '../model/transaction.js';
import type { Check, Checked, Pass } from './checks.js';
import { present } from '../assert.js';
import { excerpt } from '../codec/reasons.js';
import { parseCheckpoint } from '../log/checkpoint.js';
import { parseNote, verifyNote } from '../log/note.js';
import { medianTime } from '../log/tree-head.js';
import { fail, ok } from '../result.js';
import { checkTransaction } from '../validation/stateless.js';
import { at, refuse } from './checks.js';

/** One validator's word. */
export interface ProofCosigner {
  readonly validator: ValidatorIndex;
  readonly name: string;
  readonly weight: number;
  /** Unix seconds, by the validator's own clock. */
  readonly time: bigint;
}

/** Who vouches for a checkpoint. */
export interface CheckpointSigners {
  /** Validators whose log keys signed. */
  readonly logSigners: readonly ValidatorIndex[];
  readonly cosigners: readonly ProofCosigner[];
  /** Of the cosigners together, and what it takes. */
  readonly weight: number;
  readonly quorum: number;
  /** What the log held existed no later: weighted median of the cosigners' times, unix seconds. */
  readonly time: bigint;
  /** Signature lines of keys that are not this network's; nothing is known about them. */
  readonly unknownSignatures: number;
}

export interface ReadCheckpoint {
  readonly note: SignedNote;
  readonly checkpoint: ParsedCheckpoint;
}

/** `checkpoint-form` and `origin`. */
export function checkCheckpoint(text: string, keys: NetworkKeys, pass: Pass): Checked<ReadCheckpoint> {
  const note = at('checkpoint-form', parseNote(text));
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
  if (checkpoint.origin !== keys.origin) {
    return refuse('origin', 'checkpoint origin', excerpt(checkpoint.origin), keys.origin);
  }
  pass('origin', keys.origin);
  return ok({ note: note.value, checkpoint });
}

/** `log-signature`, `cosignature` (one pass for each validator) and `weight`. A signature check for each known line. */
export function checkSigners(
  note: SignedNote,
  genesis: Genesis,
  keys: NetworkKeys,
  crypto: Crypto,
  pass: Pass,
): Checked<CheckpointSigners> {
  const logSignatures = at('log-signature', verifyNote(note, keys.logKeys, crypto));
  if (!logSignatures.ok) return logSignatures;
  const cosignatures = at('cosignature', verifyNote(note, keys.cosignerKeys, crypto));
  if (!cosignatures.ok) return cosignatures;
  const validatorOf = (index: ValidatorIndex): { readonly name: string; readonly weight: number } =>
    present(genesis.committee.validators[index], 'keys are those of the validators');
  const logSigners = logSignatures.value.map(({ key }) => keys.logKeys.indexOf(key));
  pass('log-signature', logSigners.map((index) => validatorOf(index).name).join(', '));
  const cosigners = cosignatures.value.map(({ key, time }): ProofCosigner => {
    const validator = keys.cosignerKeys.indexOf(key);
    const { name, weight } = validatorOf(validator);
    return { validator, name, weight, time: present(time, 'a cosignature has a time') };
  });
  for (const { name, weight, time } of cosigners) pass('cosignature', `${name}, weight ${weight}, unix time ${time}`);

  const weight = cosigners.reduce((sum, cosigner) => sum + cosigner.weight, 0);
  const { quorum, totalWeight } = genesis.committee;
  if (weight < quorum) return refuse('weight', 'weight of the cosigners', weight, `${quorum} to ${totalWeight}`);
  pass('weight', `${weight} of ${totalWeight}, quorum ${quorum}`);
  const unknownSignatures = note.signatures.length - logSigners.length - cosigners.length;
  return ok({ logSigners, cosigners, weight, quorum, time: medianTime(cosigners), unknownSignatures });
}

/** The rules of PROTOCOL 3 that a transaction keeps alone; a failure names the one of the three checks it belongs to. */
export function checkOwnTransaction(bytes: Uint8Array, genesis: Genesis, crypto: Crypto): Checked<CheckedTransaction> {
  const context = {
    network: genesis.network,
    genesisId: genesis.transactionId,
    maxPayload: genesis.parameters.maxPayload,
  };
  const checked = checkTransaction(bytes, context, crypto);
  return checked.ok ? checked : fail({ check: checkOf(checked.reason.code), reason: checked.reason });
}

function checkOf(code: string): Check {
  if (code === 'wrong-network') return 'network';
  return code === 'bad-signature' || code === 'small-order-key' ? 'transaction-signature' : 'transaction-form';
}
