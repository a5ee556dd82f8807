/** The log: Merkle tree, tiles, leaves, signed checkpoints, who cosigns what, and policy files. */
export { decodeBase64, encodeBase64 } from './base64.js';
export { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
export type { Checkpoint, CheckpointReason, ParsedCheckpoint } from './checkpoint.js';
export {
  cosign,
  COSIGNATURE_BYTES,
  COSIGNATURE_TIME_MAX,
  cosignatureMessage,
  cosignatureTime,
  verifyCosignature,
} from './cosignature.js';
export { COMPUTED_HEADS_MAX, CosignerRule } from './cosigner-rule.js';
export type { CosignatureVerdict, CosignerEffect, CosignerState, HaltCode } from './cosigner-rule.js';
export { SIZES_HELD_MAX } from './held-cosignatures.js';
export { leastCosignatures } from './least-cosignatures.js';
export {
  COMMIT_RECORD_BYTES,
  decodeLeaf,
  encodeCommitRecord,
  encodeLogEntry,
  KIND_COMMIT_RECORD,
  KIND_LOG_ENTRY,
  LEAF_VERSION,
  leavesOfCommit,
  LOG_ENTRY_OVERHEAD_BYTES,
} from './leaf.js';
export type { CommitRecord, Leaf, LogEntry } from './leaf.js';
export { consistencyPath, inclusionPath, verifyConsistency, verifyInclusion } from './merkle-proof.js';
export type { ConsistencyClaim, InclusionClaim } from './merkle-proof.js';
export { CompactRange, emptyRoot, HASH_BYTES, leafHash, nodeHash, rootOf } from './merkle.js';
export type { HashReader, NodeVisitor } from './merkle.js';
export { networkKeys } from './network-keys.js';
export type { NetworkIdentity, NetworkKeys } from './network-keys.js';
export {
  formatNote,
  formatSignatureLine,
  formatVerifierKey,
  NOTE_LENGTH_MAX,
  NOTE_SIGNATURES_MAX,
  noteKey,
  parseNote,
  parseVerifierKey,
  SIGNATURE_TYPE,
  signNoteText,
  verifyNote,
} from './note.js';
export type {
  NoteCode,
  NoteKey,
  NoteReason,
  NoteSignature,
  SignatureType,
  SignedNote,
  VerifiedSignature,
} from './note.js';
export {
  formatPolicy,
  networkPolicy,
  parsePolicy,
  POLICY_LINES_MAX,
  QUORUM_NONE,
  quorumHeads,
  satisfiesQuorum,
} from './policy.js';
export type { Policy, PolicyCode, PolicyGroup, PolicyLog, PolicyReason, PolicyWitness } from './policy.js';
export { tileHashReader } from './tile-reader.js';
export {
  decodeEntryBundle,
  encodeEntryBundle,
  ENTRY_BYTES_MAX,
  entryBundlePath,
  parseTilePath,
  TILE_BYTES,
  TILE_HEIGHT,
  TILE_LEVEL_MAX,
  TILE_WIDTH,
  tileLevelsOf,
  tilePath,
  tilesAdded,
  tileSlotOf,
  tileWidthAt,
} from './tiles.js';
export type { EntryBundle, Tile, TileLevel, TilePathReason, TileResource, TileSlot } from './tiles.js';
export {
  certifiedHead,
  checkpointNote,
  checkpointTextOf,
  medianTime,
  signatureLineOf,
  signLog,
  TreeHeadVerifier,
  verifyLogSignature,
  verifyTreeHead,
} from './tree-head.js';
export type { CertifiedHead, Cosignature, LogSignature, TreeHead, WeightedTime } from './tree-head.js';
