/** The verifier of a node: decodes and checks what it is given, each time anew. */
import { KIND_STATEMENT, KIND_TRANSACTION, statementIdOf, transactionIdOf } from '@tangle/core/codec';
import type { Crypto } from '@tangle/core/crypto';
import type { CheckedVertex } from '@tangle/core/engine';
import type { VertexId } from '@tangle/core/ids';
import { networkKeys, TreeHeadVerifier, type Cosignature } from '@tangle/core/log';
import type { CheckedStatement, CheckedTransaction, Genesis } from '@tangle/core/model';
import { fail, ok, type Result } from '@tangle/core/result';
import {
  checkStatement,
  checkTransaction,
  describeReason,
  type StatementContext,
  type StatementReason,
  type TransactionContext,
  type TransactionReason,
} from '@tangle/core/validation';
import { decodeMessage, type PeerMessage } from './messages.js';
import type { VerifierPort } from './ports.js';

export class Verifier implements VerifierPort {
  readonly #crypto: Crypto;
  readonly #transactions: TransactionContext;
  readonly #statements: StatementContext;
  readonly #treeHeads: TreeHeadVerifier;

  constructor(genesis: Genesis, epoch: number, crypto: Crypto) {
    const { network, transactionId: genesisId, committee, parameters } = genesis;
    this.#crypto = crypto;
    this.#transactions = { network, genesisId, maxPayload: parameters.maxPayload };
    this.#statements = { network, genesisId, epoch, committee, maxTips: parameters.maxTips };
    this.#treeHeads = new TreeHeadVerifier(networkKeys(genesis, crypto), crypto);
  }

  message(frame: Uint8Array): Result<PeerMessage, string> {
    return decodeMessage(frame);
  }

  idOf(bytes: Uint8Array): VertexId {
    return bytes[1] === KIND_STATEMENT ? statementIdOf(bytes, this.#crypto) : transactionIdOf(bytes, this.#crypto);
  }

  transaction(bytes: Uint8Array): Result<CheckedTransaction, TransactionReason> {
    return checkTransaction(bytes, this.#transactions, this.#crypto);
  }

  statement(bytes: Uint8Array): Result<CheckedStatement, StatementReason> {
    return checkStatement(bytes, this.#statements, this.#crypto);
  }

  cosignature(cosignature: Cosignature): boolean {
    return this.#treeHeads.verify(cosignature);
  }
}

/** A vertex of either kind, by its second byte; the reason in one line. */
export function checkVertex(verifier: VerifierPort, bytes: Uint8Array): Result<CheckedVertex, string> {
  const checked = bytes[1] === KIND_TRANSACTION ? verifier.transaction(bytes) : verifier.statement(bytes);
  return checked.ok ? ok(checked.value) : fail(describeReason(checked.reason));
}
