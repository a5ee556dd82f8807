/** Proof files, batches and range bundles: what anyone can check with the genesis alone. */
export {
  ANCHOR_VERSION,
  BATCH_CHANNELS_MAX,
  BATCH_NAME_LENGTH_MAX,
  BATCH_SAMPLES_MAX,
  BATCH_UNIT_LENGTH_MAX,
  checkBatchSchema,
  decodeAnchor,
  encodeAnchor,
} from './anchor.js';
export type { Anchor, BatchChannel, BatchSchema, BatchTiming } from './anchor.js';
export { Batch, BATCH_SEED_BYTES, BLOB_VERSION, checkSamples, createBatch, openBatch } from './batch.js';
export type { BatchReading, Samples } from './batch.js';
export { CHECK_TITLES } from './checks.js';
export type { Check, FailedCheck, PassedCheck } from './checks.js';
export type { CheckpointSigners, ProofCosigner } from './checkpoint-check.js';
export { createRangeBundle } from './create-range.js';
export type { RangeParts, RangePartsReason } from './create-range.js';
export { addReadingToProof, createProof } from './create.js';
export type { ProofParts } from './create.js';
export { decodeExtra, encodeExtra } from './extra.js';
export type { ProofExtra, RecordPart } from './extra.js';
export { leastCheckpoint } from './least-checkpoint.js';
export {
  formatProofFile,
  parseProofFile,
  PATH_HASHES_MAX,
  PROOF_FILE_EXTENSION,
  PROOF_HEADER,
  PROOF_LENGTH_MAX,
} from './proof-file.js';
export type { ProofFile, ProofFileReason } from './proof-file.js';
export {
  formatRangeFile,
  parseRangeFile,
  RANGE_FILE_EXTENSION,
  RANGE_HEADER,
  RANGE_LEAVES_MAX,
  RANGE_LENGTH_MAX,
} from './range-file.js';
export type { PlacedLeaf, RangeFile, RangeFileReason } from './range-file.js';
export { decodeSample, SALT_BYTES, sampleBytesOf } from './sample.js';
export type { Sample, SampleValue } from './sample.js';
export { readGenesisFile, verifyFile, verifyFileUnder } from './verify-file.js';
export type { Verdict } from './verify-file.js';
export { verifyRangeBundle } from './verify-range.js';
export type { RangeEntry, RangeVerdict, VerifiedRange } from './verify-range.js';
export { verifyProof } from './verify.js';
export type { ProofVerdict, ProvenLeaf, ProvenReading, VerifiedProof } from './verify.js';
