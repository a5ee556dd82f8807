/** Proof files: a leaf of the log that anyone can check with the genesis alone. */
export { createProof } from './create.js';
export type { ProofParts } from './create.js';
export {
  decodeLeafExtra,
  encodeLeafExtra,
  formatProofFile,
  parseProofFile,
  PATH_HASHES_MAX,
  PROOF_FILE_EXTENSION,
  PROOF_LENGTH_MAX,
} from './proof-file.js';
export type { ProofFile, ProofFileReason } from './proof-file.js';
export { verifyProof } from './verify.js';
export type {
  FailedCheck,
  PassedCheck,
  ProofCheck,
  ProofCosigner,
  ProofVerdict,
  ProvenLeaf,
  VerifiedProof,
} from './verify.js';
