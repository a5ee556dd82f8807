/** Tree heads and who cosigned them, as a node holds and sends them: ids in hex, sizes as positions. */
import type { Crypto, Signer } from '../crypto/crypto.js';
import type { Digest, ValidatorIndex } from '../ids.js';
import type { Committee } from '../model/committee.js';
import type { NetworkKeys } from './network-keys.js';
import type { NoteSignature } from './note.js';
import { invariant, present } from '../assert.js';
import { fromHex } from '../codec/hex.js';
import { weightedMedian } from '../model/weighted-median.js';
import { formatCheckpoint } from './checkpoint.js';
import { cosignatureTime, verifyCosignature } from './cosignature.js';
import { formatNote, signNoteText } from './note.js';
import { utf8 } from './text.js';

/** The log after an appending commit. */
export interface TreeHead {
  /** Leaves, from 2: a commit record and an entry at least. */
  readonly size: number;
  readonly root: Digest;
}

/** A validator's word for a tree head. */
export interface Cosignature extends TreeHead {
  readonly validator: ValidatorIndex;
  /** The 72 bytes of its signature line: u64 unix seconds || Ed25519 signature. */
  readonly signature: Uint8Array;
}

/** A validator's signature of a tree head as the log itself, under its log key. */
export interface LogSignature extends TreeHead {
  readonly validator: ValidatorIndex;
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
}

/** A tree head with cosignatures of weight >= Q, of distinct validators, their indexes ascending. */
export interface CertifiedHead extends TreeHead {
  readonly cosignatures: readonly Cosignature[];
  /** Weighted median of their times, unix seconds: what the log holds existed no later. */
  readonly time: bigint;
}

/** A cosigner's time with the weight behind it. */
export interface WeightedTime {
  /** Unix seconds. */
  readonly time: bigint;
  readonly weight: number;
}

/** The weighted median of cosignature times (PROTOCOL 5 and 11). At least one of positive weight. */
export function medianTime(times: readonly WeightedTime[]): bigint {
  // A time is any u63: the median is taken over places in the order, which are small integers.
  const ascending = [...times].sort((left, right) => (left.time < right.time ? -1 : left.time > right.time ? 1 : 0));
  const place = weightedMedian(ascending.map(({ weight }, value) => ({ value, weight })));
  return present(ascending[place], 'the median is one of the values').time;
}

/** Cosignatures of one head, of distinct validators and weight >= Q, to a certified head. */
export function certifiedHead(cosignatures: readonly Cosignature[], committee: Committee): CertifiedHead {
  const ascending = [...cosignatures].sort((left, right) => left.validator - right.validator);
  const { size, root } = present(ascending[0], 'a certified head has cosignatures');
  const times = ascending.map(({ validator, signature }) => {
    const time = cosignatureTime(signature);
    invariant(time !== null, 'a cosignature that was verified has a time');
    return { time, weight: committee.weightOf(validator) };
  });
  return { size, root, cosignatures: ascending, time: medianTime(times) };
}

/** The checkpoint text of a head in a network's log. */
export function checkpointTextOf(head: TreeHead, origin: string): string {
  return formatCheckpoint({ origin, size: BigInt(head.size), root: fromHex(head.root) });
}

/** Whether a validator's cosignature of the head holds. `validator` must be one of the committee. */
export function verifyTreeHead(cosignature: Cosignature, keys: NetworkKeys, crypto: Crypto): boolean {
  return new TreeHeadVerifier(keys, crypto).verify(cosignature);
}

/** Verifies what validators cosign. All of them cosign the same heads one after the other: the last text is kept. */
export class TreeHeadVerifier {
  readonly #keys: NetworkKeys;
  readonly #crypto: Crypto;
  #last: { readonly head: TreeHead; readonly text: Uint8Array } | null = null;

  constructor(keys: NetworkKeys, crypto: Crypto) {
    this.#keys = keys;
    this.#crypto = crypto;
  }

  /** As `verifyTreeHead`. */
  verify(cosignature: Cosignature): boolean {
    const { validator, signature } = cosignature;
    const key = present(this.#keys.cosignerKeys[validator], () => `no validator ${validator}`);
    return verifyCosignature(key.publicKey, this.#textOf(cosignature), signature, this.#crypto) !== null;
  }

  #textOf(head: TreeHead): Uint8Array {
    if (this.#last?.head.size !== head.size || this.#last.head.root !== head.root) {
      this.#last = { head, text: utf8(checkpointTextOf(head, this.#keys.origin)) };
    }
    return this.#last.text;
  }
}

/** The signature line of a cosignature, for a note. */
export function signatureLineOf(cosignature: Cosignature, keys: NetworkKeys): NoteSignature {
  const { name, keyId } = present(keys.cosignerKeys[cosignature.validator], `no validator ${cosignature.validator}`);
  return { name, keyId, signature: cosignature.signature };
}

/** A log signs nothing but heads that are certified and that this validator's log has too. */
export function signLog(head: TreeHead, keys: NetworkKeys, validator: ValidatorIndex, logSigner: Signer): LogSignature {
  const logKey = present(keys.logKeys[validator], `no validator ${validator}`);
  const { signature } = signNoteText(checkpointTextOf(head, keys.origin), logKey, logSigner);
  return { size: head.size, root: head.root, validator, signature };
}

/** Whether a validator's log signature of the head holds. `validator` must be one of the committee. */
export function verifyLogSignature(signed: LogSignature, keys: NetworkKeys, crypto: Crypto): boolean {
  const { publicKey } = present(keys.logKeys[signed.validator], () => `no validator ${signed.validator}`);
  return crypto.verifyEd25519(publicKey, utf8(checkpointTextOf(signed, keys.origin)), signed.signature);
}

/**
 * A certified head as the note that tlog-tiles serves and proofs hold: the cosignatures, and first the log signature of
 * one validator, of the same head.
 */
export function checkpointNote(head: CertifiedHead, keys: NetworkKeys, logSignature: LogSignature): string {
  const { validator, signature, size, root } = logSignature;
  invariant(size === head.size && root === head.root, 'the log signature is of another head');
  const { name, keyId } = present(keys.logKeys[validator], `no validator ${validator}`);
  const cosignatures = head.cosignatures.map((cosignature) => signatureLineOf(cosignature, keys));
  const text = checkpointTextOf(head, keys.origin);
  return formatNote({ text, signatures: [{ name, keyId, signature }, ...cosignatures] });
}
