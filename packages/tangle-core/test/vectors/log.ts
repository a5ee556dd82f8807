/** Published vectors of the Merkle tree and of signed notes. Where they come from: SOURCE.md. */
import { readFileSync } from 'node:fs';

/** Base 64 as upstream; null means empty. */
interface ProbeBase {
  readonly file: string;
  readonly desc: string;
  readonly wantErr: boolean;
  readonly proof: readonly string[] | null;
}
export interface InclusionProbe extends ProbeBase {
  readonly leafIdx: bigint;
  readonly treeSize: bigint;
  readonly root: string | null;
  readonly leafHash: string | null;
}
export interface ConsistencyProbe extends ProbeBase {
  readonly size1: bigint;
  readonly size2: bigint;
  readonly root1: string | null;
  readonly root2: string | null;
}
/** The file writes numbers where these types have bigint. */
type AsWritten<Probe> = { readonly [Key in keyof Probe]: Probe[Key] extends bigint ? number | string : Probe[Key] };

interface MerkleFile {
  readonly inclusion: readonly AsWritten<InclusionProbe>[];
  readonly consistency: readonly AsWritten<ConsistencyProbe>[];
  readonly reference: {
    readonly leafInputsHex: readonly string[];
    readonly emptyRoot: string;
    readonly rootsBySize1to8: readonly string[];
    readonly nodesByLevel: readonly (readonly string[])[];
    readonly leafHash_L123456: string;
    readonly nodeHash_N123_N456: string;
  };
}

interface SignedVector {
  readonly vkey: string;
  readonly origin: string;
  readonly size: number;
  readonly checkpoint: string;
}

interface NotesFile {
  readonly note_c2sp_spec: { readonly vkey: string; readonly keyId: string; readonly note: string };
  readonly checkpoint_sumdb: readonly SignedVector[];
  readonly checkpoint_cosigned_ed25519: {
    readonly logVkey: string;
    readonly witnessVkeys: readonly string[];
    readonly timestamp: number;
    readonly unknownSignatureLines: number;
    readonly checkpoint: string;
  };
  readonly checkpoint_cosigned_mldsa44: { readonly witnessVkey: string; readonly checkpoint: string };
  readonly tessera_testlog: {
    readonly logVkey: string;
    readonly entries: readonly string[];
    readonly checkpoints: readonly string[];
    readonly proof_index7_size15: string;
  };
}

function readText(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

// 2^64 - 1 stands among the indexes, and no number holds it: large integers become strings before they are parsed.
const merkleText = readText('rfc6962-merkle.json').replace(/: (\d{16,})/g, ': "$1"');
const merkle = JSON.parse(merkleText) as MerkleFile;

export const merkleReference = merkle.reference;
export const inclusionProbes: readonly InclusionProbe[] = merkle.inclusion.map((probe) => ({
  ...probe,
  leafIdx: BigInt(probe.leafIdx),
  treeSize: BigInt(probe.treeSize),
}));
export const consistencyProbes: readonly ConsistencyProbe[] = merkle.consistency.map((probe) => ({
  ...probe,
  size1: BigInt(probe.size1),
  size2: BigInt(probe.size2),
}));
export const noteVectors = JSON.parse(readText('c2sp-notes.json')) as NotesFile;
