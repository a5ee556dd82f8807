/**
 * One verifier for all nodes of a world: each frame is decoded and each vertex checked once, however many nodes get it.
 * Checking takes no virtual time in any case, and the checks are the real ones, so no run comes out differently. What this
 * cannot find is a verdict that depends on who asks; by its types none can (VerifierPort).
 */
import type { Crypto } from '@tangle/core/crypto';
import type { VertexId } from '@tangle/core/ids';
import type { Cosignature } from '@tangle/core/log';
import type { CheckedStatement, CheckedTransaction, Genesis } from '@tangle/core/model';
import type { Result } from '@tangle/core/result';
import type { StatementReason, TransactionReason } from '@tangle/core/validation';
import { Verifier, type PeerMessage, type VerifierPort } from '@tangle/node/replica';

export class SharedVerifier implements VerifierPort {
  readonly #verifier: Verifier;
  /** By identity of the bytes: a message to many peers is one array, and nobody writes to it after it is sent. */
  readonly #messages = new WeakMap<Uint8Array, Result<PeerMessage, string>>();
  readonly #ids = new WeakMap<Uint8Array, VertexId>();
  /** By id, the hash of all bytes, for vertices that come again in other messages. Valid ones only: those are on disks. */
  readonly #transactions = new Map<VertexId, Result<CheckedTransaction, TransactionReason>>();
  readonly #statements = new Map<VertexId, Result<CheckedStatement, StatementReason>>();
  /** By identity, as messages are. */
  readonly #cosignatures = new WeakMap<Cosignature, boolean>();

  constructor(genesis: Genesis, crypto: Crypto) {
    this.#verifier = new Verifier(genesis, 0, crypto);
  }

  message(frame: Uint8Array): Result<PeerMessage, string> {
    let message = this.#messages.get(frame);
    if (message === undefined) {
      message = this.#verifier.message(frame);
      this.#messages.set(frame, message);
    }
    return message;
  }

  idOf(bytes: Uint8Array): VertexId {
    let id = this.#ids.get(bytes);
    if (id === undefined) {
      id = this.#verifier.idOf(bytes);
      this.#ids.set(bytes, id);
    }
    return id;
  }

  transaction(bytes: Uint8Array): Result<CheckedTransaction, TransactionReason> {
    const id = this.idOf(bytes);
    const known = this.#transactions.get(id);
    if (known !== undefined) return known;
    const checked = this.#verifier.transaction(bytes);
    if (checked.ok) this.#transactions.set(id, checked);
    return checked;
  }

  statement(bytes: Uint8Array): Result<CheckedStatement, StatementReason> {
    const id = this.idOf(bytes);
    const known = this.#statements.get(id);
    if (known !== undefined) return known;
    const checked = this.#verifier.statement(bytes);
    if (checked.ok) this.#statements.set(id, checked);
    return checked;
  }

  cosignature(cosignature: Cosignature): boolean {
    let holds = this.#cosignatures.get(cosignature);
    if (holds === undefined) {
      holds = this.#verifier.cosignature(cosignature);
      this.#cosignatures.set(cosignature, holds);
    }
    return holds;
  }
}
