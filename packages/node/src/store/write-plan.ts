/**
 * Turns the records of one turn into the operations of one atomic batch: the records themselves, the indexes over them,
 * and what a commit makes of both. Reads only what the batch itself does not bring.
 */
import type { PersistRecord } from '@tangle/core/engine';
import type { StatementId, TransactionId } from '@tangle/core/ids';
import type { Commit, Statement, Transaction } from '@tangle/core/model';
import type { FinishedStatement } from '@tangle/core/tangle';
import type { CheckedReader } from './checked-reader.js';
import type { Operation } from './durable-batch.js';
import { present } from '@tangle/core/assert';
import { fromHex } from '@tangle/core/codec';
import { seal } from './checksum.js';
import {
  commitKey,
  guardKey,
  headKey,
  idKey,
  issuedKey,
  positionKey,
  readingKey,
  stateKey,
  statementByAuthorKey,
  statementByRoundKey,
} from './keys.js';
import { minutesOf } from './reading-index.js';
import {
  decodeUnfinished,
  encodeCommit,
  encodeCounter,
  encodeFinal,
  encodeFinished,
  encodeGuard,
  encodeHead,
  encodeId,
  encodeUnfinished,
  NO_VALUE,
} from './records.js';

export interface WritePlan {
  readonly operations: Operation[];
  /** The acceptance counter after these records. */
  readonly acceptance: number;
}

/** @param acceptance the counter that the next accepted vertex gets. */
export async function planWrites(
  records: readonly PersistRecord[],
  acceptance: number,
  reader: CheckedReader,
): Promise<WritePlan> {
  const planner = new Planner(acceptance, reader);
  for (const record of records) {
    switch (record.kind) {
      case 'transaction':
        planner.acceptTransaction(record.transaction);
        break;
      case 'statement':
        planner.acceptStatement(record.statement);
        break;
      case 'guard':
        planner.put(guardKey(), encodeGuard(record.guard));
        break;
      case 'commit':
        planner.put(headKey(), encodeHead(record.head));
        for (const { key, value } of record.stateChanges) {
          if (value === null) {
            planner.delete(stateKey(key));
          } else {
            planner.put(stateKey(key), fromHex(value));
          }
        }
        await planner.commit(record.commit);
        break;
    }
  }
  return planner;
}

class Planner implements WritePlan {
  readonly operations: Operation[] = [];
  acceptance: number;
  readonly #reader: CheckedReader;
  /** Of this batch: not in the database yet. */
  readonly #transactions = new Map<TransactionId, Transaction>();
  readonly #statements = new Map<StatementId, FinishedStatement>();

  constructor(acceptance: number, reader: CheckedReader) {
    this.acceptance = acceptance;
    this.#reader = reader;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.operations.push({ type: 'put', key, value: seal(key, value) });
  }

  delete(key: Uint8Array): void {
    this.operations.push({ type: 'del', key });
  }

  acceptTransaction(transaction: Transaction): void {
    const { id, bytes } = transaction;
    this.operations.push({ type: 'put', key: idKey('transaction', id), value: bytes });
    this.put(idKey('pending', id), encodeCounter(this.acceptance++));
    this.#transactions.set(id, transaction);
  }

  acceptStatement({ id, bytes, epoch, round, author, timestampMs }: Statement): void {
    const finished = { epoch, round, author, timestampMs };
    this.operations.push({ type: 'put', key: idKey('statement', id), value: bytes });
    this.put(idKey('unfinished', id), encodeUnfinished({ acceptance: this.acceptance++, ...finished }));
    this.put(statementByRoundKey(epoch, round, author, id), NO_VALUE);
    this.put(statementByAuthorKey(epoch, round, author, id), NO_VALUE);
    this.#statements.set(id, finished);
  }

  async commit(commit: Commit): Promise<void> {
    this.put(commitKey(commit.index), encodeCommit(commit));
    for (const entry of commit.entries) {
      this.delete(idKey('pending', entry.id));
      this.put(idKey('final', entry.id), encodeFinal(entry, commit));
      this.put(positionKey(entry.position), encodeId(entry.id));
      this.put(issuedKey(entry.issuer, entry.issuerIndex), encodeId(entry.id));
    }
    await this.#finishStatements(commit.statements);
    await this.#indexReadings(commit);
  }

  async #finishStatements(ids: readonly StatementId[]): Promise<void> {
    const stored = ids.filter((id) => !this.#statements.has(id));
    const found = await this.#reader.getAll(
      stored.map((id) => idKey('unfinished', id)),
      decodeUnfinished,
    );
    const storedById = new Map(stored.map((id, index) => [id, found[index]]));
    for (const id of ids) {
      const statement = present(this.#statements.get(id) ?? storedById.get(id), `statement ${id} was not accepted`);
      this.delete(idKey('unfinished', id));
      this.put(idKey('finished', id), encodeFinished(statement));
    }
  }

  /** In the batch of the commit, so that a crash leaves no reading out. */
  async #indexReadings(commit: Commit): Promise<void> {
    const accepted = commit.entries.filter((entry) => entry.outcome.status === 'accepted');
    const storedIds = accepted.map((entry) => entry.id).filter((id) => !this.#transactions.has(id));
    const stored = await this.#reader.transactions(storedIds);
    const storedById = new Map(stored.map((transaction) => [transaction.id, transaction]));
    for (const { id, issuer, position } of accepted) {
      const transaction = present(
        this.#transactions.get(id) ?? storedById.get(id),
        `transaction ${id} was not accepted`,
      );
      for (const minute of minutesOf(transaction)) {
        this.put(readingKey(issuer, minute, position), encodeId(id));
      }
    }
  }
}
