/**
 * From a committed leader to a durable commit: the ordered cone is executed, gets its positions as leaves of the log
 * (PROTOCOL 11), its commit time and D_k. Owns the head of the order and the ledger.
 */
import type { Crypto } from '../crypto/crypto.js';
import { Ledger } from '../ledger/ledger.js';
import { MARK, reached } from '../marks/reached.js';
import type { Commit, CommitEntry, CommitHead, StateChange } from '../model/commit.js';
import type { Genesis } from '../model/genesis.js';
import type { Statement } from '../model/statement.js';
import type { Transaction } from '../model/transaction.js';
import { commitDigest, commitTime } from '../order/commit-digest.js';
import { linearize } from '../order/linearize.js';
import type { Tangle } from '../tangle/tangle.js';
import type { StatementVertex } from '../tangle/vertex.js';

export interface FinalisedCommit {
  readonly commit: Commit;
  readonly head: CommitHead;
  readonly stateChanges: readonly StateChange[];
  /** In the order of `commit.entries` and `commit.statements`. */
  readonly finalTransactions: readonly Transaction[];
  readonly finishedStatements: readonly Statement[];
}

/** The order before the first commit: D_0 = genesis hash, time_0 = genesis time. */
function genesisHead(genesis: Genesis): CommitHead {
  return {
    index: 0,
    epoch: 0,
    round: 0,
    leader: null,
    timeMs: genesis.parameters.time,
    digest: genesis.hash,
    logSize: 0,
    appendingCommits: 0,
  };
}

export class Finaliser {
  readonly ledger: Ledger;
  readonly #genesis: Genesis;
  readonly #crypto: Crypto;
  #head: CommitHead;

  constructor(genesis: Genesis, crypto: Crypto, head: CommitHead | null, state: readonly StateChange[]) {
    this.#genesis = genesis;
    this.#crypto = crypto;
    this.#head = head ?? genesisHead(genesis);
    this.ledger = Ledger.fromEntries(genesis, crypto, state);
  }

  get head(): CommitHead {
    return this.#head;
  }

  /** Makes the leader's open cone final. */
  finalise(tangle: Tangle, leader: StatementVertex): FinalisedCommit {
    const previous = this.#head;
    const { transactions, statements } = linearize(tangle, leader, this.#crypto);
    const index = previous.index + 1;
    const timeMs = commitTime(previous.timeMs, leader.prevMedianMs);
    const ids = transactions.map(({ id }) => id);
    const digest = commitDigest(previous.digest, { index, leader: leader.id, timeMs, ids }, this.#crypto);

    const appends = transactions.length > 0;
    if (!appends) reached(MARK.commitWithoutTransactions);
    const entries = transactions.map(({ id, transaction }, offset): CommitEntry => {
      const { outcome, issuerIndex, evidence } = this.ledger.apply(transaction);
      return {
        id,
        position: previous.logSize + 1 + offset,
        issuer: transaction.issuer,
        issuerIndex,
        outcome,
        evidence,
      };
    });
    const appendingCommits = previous.appendingCommits + (appends ? 1 : 0);
    const recordsState = appends && appendingCommits % this.#genesis.parameters.snapshotInterval === 0;
    if (recordsState) reached(MARK.stateRecorded);
    const commit: Commit = {
      index,
      epoch: tangle.epoch,
      round: leader.round,
      leader: leader.id,
      timeMs,
      digest,
      stateDigest: recordsState ? this.ledger.stateDigest() : null,
      recordPosition: appends ? previous.logSize : null,
      entries,
      statements: statements.map(({ id }) => id),
    };
    this.#head = {
      index,
      epoch: tangle.epoch,
      round: leader.round,
      leader: leader.id,
      timeMs,
      digest,
      logSize: previous.logSize + (appends ? 1 + entries.length : 0),
      appendingCommits,
    };
    for (const transaction of transactions) tangle.finalise(transaction);
    for (const statement of statements) tangle.finish(statement);
    tangle.cutClosedEdges(leader.round);
    return {
      commit,
      head: this.#head,
      stateChanges: this.ledger.drainChanges(),
      finalTransactions: transactions.map(({ transaction }) => transaction),
      finishedStatements: statements.map(({ statement }) => statement),
    };
  }
}
