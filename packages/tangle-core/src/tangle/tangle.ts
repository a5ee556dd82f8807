/**
 * The tangle: the closed store of accepted vertices (PROTOCOL 3). A vertex is accepted only when everything it cites
 * is, so whatever is here is solid. Owns acceptance, cones and approval weight; knows nothing of rounds being open,
 * of commits being decided or of execution.
 */
import { invariant } from '../assert.js';
import type { Round, StatementId, TransactionId, UnixMs, VertexId } from '../ids.js';
import { MARK, reached } from '../marks/reached.js';
import type { Committee } from '../model/committee.js';
import type { CheckedStatement } from '../model/statement.js';
import type { CheckedTransaction } from '../model/transaction.js';
import { weightedMedian } from '../model/weighted-median.js';
import { fail, ok, type Result } from '../result.js';
import { addAuthor, emptyAuthorSet, hasAuthor } from './author-set.js';
import type { FinishedStatement, History } from './history.js';
import { type StatementEdges, StatementVertex, TransactionVertex, type Vertex } from './vertex.js';

/** Why a vertex cannot be accepted: not yet, or never. */
export type AcceptFailure =
  | { readonly code: 'missing'; readonly ids: readonly VertexId[] }
  | { readonly code: 'parent-not-a-transaction'; readonly id: VertexId }
  | { readonly code: 'invalid-citation'; readonly rule: string; readonly found: string };

/** Open statements that a commit looks through on average, to cut their closed edges. */
const SWEPT_PER_COMMIT = 64;

export interface TangleOptions {
  readonly genesisTransaction: TransactionId;
  readonly committee: Committee;
  readonly epoch: number;
  readonly history: History;
}

export class Tangle {
  readonly committee: Committee;
  readonly epoch: number;
  readonly #genesisTransaction: TransactionId;
  readonly #history: History;
  /** Accepted transactions that are not final, in order of acceptance. */
  readonly #open = new Map<TransactionId, TransactionVertex>();
  /** Accepted statements that no commit has finished. */
  readonly #statements = new Map<StatementId, StatementVertex>();
  readonly #rounds = new Map<Round, StatementVertex[]>();
  /** Final or finished in a turn that is not durable yet: the history port does not know them. */
  readonly #freshlyFinal = new Set<TransactionId>();
  readonly #freshlyFinished = new Map<StatementId, FinishedStatement>();
  #arrivals = 0;
  #walks = 0;
  #highestRound: Round = 0;
  #commitsUntilSweep = 0;

  constructor(options: TangleOptions) {
    this.committee = options.committee;
    this.epoch = options.epoch;
    this.#genesisTransaction = options.genesisTransaction;
    this.#history = options.history;
  }

  /** Accepted transactions that are not final, in order of acceptance. */
  openTransactions(): Iterable<TransactionVertex> {
    return this.#open.values();
  }

  get openCount(): number {
    return this.#open.size;
  }

  get openStatementCount(): number {
    return this.#statements.size;
  }

  /** Highest round with an accepted statement in this epoch, 0 where none. */
  get highestRound(): Round {
    return this.#highestRound;
  }

  /** Open statements of a round, in order of acceptance. */
  statementsAt(round: Round): readonly StatementVertex[] {
    return this.#rounds.get(round) ?? [];
  }

  /** The vertex while it is open. */
  transaction(id: TransactionId): TransactionVertex | undefined {
    return this.#open.get(id);
  }

  statement(id: StatementId): StatementVertex | undefined {
    return this.#statements.get(id);
  }

