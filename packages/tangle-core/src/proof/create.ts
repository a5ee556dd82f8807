/** A proof file for a leaf of the log, out of the stored tree and a signed checkpoint that covers it. */
import type { Crypto } from '../crypto/crypto.js';
import type { HashReader } from '../log/merkle.js';
import type { Result } from '../result.js';
import type { BatchReading } from './batch.js';
import type { CodecReason } from '../codec/reasons.js';
import type { ProofFileReason } from './proof-file.js';
import { inclusionPath } from '../log/merkle-proof.js';
import { fail, ok } from '../result.js';
import { decodeExtra, encodeExtra } from './extra.js';
import { formatProofFile, parseProofFile } from './proof-file.js';
import { pathBeside } from './record-path.js';

/** What a proof is made of. */
export interface ProofParts {
  /** The leaf's bytes. */
  readonly leaf: Uint8Array;
  /** Index of the leaf, below `size`. */
  readonly position: number;
  /** Size of the certified head. */
  readonly size: number;
  /** Its checkpoint as a note, with a log signature and cosignatures of weight >= Q. */
  readonly checkpoint: string;
  /** Where the leaf is an entry: the record of its commit, so that the file tells the commit time too. */
  readonly record?: { readonly leaf: Uint8Array; readonly position: number } | null;
}

/** The text of the proof file. Nothing is verified: the parts are the node's own. */
export function createProof(parts: ProofParts, hashes: HashReader, crypto: Crypto): string {
  const { leaf, position, size, checkpoint, record = null } = parts;
  const recordPart =
    record === null
      ? null
      : {
          leaf: record.leaf,
          distance: position - record.position,
          path: pathBeside(record.position, position, hashes),
        };
  return formatProofFile({
    extra: encodeExtra({ leaf, reading: null, record: recordPart }),
    index: BigInt(position),
    path: inclusionPath(position, size, hashes, crypto),
    checkpoint,
  });
}

/**
 * The proof of an anchor's entry as a proof of one reading of its batch. Nothing is verified but the form of the file:
 * whether they belong together is for `verifyProof`.
 */
export function addReadingToProof(text: string, reading: BatchReading): Result<string, ProofFileReason | CodecReason> {
  const file = parseProofFile(text);
  if (!file.ok) return file;
  if (file.value.extra === null) {
    return fail({ code: 'malformed', field: 'extra', found: 'no such line', allowed: 'the leaf' });
  }
  const extra = decodeExtra(file.value.extra);
  if (!extra.ok) return extra;
  return ok(formatProofFile({ ...file.value, extra: encodeExtra({ ...extra.value, reading }) }));
}
