/** A log of a few commits, certified, and everything a proof of one of its leaves is made of. */
import type { Digest, StatementId } from '../../src/ids.js';
import type { NoteSignature } from '../../src/log/index.js';
import type { Commit } from '../../src/model/index.js';
import type { PlacedLeaf } from '../../src/proof/index.js';
import type { TestNetwork } from '../../src/testing/index.js';
import { toHex } from '../../src/codec/index.js';
import {
  checkpointTextOf,
  cosign,
  formatNote,
  leavesOfCommit,
  networkKeys,
  signatureLineOf,
  signNoteText,
} from '../../src/log/index.js';
import { createProof } from '../../src/proof/index.js';
import { type Prng, testDevice, testTransaction } from '../../src/testing/index.js';
import { StoredTree } from '../log/trees.js';

/** Unix seconds at which validator i cosigns, plus i. */
export const COSIGNED_AT = 1_767_226_000;
/** Between the times of two commits. */
export const COMMIT_SPACING_MS = 10;
const ISSUER_OFFSET = 10;

export interface ProofOptions {
  /** Validators that cosign, in the order of their lines. Default: the first three. */
  readonly cosigners?: readonly number[];
  /** Validators that sign with their log keys. Default: the first. */
  readonly logSigners?: readonly number[];
  /** What stands in the checkpoint's text instead. */
  readonly text?: (text: string) => string;
  /** More signature lines, at the end. */
  readonly more?: readonly NoteSignature[];
  /** Whether the record of its commit is shown with an entry. */
  readonly withRecord?: boolean;
}

export class CertifiedLog {
  readonly network: TestNetwork;
  readonly leaves: readonly Uint8Array[];
  readonly tree: StoredTree;
  /** Positions of the commit records, ascending. */
  readonly records: readonly number[];

  /** @param transactionsOf what each commit finalises: default some of one device. */
  constructor(
    network: TestNetwork,
    transactionsOf: readonly (readonly Uint8Array[])[] = [],
    signerOf?: Parameters<typeof testDevice>[1],
  ) {
    this.network = network;
    const commits = transactionsOf.length > 0 ? transactionsOf : someTransactions(network, signerOf);
    const records: number[] = [];
    const issued = new Map<string, number>();
    let position = 0;
    this.leaves = commits.flatMap((transactions, index) => {
      const commit: Commit = {
        index: index + 1,
        epoch: 0,
        round: index + 1,
        leader: 'a1'.repeat(32) as StatementId,
        timeMs: network.genesis.parameters.time + index * COMMIT_SPACING_MS,
        digest: 'd1'.repeat(32) as Digest,
        stateDigest: null,
        recordPosition: position,
        entries: transactions.map((bytes, at) => {
          const issuer = toHex(bytes, ISSUER_OFFSET, ISSUER_OFFSET + 33);
          issued.set(issuer, (issued.get(issuer) ?? 0) + 1);
          return {
            id: `${at}` as Commit['entries'][number]['id'],
            position: position + 1 + at,
            issuer,
            issuerIndex: issued.get(issuer)!,
            outcome: { status: 'accepted' },
            evidence: false,
          };
        }),
        statements: [],
      };
      records.push(position);
      position += 1 + transactions.length;
      return leavesOfCommit(commit, (id) => transactions[Number(id)]!);
    });
    this.tree = new StoredTree(this.leaves);
    this.records = records;
  }

  get size(): number {
    return this.leaves.length;
  }

  /** The certified checkpoint as a note. */
  checkpoint(options: ProofOptions = {}): string {
    const { genesis, crypto, cosigners, logSigners } = this.network;
    const keys = networkKeys(genesis, crypto);
    const head = { size: this.size, root: toHex(this.tree.range.root()) as Digest };
    const text = (options.text ?? ((own) => own))(checkpointTextOf(head, keys.origin));
    return formatNote({
      text,
      signatures: [
        ...(options.logSigners ?? [0]).map((index) => signNoteText(text, keys.logKeys[index]!, logSigners[index]!)),
        ...(options.cosigners ?? [0, 1, 2]).map((validator) => {
          const signature = cosign(text, BigInt(COSIGNED_AT + validator), cosigners[validator]!);
          return signatureLineOf({ ...head, validator, signature }, keys);
        }),
        ...(options.more ?? []),
      ],
    });
  }

  proof(position: number, options: ProofOptions = {}): string {
    const parts = { leaf: this.leaves[position]!, position, size: this.size, checkpoint: this.checkpoint(options) };
    const record = options.withRecord === true ? this.recordOf(position) : null;
    return createProof({ ...parts, record }, this.tree, this.network.crypto);
  }

  /** The record of the commit that the leaf belongs to. */
  recordOf(position: number): PlacedLeaf {
    const record = this.records.filter((at) => at <= position).at(-1)!;
    return this.placed(record);
  }

  placed(position: number): PlacedLeaf {
    return { position, leaf: this.leaves[position]! };
  }
}

function someTransactions(network: TestNetwork, signerOf?: Parameters<typeof testDevice>[1]): Uint8Array[][] {
  const device = testDevice('pump', signerOf);
  return [1, 4, 2].map((count, commit) =>
    Array.from({ length: count }, (_, index) => {
      return testTransaction(network, device, { sequence: commit * 10 + index, payload: Uint8Array.of(1, 2, 3) }).bytes;
    }),
  );
}

/** The text with one byte of its UTF-8 replaced by any other, read as text again. */
export function withByteChanged(text: string, random: Prng): string {
  const bytes = Buffer.from(text);
  const offset = random.below(bytes.length);
  bytes[offset]! ^= 1 + random.below(255);
  return bytes.toString();
}
