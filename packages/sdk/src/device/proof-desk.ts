/** What the receipts of one device ask for after submission: stages, checkpoints and proofs. */
import type { TransactionId } from '@tangle/core/ids';
import type { BlobStore } from '../blobs.js';
import type { Connection } from '../connection.js';
import type { Proof } from '../proof/proof-source.js';
import type { Entry } from './entry.js';
import type { ReceiptServices } from './receipt.js';
import { loadBatch } from '../blobs.js';
import { TangleError } from '../errors.js';
import { pause } from '../ports.js';
import { CertifiedWatch } from '../proof/certified-watch.js';
import { fetchProof, isNotYet, proofOfReading, requireGenesis } from '../proof/proof-source.js';

export class ProofDesk implements ReceiptServices {
  readonly watchWitnessed: (entry: Entry) => Promise<void>;
  readonly #connection: Connection;
  readonly #certified: CertifiedWatch;

  constructor(connection: Connection, watchWitnessed: (entry: Entry) => Promise<void>) {
    this.watchWitnessed = watchWitnessed;
    this.#connection = connection;
    this.#certified = new CertifiedWatch({ ...connection, signal: connection.controller.signal });
  }

  requireGenesis(): void {
    requireGenesis(this.#connection);
  }

  awaitCertified(position: number): Promise<void> {
    return this.#certified.wait(position);
  }

  /** Some node called it certified: one that lags behind it is asked again later. */
  async proof(id: TransactionId): Promise<Proof> {
    const { clock, limits, controller } = this.#connection;
    while (!controller.signal.aborted) {
      try {
        return await fetchProof(id, this.#connection);
      } catch (error) {
        if (!isNotYet(error)) throw error;
        await pause(clock, error.retryAfterMs ?? limits.certifiedPollMs, controller.signal);
      }
    }
    throw new TangleError('closed', 'closed while waiting for a proof');
  }

  async proofOfReading(proof: Proof, reading: number, blobs: BlobStore): Promise<Proof> {
    const { leaf } = proof.verdict.proof;
    if (leaf.kind !== 'entry') throw new TangleError('no-anchor', 'a commit record anchors no batch');
    const batch = await loadBatch(leaf.transaction, blobs, this.#connection.crypto);
    return proofOfReading(proof, batch, reading, this.#connection);
  }
}