  isFinal(id: TransactionId): boolean {
    if (id === this.#genesisTransaction) return true;
    if (!this.#freshlyFinal.has(id)) return this.#history.isFinal(id);
    reached(MARK.freshlyFinalRead);
    return true;
  }

  hasTransaction(id: TransactionId): boolean {
    return this.#open.has(id) || this.isFinal(id);
  }

  hasStatement(id: StatementId): boolean {
    return this.#statements.has(id) || this.#finished(id) !== undefined;
  }

  has(id: VertexId): boolean {
    return this.hasTransaction(id as TransactionId) || this.hasStatement(id as StatementId);
  }

  /** T2: both parents are accepted transactions. The caller has checked that the vertex itself is new. */
  acceptTransaction(transaction: CheckedTransaction): Result<TransactionVertex, AcceptFailure> {
    const parents: TransactionVertex[] = [];
    const missing: VertexId[] = [];
    for (const id of transaction.parents) {
      const open = this.#open.get(id);
      if (open !== undefined) parents.push(open);
      else if (!this.isFinal(id)) {
        if (this.hasStatement(id as VertexId as StatementId)) return fail({ code: 'parent-not-a-transaction', id });
        missing.push(id);
      }
    }
    if (missing.length > 0) return fail({ code: 'missing', ids: missing });
    const vertex = new TransactionVertex(transaction, parents, ++this.#arrivals, this.committee.size);
    this.#open.set(vertex.id, vertex);
    return ok(vertex);
  }

  /** S2, S3, S4: everything cited is accepted and stands where the rule says. */
  acceptStatement(statement: CheckedStatement): Result<StatementVertex, AcceptFailure> {
    const resolved = this.#resolve(statement);
    if (!resolved.ok) return resolved;
    const { self, prev, edges } = resolved.value;
    const broken = this.#brokenRule(statement, self, prev);
    if (broken !== null) return fail({ code: 'invalid-citation', ...broken });

    const vertex = new StatementVertex(statement, edges, this.#medianMs(prev), this.committee.size);
    this.#statements.set(vertex.id, vertex);
    const round = this.#rounds.get(vertex.round);
    if (round === undefined) this.#rounds.set(vertex.round, [vertex]);
    else round.push(vertex);
    this.#highestRound = Math.max(this.#highestRound, vertex.round);
    return ok(vertex);
  }

  /**
   * Counts the statement's author as an approver of everything in its cone. Each (vertex, author) pair is visited
   * once in the life of the tangle: cones are closed, so the walk stops where the author is already marked.
   */
  approveCone(statement: StatementVertex, approved: (transaction: TransactionVertex) => void): void {
    const { author } = statement;
    const weight = this.committee.weightOf(author);
    const stack: Vertex[] = [statement];
    for (let vertex = stack.pop(); vertex !== undefined; vertex = stack.pop()) {
      if (!addAuthor(vertex.approvers, author)) continue;
      if (vertex.kind === 'transaction') {
        vertex.approvalWeight += weight;
        approved(vertex);
        for (const parent of vertex.parents) if (!hasAuthor(parent.approvers, author)) stack.push(parent);
      } else {
        const { self, prev, tips } = vertex;
        if (self !== null && !hasAuthor(self.approvers, author)) stack.push(self);
        for (const cited of prev) if (!hasAuthor(cited.approvers, author)) stack.push(cited);
        for (const tip of tips) if (!hasAuthor(tip.approvers, author)) stack.push(tip);
      }
    }
  }

  /**
   * Everything open in the cones of the starting vertices (themselves included), each once, in no particular order.
   * `enter` false stops the walk at a vertex without visiting it.
   */
  openCone(start: readonly Vertex[], enter: (vertex: Vertex) => boolean = () => true): Vertex[] {
    const walk = ++this.#walks;
    const cone: Vertex[] = [];
    const stack: Vertex[] = [...start];
    for (let vertex = stack.pop(); vertex !== undefined; vertex = stack.pop()) {
      if (vertex.walk === walk || isClosed(vertex)) continue;
      vertex.walk = walk;
      if (!enter(vertex)) continue;
      cone.push(vertex);
      if (vertex.kind === 'transaction') {
        for (const parent of vertex.parents) stack.push(parent);
      } else {
        if (vertex.self !== null) stack.push(vertex.self);
        for (const cited of vertex.prev) stack.push(cited);
        for (const tip of vertex.tips) stack.push(tip);
      }
    }
    return cone;
  }

  /** A commit put this transaction into the total order. */
  finalise(vertex: TransactionVertex): void {
    invariant(!vertex.final, () => `transaction ${vertex.id} became final twice`);
    vertex.final = true;
    vertex.parents = [];
    this.#open.delete(vertex.id);
    this.#freshlyFinal.add(vertex.id);
  }

  /** A commit holds this statement in its cone: only its place and author can matter from now on. */
  finish(vertex: StatementVertex): void {
    invariant(!vertex.finished, () => `statement ${vertex.id} was finished twice`);
    vertex.finished = true;
    vertex.self = null;
    vertex.prev = [];
    vertex.tips = [];
    vertex.vote = null;
    vertex.certifies = null;
    this.#statements.delete(vertex.id);
    this.#freshlyFinished.set(vertex.id, vertex.statement);
    const rest = this.statementsAt(vertex.round).filter((statement) => statement !== vertex);
    if (rest.length === 0) this.#rounds.delete(vertex.round);
    else this.#rounds.set(vertex.round, rest);
  }

  /**
   * Open statements at or below a committed round may stay open for ever, since nobody has to cite them: what they cite
   * must not stay in memory with them. Their slots are decided, so no vote is read from these edges any more. The more there
   * are, the more commits share one sweep: else an equivocator's leavings would slow down every commit to come.
   */
  cutClosedEdges(committedRound: Round): void {
    this.#commitsUntilSweep--;
    if (this.#commitsUntilSweep > 0) return;
    this.#commitsUntilSweep = Math.ceil(this.#statements.size / SWEPT_PER_COMMIT);
    for (const statement of this.#statements.values()) {
      if (statement.round > committedRound) continue;
      reached(MARK.closedEdgesCut);
      if (statement.tips.some(isClosed)) statement.tips = statement.tips.filter(({ final }) => !final);
      if (statement.prev.some(isClosed)) statement.prev = statement.prev.filter(({ finished }) => !finished);
      if (statement.self?.finished === true) statement.self = null;
    }
  }

  /** The history port knows now what the last turn finalised. */
  forgetPersisted(): void {
    this.#freshlyFinal.clear();
    this.#freshlyFinished.clear();
  }

  #finished(id: StatementId): FinishedStatement | undefined {
    const fresh = this.#freshlyFinished.get(id);
    if (fresh === undefined) return this.#history.statement(id);
    reached(MARK.freshlyFinishedRead);
    return fresh;
  }

  /** What is known of a cited statement, open or finished. */
  #metaOf(id: StatementId, open: StatementVertex | undefined): FinishedStatement | undefined {
    if (open !== undefined) return open.statement;
    const finished = this.#finished(id);
    if (finished !== undefined) reached(MARK.finishedCited);
    return finished;
  }

  #resolve(statement: CheckedStatement): Result<ResolvedCitations, AcceptFailure> {
    const missing: VertexId[] = [];
    const prev: FinishedStatement[] = [];
    const openPrev: StatementVertex[] = [];
    for (const id of statement.prev) {
      const open = this.#statements.get(id);
      const meta = this.#metaOf(id, open);
      if (meta !== undefined) prev.push(meta);
      else if (this.hasTransaction(id as VertexId as TransactionId)) return fail(notAStatement('S2', id));
      else missing.push(id);
      if (open !== undefined) openPrev.push(open);
    }
    let self: FinishedStatement | null = null;
    let openSelf: StatementVertex | null = null;
    if (statement.self !== null) {
      const id = statement.self;
      const open = this.#statements.get(id);
      const meta = this.#metaOf(id, open);
      openSelf = open ?? null;
      if (meta !== undefined) self = meta;
      else if (this.hasTransaction(id as VertexId as TransactionId)) return fail(notAStatement('S3', id));
      else missing.push(id);
    }
    const tips: TransactionVertex[] = [];
    for (const id of statement.tips) {
      const open = this.#open.get(id);
      if (open !== undefined) tips.push(open);
      else if (!this.isFinal(id)) {
        if (this.hasStatement(id as VertexId as StatementId)) return fail({ code: 'parent-not-a-transaction', id });
        missing.push(id);
      }
    }
    const edges = { self: openSelf, prev: openPrev, tips };
    return missing.length > 0 ? fail({ code: 'missing', ids: missing }) : ok({ self, prev, edges });
  }

  #medianMs(prev: readonly FinishedStatement[]): UnixMs | null {
    if (prev.length === 0) return null;
    return weightedMedian(
      prev.map(({ timestampMs, author }) => ({ value: timestampMs, weight: this.committee.weightOf(author) })),
    );
  }

  #brokenRule(
    statement: CheckedStatement,
    self: FinishedStatement | null,
    prev: readonly FinishedStatement[],
  ): { readonly rule: string; readonly found: string } | null {
    let weight = 0;
    let ownPrev: StatementId | null = null;
    const authors = emptyAuthorSet(this.committee.size);
    for (const [index, { epoch, round, author }] of prev.entries()) {
      if (epoch !== this.epoch) return { rule: 'S2 epoch', found: `prev of epoch ${epoch}` };
      if (round !== statement.round - 1) return { rule: 'S2 round', found: `prev at round ${round}` };
      if (!addAuthor(authors, author)) return { rule: 'S2 distinct authors', found: `author ${author} twice` };
      weight += this.committee.weightOf(author);
      if (author === statement.author) ownPrev = statement.prev[index] ?? null;
    }
    if (statement.round > 1 && weight < this.committee.quorum) {
      return { rule: 'S2 quorum', found: `prev of weight ${weight}, quorum ${this.committee.quorum}` };
    }
    if (self !== null) {
      const { epoch, round, author } = self;
      if (epoch !== this.epoch) return { rule: 'S3 epoch', found: `self of epoch ${epoch}` };
      if (author !== statement.author) return { rule: 'S3 author', found: `self by author ${author}` };
      if (round >= statement.round) return { rule: 'S3 round', found: `self at round ${round}` };
    }
    const selfIsPrevious = self !== null && self.round === statement.round - 1;
    if (selfIsPrevious !== (ownPrev !== null) || (ownPrev !== null && ownPrev !== statement.self)) {
      return { rule: 'S3 self in prev', found: 'prev and self name different own statements' };
    }
    return null;
  }
}

/** Of a cited statement the statement itself while it is open, afterwards what history keeps of it. */
interface ResolvedCitations {
  readonly self: FinishedStatement | null;
  /** In the order of the statement's own prev. */
  readonly prev: readonly FinishedStatement[];
  /** Those of the cited vertices that are open. */
  readonly edges: StatementEdges;
}

/** It is accepted, as a transaction: waiting for a statement of that id would never end. */
function notAStatement(rule: string, id: VertexId): AcceptFailure {
  return { code: 'invalid-citation', rule: `${rule} statement`, found: `${id} is a transaction` };
}

function isClosed(vertex: Vertex): boolean {
  return vertex.kind === 'transaction' ? vertex.final : vertex.finished;
}
