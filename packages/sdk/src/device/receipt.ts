/** What `submit` answers: the way to ask how far a transaction is, and for its proof. */
import type { TransactionId } from '@tangle/core/ids';
import type { BlobStore } from '../blobs.js';
import type { Proof } from '../proof/proof-source.js';
import type { Entry, FinalResult, WaitStage } from './entry.js';
import { present } from '@tangle/core/assert';
import { invalidArgument, TangleError } from '../errors.js';

/** How far a transaction is; `kept` = signed and in the outbox, no node is known to hold it yet. */
export type ReceiptStatus = 'kept' | WaitStage;

export interface ProofOptions {
  /** Of an anchor: the sample of its batch to prove, from 0. Default: the transaction alone. */
  readonly reading?: number;
  /** Where the blob of the batch is; default: where `submitAnchor` kept it. */
  readonly blobs?: BlobStore;
}

/** What a receipt asks its device for. */
export interface ReceiptServices {
  watchWitnessed(entry: Entry): Promise<void>;
  /** Throws `genesis-needed`. */
  requireGenesis(): void;
  awaitCertified(position: number): Promise<void>;
  proof(id: TransactionId): Promise<Proof>;
  proofOfReading(proof: Proof, reading: number, blobs: BlobStore): Promise<Proof>;
}

/**
 * A submitted transaction. Waiting rejects with the code of the nodes where all that answer refuse it (`unknown-device`,
 * ...), and with `closed` when the device is closed first. What was refused for its issuer is kept and tried again with
 * the next submission; waiting again then waits for that.
 */
export class Receipt {
  readonly #entry: Entry;
  readonly #services: ReceiptServices;
  readonly #blobs: BlobStore | null;
  #isCertified = false;

  /** Made by a device. */
  constructor(entry: Entry, services: ReceiptServices, blobs: BlobStore | null = null) {
    this.#entry = entry;
    this.#services = services;
    this.#blobs = blobs;
  }

  /** The id of the version that is final or was signed last: new parents make a new id (see `ids`). */
  get id(): TransactionId {
    return this.#entry.result?.id ?? this.#entry.newest.id;
  }

  /** Every id it had, oldest first; mostly one. At most one of them is ever accepted. */
  get ids(): readonly TransactionId[] {
    return this.#entry.attachments.map((attachment) => attachment.id);
  }

  get sequence(): bigint {
    return this.#entry.sequence;
  }

  /** `certified` once `certified` or `proof` found it so. */
  get status(): ReceiptStatus {
    return this.#isCertified ? 'certified' : (this.#entry.reached ?? 'kept');
  }

  /** Address of the node that took it last, null before. */
  get node(): string | null {
    return this.#entry.node;
  }

  /** Resolves once a node holds it durably. */
  submitted(): Promise<void> {
    return this.#entry.wait('submitted');
  }

  /** Resolves once a node says that a validator's statement covers it, or that it is final. */
  async witnessed(): Promise<void> {
    await Promise.race([
      this.#entry.wait('witnessed'),
      this.#services.watchWitnessed(this.#entry).then(() => this.#entry.wait('witnessed')),
    ]);
  }

  /** Resolves with its place and outcome; a rejection is an outcome like another. */
  async final(): Promise<FinalResult> {
    await this.#entry.wait('final');
    return present(this.#entry.result, 'a final entry has a result');
  }

  /** As `final`, but throws `transaction-rejected` unless the outcome is accepted. */
  async accepted(): Promise<FinalResult> {
    const result = await this.final();
    if (result.outcome.status === 'accepted') return result;
    const rejection = result.outcome.code;
    throw new TangleError('transaction-rejected', `the ledger rejected ${result.id}: ${rejection}`, {
      details: { rejection, id: result.id, position: result.position },
    });
  }

  /** Resolves once a node says that a checkpoint of a quorum covers it. That is the node's word; `proof` is the proof. */
  async certified(): Promise<FinalResult> {
    const result = await this.final();
    if (!this.#isCertified) await this.#services.awaitCertified(result.position);
    this.#isCertified = true;
    return result;
  }

  /**
   * The proof file, once there is one, verified against the genesis before it is returned: whoever has it and the genesis
   * needs no node. Throws `genesis-needed`, `proof-invalid` where no node gives one that holds, and for a reading
   * `no-anchor`, `invalid-argument`, `blob-unavailable`, `blob-does-not-match`.
   */
  async proof({ reading, blobs = this.#blobs ?? undefined }: ProofOptions = {}): Promise<Proof> {
    if (reading !== undefined && blobs === undefined) {
      throw invalidArgument('blobs', 'missing', 'the blob store that has the samples of the batch');
    }
    this.#services.requireGenesis();
    const { id } = await this.certified();
    const proof = await this.#services.proof(id);
    if (reading === undefined || blobs === undefined) return proof;
    return this.#services.proofOfReading(proof, reading, blobs);
  }
}
