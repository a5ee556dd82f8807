/**
 * Turns the records of one turn into the operations of one atomic batch: the records themselves, the indexes over them,
 * and what a commit makes of both. Reads nothing: a commit brings the bodies of what it finishes.
 */
import type { PersistRecord } from '@tangle/core/engine';
import type { CommitEntry, Statement, Transaction } from '@tangle/core/model';
import type { LogRecord, StoreRecord } from '../replica/index.js';
import type { Operation } from './durable-batch.js';
import type { LogEdge } from './log-edge.js';
import { present } from '@tangle/core/assert';
import { seal } from './checksum.js';
import { journalOperations } from './journal.js';
import {
  commitKey,
  guardKey,
  headKey,
  idKey,
  issuerPositionKey,
  logHeadKey,
  positionKey,
  readingKey,
  signedHeadKey,
  stateKey,
  statementByAuthorKey,
  statementByRoundKey,
  tileKey,
} from './keys.js';
import { encodeCertified, encodeCosignature, encodeLogHead } from './log-records.js';
import { minutesOf } from './reading-index.js';
import {
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

/** What a batch goes on from, beside what is in the database. */
export interface WriteState {
  /** Number of the newest batch. */
  readonly batch: number;
  /** The counter that the next accepted vertex gets. */
  readonly acceptance: number;
  /** The log's partial tiles. */
  readonly edge: LogEdge;
}

/** The state after these records, once the operations are durable. */
export interface WritePlan extends WriteState {
  readonly operations: Operation[];
}

export function planWrites(records: readonly StoreRecord[], state: WriteState): WritePlan {
  const planner = new Planner(state);
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
        planner.commit(record);
        break;
      case 'log':
        planner.log(record);
        break;
    }
  }
  return planner;
}

type CommitRecord = PersistRecord & { readonly kind: 'commit' };

class Planner implements WritePlan {
  readonly operations: Operation[] = [];
  readonly batch: number;
  acceptance: number;
  edge: LogEdge;

  constructor({ batch, acceptance, edge }: WriteState) {
    this.batch = batch + 1;
    this.operations.push(...journalOperations(this.batch));
    this.acceptance = acceptance;
    this.edge = edge;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.operations.push({ type: 'put', key, value: seal(key, value) });
  }

  delete(key: Uint8Array): void {
    this.operations.push({ type: 'del', key });
  }

  acceptTransaction({ id, bytes }: Transaction): void {
    this.operations.push({ type: 'put', key: idKey('transaction', id), value: bytes });
    this.put(idKey('pending', id), encodeCounter(this.acceptance++));
  }

  acceptStatement({ id, bytes, epoch, round, author, timestampMs }: Statement): void {
    const finished = { epoch, round, author, timestampMs };
    this.operations.push({ type: 'put', key: idKey('statement', id), value: bytes });
    this.put(idKey('unfinished', id), encodeUnfinished({ acceptance: this.acceptance++, ...finished }));
    this.put(statementByRoundKey(epoch, round, author, id), NO_VALUE);
    this.put(statementByAuthorKey(epoch, round, author, id), NO_VALUE);
  }

  commit({ commit, head, stateChanges, finalTransactions, finishedStatements }: CommitRecord): void {
    this.put(headKey(), encodeHead(head));
    for (const { key, value } of stateChanges) {
      if (value === null) this.delete(stateKey(key));
      else this.put(stateKey(key), value);
    }
    this.put(commitKey(commit.index), encodeCommit(commit));
    for (const [index, entry] of commit.entries.entries()) {
      this.delete(idKey('pending', entry.id));
      this.put(idKey('final', entry.id), encodeFinal(entry, commit));
      this.put(positionKey(entry.position), encodeId(entry.id));
      this.put(issuerPositionKey(entry.issuer, entry.position), NO_VALUE);
      this.#indexReadings(entry, present(finalTransactions[index], `the body of ${entry.id} is missing`));
    }
    for (const statement of finishedStatements) {
      this.delete(idKey('unfinished', statement.id));
      this.put(idKey('finished', statement.id), encodeFinished(statement));
    }
  }

  log({ growth, cosigned, certified, published }: LogRecord): void {
    if (growth !== null) {
      const { edge, full } = this.edge.append(growth.tileHashes);
      this.edge = edge;
      for (const { level, index, bytes } of full) this.put(tileKey(level, index), bytes);
      this.put(logHeadKey(), encodeLogHead(growth.head));
    }
    if (cosigned !== null) this.put(signedHeadKey('cosigned'), encodeCosignature(cosigned));
    if (certified !== null) this.put(signedHeadKey('certified'), encodeCertified(certified));
    if (published !== null) this.put(signedHeadKey('published'), encodeCertified(published));
  }

  /** In the batch of the commit, so that a crash leaves no reading out. */
  #indexReadings({ id, issuer, position, outcome }: CommitEntry, transaction: Transaction): void {
    if (outcome.status !== 'accepted') return;
    for (const minute of minutesOf(transaction)) this.put(readingKey(issuer, minute, position), encodeId(id));
  }
}
