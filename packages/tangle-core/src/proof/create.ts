/** A proof file for a leaf of the log, out of the stored tree and a signed checkpoint that covers it. */
import type { Crypto } from '../crypto/crypto.js';
import type { HashReader } from '../log/merkle.js';
import { inclusionPath } from '../log/merkle-proof.js';
import { encodeLeafExtra, formatProofFile } from './proof-file.js';

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
}

/** The text of the proof file. Nothing is verified: the parts are the node's own. */
export function createProof(parts: ProofParts, hashes: HashReader, crypto: Crypto): string {
  const { leaf, position, size, checkpoint } = parts;
  return formatProofFile({
    extra: encodeLeafExtra(leaf),
    index: BigInt(position),
    path: inclusionPath(position, size, hashes, crypto),
    checkpoint,
  });
}
