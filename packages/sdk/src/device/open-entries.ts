/** The transactions of a device that are not final, by number and by id, and the issuer rule about them (PROTOCOL 7). */
import type { TransactionId } from '@tangle/core/ids';
import type { Attachment } from '../outbox.js';
import type { Entry } from './entry.js';

/** Width of the replay window: a number is sent only when all numbers this far below it are final (PROTOCOL 7). */
export const ISSUER_WINDOW = 1_024n;

export class OpenEntries {
  /** In ascending order of numbers: a Map keeps the order of insertion, and numbers only grow. */
  readonly #bySequence = new Map<bigint, Entry>();
  readonly #byId = new Map<TransactionId, Entry>();
  #bytes = 0;

  get size(): number {
    return this.#bySequence.size;
  }

  /** Signed bytes of all versions together. */
  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): Entry | undefined {
    return this.#bySequence.values().next().value;
  }

  has(entry: Entry): boolean {
    return this.#bySequence.get(entry.sequence) === entry;
  }

  find(id: TransactionId): Entry | undefined {
    return this.#byId.get(id);
  }

  values(): IterableIterator<Entry> {
    return this.#bySequence.values();
  }

  add(entry: Entry): void {
    this.#bySequence.set(entry.sequence, entry);
    for (const attachment of entry.attachments) this.#index(entry, attachment);
  }

  attach(entry: Entry, attachment: Attachment): void {
    entry.attach(attachment);
    this.#index(entry, attachment);
  }

  remove(entry: Entry): void {
    if (!this.#bySequence.delete(entry.sequence)) return;
    for (const { id, bytes } of entry.attachments) {
      this.#byId.delete(id);
      this.#bytes -= bytes.length;
    }
  }

  /** Whether the issuer may send this number now. */
  maySend(sequence: bigint): boolean {
    const oldest = this.oldest;
    return oldest === undefined || sequence - oldest.sequence < ISSUER_WINDOW;
  }

  #index(entry: Entry, attachment: Attachment): void {
    this.#byId.set(attachment.id, entry);
    this.#bytes += attachment.bytes.length;
  }
}
