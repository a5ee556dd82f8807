/** From a peer's bytes to checked vertices: the only way in (PROTOCOL 3, T1, T3, S1, S4). */
import { KIND_STATEMENT, KIND_TRANSACTION, statementIdOf, transactionIdOf } from '@tangle/core/codec';
import type { Crypto } from '@tangle/core/crypto';
import type { CheckedVertex } from '@tangle/core/engine';
import type { VertexId } from '@tangle/core/ids';
import type { CheckedStatement, Genesis } from '@tangle/core/model';
import { fail, ok, type Result } from '@tangle/core/result';
import {
  checkStatement,
  checkTransaction,
  describeReason,
  type StatementContext,
  type TransactionContext,
} from '@tangle/core/validation';

export class VertexVerifier {
  readonly #crypto: Crypto;
  readonly #transactions: TransactionContext;
  readonly #statements: StatementContext;

  constructor(genesis: Genesis, epoch: number, crypto: Crypto) {
    const { network, transactionId: genesisId, committee, parameters } = genesis;
    this.#crypto = crypto;
    this.#transactions = { network, genesisId, maxPayload: parameters.maxPayload };
    this.#statements = { network, genesisId, epoch, committee, maxTips: parameters.maxTips };
  }

  /** What the bytes would be called, before anything about them is believed: lets duplicates go by unchecked. */
  idOf(bytes: Uint8Array): VertexId {
    return bytes[1] === KIND_STATEMENT ? statementIdOf(bytes, this.#crypto) : transactionIdOf(bytes, this.#crypto);
  }

  transaction(bytes: Uint8Array): ReturnType<typeof checkTransaction> {
    return checkTransaction(bytes, this.#transactions, this.#crypto);
  }

  vertex(bytes: Uint8Array): Result<CheckedVertex, string> {
    const checked = bytes[1] === KIND_TRANSACTION ? this.transaction(bytes) : this.statement(bytes);
    return checked.ok ? ok(checked.value) : fail(describeReason(checked.reason));
  }

  statement(bytes: Uint8Array): Result<CheckedStatement, Parameters<typeof describeReason>[0]> {
    return checkStatement(bytes, this.#statements, this.#crypto);
  }
}
