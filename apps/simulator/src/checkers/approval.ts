/**
 * PROTOCOL 12.10: what is final has approval of weight >= Q, and no node counts more weight than has signed. Keeps, for
 * every vertex that an honest node ever stored, the authors whose statements stand on it: each pair is walked once.
 */
import { present } from '@tangle/core/assert';
import type { TransactionId, ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { Commit, Statement, Transaction } from '@tangle/core/model';
import type { Report } from './report.js';

interface Approved {
  readonly below: readonly VertexId[];
  readonly authors: Set<ValidatorIndex>;
}

export class ApprovalChecker {
  readonly #report: Report;
  readonly #quorum: number;
  readonly #weightOf: (author: ValidatorIndex) => number;
  readonly #vertices = new Map<VertexId, Approved>();

  constructor(
    committee: { readonly quorum: number; weightOf(author: ValidatorIndex): number },
    genesis: TransactionId,
    report: Report,
  ) {
    this.#report = report;
    this.#quorum = committee.quorum;
    this.#weightOf = (author) => committee.weightOf(author);
    this.#vertices.set(genesis, { below: [], authors: new Set() });
  }

  /** A node stores a transaction; its parents were stored before. */
  transaction({ id, parents }: Pick<Transaction, 'id' | 'parents'>): void {
    if (!this.#vertices.has(id)) this.#vertices.set(id, { below: parents, authors: new Set() });
  }

  statement({ id, author, self, prev, tips }: Pick<Statement, 'id' | 'author' | 'self' | 'prev' | 'tips'>): void {
    if (this.#vertices.has(id)) return;
    const below = [...(self === null ? [] : [self]), ...prev, ...tips];
    this.#vertices.set(id, { below, authors: new Set() });
    // Below a vertex that the author stands on already, it stands on everything.
    const stack: VertexId[] = [id];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const vertex = present(this.#vertices.get(next), `${next} is stored before what stands on it`);
      if (vertex.authors.has(author)) continue;
      vertex.authors.add(author);
      stack.push(...vertex.below);
    }
  }

  committed(node: ValidatorIndex, { index, entries }: Pick<Commit, 'index' | 'entries'>): void {
    for (const { id } of entries) {
      const weight = this.#weightOn(id);
      if (weight < this.#quorum) {
        this.#report(`transaction ${id} is final in commit ${index} of node ${node} with ${weight}`);
      }
    }
  }

  /** What a node itself counts of an open transaction. */
  counts(node: ValidatorIndex, id: TransactionId, weight: number): void {
    const signed = this.#weightOn(id);
    if (weight > signed) this.#report(`node ${node} counts ${weight} on ${id}, and ${signed} has signed`);
  }

  #weightOn(id: TransactionId): number {
    let weight = 0;
    for (const author of this.#vertices.get(id)?.authors ?? []) weight += this.#weightOf(author);
    return weight;
  }
}
