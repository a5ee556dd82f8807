/** What `submit` answers: the way to ask how far a transaction is. */
import type { TransactionId } from '@tangle/core/ids';
import type { Entry, FinalResult, WaitStage } from './entry.js';
import { present } from '@tangle/core/assert';
import { TangleError } from '../errors.js';

/** How far a transaction is; `kept` = signed and in the outbox, no node is known to hold it yet. */
export type ReceiptStatus = 'kept' | WaitStage;

/**
 * A submitted transaction. Waiting rejects with the code of the nodes where all that answer refuse it (`unknown-device`,
 * ...), and with `closed` when the device is closed first. What was refused for its issuer is kept and tried again with
 * the next submission; waiting again then waits for that.
 */
export class Receipt {
  readonly #entry: Entry;
  readonly #watchWitnessed: (entry: Entry) => Promise<void>;

  /** Made by a device. */
  constructor(entry: Entry, watchWitnessed: (entry: Entry) => Promise<void>) {
    this.#entry = entry;
    this.#watchWitnessed = watchWitnessed;
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

  get status(): ReceiptStatus {
    return this.#entry.reached ?? 'kept';
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
      this.#watchWitnessed(this.#entry).then(() => this.#entry.wait('witnessed')),
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
}
