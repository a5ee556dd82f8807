/**
 * Everything a stranger needs to check the ledger, line by line: the genesis, all accepted transactions, all statements,
 * all commits. Final transactions come in the total order and the pending ones in order of acceptance, statements by
 * round: so whatever a line cites came before it.
 */
import type { StatementId, TransactionId } from '@tangle/core/ids';
import type { CheckedStatement, CheckedTransaction, Genesis } from '@tangle/core/model';
import type { CheckedReader } from './checked-reader.js';
import { present } from '@tangle/core/assert';
import { toHex } from '@tangle/core/codec';
import { deviceIdOfIssuer } from '@tangle/core/model';
import { allOf, idOfKey, indexOfCommitKey } from './keys.js';
import { decodeCommit, decodeCounter, decodeId, NO_VALUE, type CommitRecord } from './records.js';

/** Numbers that may not fit 53 bits, and every time (unix ms), are decimal text; ids and keys are hex. */
export type ExportLine =
  | {
      readonly kind: 'genesis';
      readonly hash: string;
      readonly id: string;
      /** In genesis order. */
      readonly committee: readonly { readonly key: string; readonly weight: number }[];
      readonly params: {
        readonly time: string;
        readonly maxTips: number;
        readonly maxPayload: number;
        readonly snapshotInterval: number;
        readonly epochRounds: number;
      };
    }
  | {
      readonly kind: 'transaction';
      readonly id: string;
      /** did:key. */
      readonly issuer: string;
      readonly sequence: string;
      readonly timestamp: string;
      readonly parents: readonly [string, string];
      /** Complete signed bytes, base64. */
      readonly bytes: string;
    }
  | {
      readonly kind: 'statement';
      readonly id: string;
      readonly epoch: number;
      readonly round: number;
      /** Statement key. */
      readonly author: string;
      readonly timestamp: string;
      readonly self: string | null;
      readonly prev: readonly string[];
      readonly tips: readonly string[];
    }
  | {
      readonly kind: 'commit';
      readonly index: number;
      readonly leader: string;
      readonly time: string;
      /** Transactions in their total order. */
      readonly ids: readonly string[];
      /** D_k. */
      readonly digest: string;
      readonly stateDigest: string | null;
    };

/** Vertices read at once: of the largest transactions 4 MB. */
const VERTICES_AT_ONCE = 64;

/** @param reader on a snapshot, so that the lines agree although the node goes on writing. */
export async function* exportLines(
  reader: CheckedReader,
  genesis: Genesis,
): AsyncGenerator<ExportLine, void, undefined> {
  yield genesisLine(genesis);
  for await (const ids of batches(finalIds(reader))) {
    yield* (await reader.transactions(ids)).map(transactionLine);
  }
  for await (const ids of batches(await pendingIds(reader))) {
    yield* (await reader.transactions(ids)).map(transactionLine);
  }
  for await (const ids of batches(statementIds(reader))) {
    yield* (await reader.statements(ids)).map((statement) => statementLine(statement, genesis));
  }
  const commits = reader.scan(allOf('commit'), (value, key) => decodeCommit(indexOfCommitKey(key), value));
  for await (const { value } of commits) {
    yield commitLine(value);
  }
}

/** Accepted transactions that are not final, in order of acceptance. */
export async function pendingIds(reader: CheckedReader): Promise<TransactionId[]> {
  const pending: { readonly id: TransactionId; readonly acceptance: number }[] = [];
  for await (const { key, value } of reader.scan(allOf('pending'), decodeCounter)) {
    pending.push({ id: idOfKey(key), acceptance: value });
  }
  return pending.sort((left, right) => left.acceptance - right.acceptance).map(({ id }) => id);
}

async function* finalIds(reader: CheckedReader): AsyncGenerator<TransactionId, void, undefined> {
  for await (const { value } of reader.scan(allOf('position'), decodeId)) {
    yield value;
  }
}

async function* statementIds(reader: CheckedReader): AsyncGenerator<StatementId, void, undefined> {
  for await (const { key } of reader.scan(allOf('statement-by-round'), () => NO_VALUE)) {
    yield idOfKey(key);
  }
}

async function* batches<Id>(ids: AsyncIterable<Id> | Iterable<Id>): AsyncGenerator<readonly Id[], void, undefined> {
  let batch: Id[] = [];
  for await (const id of ids) {
    batch.push(id);
    if (batch.length === VERTICES_AT_ONCE) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
}

function genesisLine(genesis: Genesis): ExportLine {
  const { time, maxTips, maxPayload, snapshotInterval, epochRounds } = genesis.parameters;
  return {
    kind: 'genesis',
    hash: genesis.hash,
    id: genesis.transactionId,
    committee: genesis.committee.validators.map(({ statementKey, weight }) => ({ key: toHex(statementKey), weight })),
    params: { time: `${time}`, maxTips, maxPayload, snapshotInterval, epochRounds },
  };
}

function transactionLine({ id, issuer, sequence, timestampMs, parents, bytes }: CheckedTransaction): ExportLine {
  return {
    kind: 'transaction',
    id,
    issuer: deviceIdOfIssuer(issuer),
    sequence: `${sequence}`,
    timestamp: `${timestampMs}`,
    parents,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  };
}

function statementLine(statement: CheckedStatement, genesis: Genesis): ExportLine {
  const { id, epoch, round, timestampMs, self, prev, tips } = statement;
  const author = present(genesis.committee.validators[statement.author], `no validator ${statement.author}`);
  return {
    kind: 'statement',
    id,
    epoch,
    round,
    author: toHex(author.statementKey),
    timestamp: `${timestampMs}`,
    self,
    prev,
    tips,
  };
}

function commitLine({ index, leader, timeMs, ids, digest, stateDigest }: CommitRecord): ExportLine {
  return { kind: 'commit', index, leader, time: `${timeMs}`, ids, digest, stateDigest };
}
