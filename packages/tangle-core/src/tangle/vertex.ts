/**
 * Vertices of the tangle in memory. Edges are object references, and are cut when a vertex becomes final or
 * finished, so that what lies below can be collected: memory holds the open part of the DAG, the store the rest.
 */
import type { Round, StatementId, TransactionId, ValidatorIndex } from '../ids.js';
import type { Statement } from '../model/statement.js';
import type { Transaction } from '../model/transaction.js';
import { type AuthorSet, emptyAuthorSet } from './author-set.js';

export class TransactionVertex {
  readonly kind = 'transaction';
  readonly id: TransactionId;
  readonly transaction: Transaction;
  /** Order of acceptance at this node: a topological order of what is open. Local, never compared between nodes. */
  readonly arrival: number;
  /** Parents that were not final at acceptance; empty once this is final. */
  parents: readonly TransactionVertex[];
  /** Authors with an accepted statement whose cone holds this. */
  readonly approvers: AuthorSet;
  /** Their weight: the approval weight (PROTOCOL 5). */
  approvalWeight = 0;
  final = false;
  /** Mark of the last walk that visited it. */
  walk = 0;

  constructor(transaction: Transaction, parents: readonly TransactionVertex[], arrival: number, committeeSize: number) {
    this.id = transaction.id;
    this.transaction = transaction;
    this.parents = parents;
    this.arrival = arrival;
    this.approvers = emptyAuthorSet(committeeSize);
  }
}

/** What a statement cites and was open when it was accepted. */
export interface StatementEdges {
  readonly self: StatementVertex | null;
  readonly prev: readonly StatementVertex[];
  readonly tips: readonly TransactionVertex[];
}

export class StatementVertex {
  readonly kind = 'statement';
  readonly id: StatementId;
  readonly round: Round;
  readonly author: ValidatorIndex;
  readonly statement: Statement;
  /** Open statements it cites; empty once this is finished. */
  self: StatementVertex | null;
  prev: readonly StatementVertex[];
  /** Cited transactions that were not final at acceptance. */
  tips: readonly TransactionVertex[];
  /** The statement of the leader of round - 1 that it cites in prev: its vote. None is a blame. */
  vote: StatementVertex | null = null;
  /** The statement of the leader of round - 2 that it certifies: votes of weight >= Q among its prev. */
  certifies: StatementVertex | null = null;
  /** m of PROTOCOL 5: weighted median of the timestamps of prev; null at round 1. */
  readonly prevMedianMs: number | null;
  /** Authors with an accepted statement whose cone holds this. */
  readonly approvers: AuthorSet;
  /** In the cone of a committed leader: everything it covers is final. */
  finished = false;
  walk = 0;

  constructor(statement: Statement, edges: StatementEdges, prevMedianMs: number | null, committeeSize: number) {
    this.id = statement.id;
    this.round = statement.round;
    this.author = statement.author;
    this.statement = statement;
    this.self = edges.self;
    this.prev = edges.prev;
    this.tips = edges.tips;
    this.prevMedianMs = prevMedianMs;
    this.approvers = emptyAuthorSet(committeeSize);
  }
}

export type Vertex = TransactionVertex | StatementVertex;
