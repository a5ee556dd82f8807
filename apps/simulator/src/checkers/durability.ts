/** PROTOCOL 12.6: a statement and its whole cone are durable at its author before it is sent. */
import type { StatementId, TransactionId, ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { Statement, Transaction } from '@tangle/core/model';
import type { Report } from './report.js';

/** What is durable at a node: a MemoryDisk, or what a test claims. */
export interface DurableVertices {
  transaction(id: TransactionId): Pick<Transaction, 'parents'> | undefined;
  statement(id: StatementId): Pick<Statement, 'self' | 'prev' | 'tips'> | undefined;
}

export class DurabilityChecker {
  readonly #report: Report;
  readonly #genesis: TransactionId;
  /** Vertices whose cones were walked: what is durable on a disk stays. */
  readonly #walked = new WeakMap<DurableVertices, Set<VertexId>>();

  constructor(genesis: TransactionId, report: Report) {
    this.#genesis = genesis;
    this.#report = report;
  }

  /** The author hands a statement of its own to the network. */
  sent({ author, id }: Pick<Statement, 'author' | 'id'>, disk: DurableVertices): void {
    const missing = this.#missingBelow(id, disk);
    if (missing === null) return;
    const what = missing === id ? 'it' : `${missing} of its cone`;
    this.#report(`node ${author} sent ${id} before ${what} was durable`);
  }

  /** A node names vertices as its own frontier. */
  named(node: ValidatorIndex, ids: readonly VertexId[], disk: DurableVertices): void {
    for (const id of ids) {
      const isDurable = disk.transaction(id as TransactionId) ?? disk.statement(id as StatementId);
      if (isDurable === undefined) this.#report(`node ${node} named ${id} before it was durable`);
    }
  }

  #missingBelow(start: StatementId, disk: DurableVertices): VertexId | null {
    const walked = this.#walked.get(disk) ?? new Set<VertexId>([this.#genesis]);
    this.#walked.set(disk, walked);
    const stack: { readonly id: VertexId; readonly kind: 'transaction' | 'statement' }[] = [];
    const push = (id: VertexId, kind: 'transaction' | 'statement'): void => {
      if (!walked.has(id)) stack.push({ id, kind });
    };
    push(start, 'statement');
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (walked.has(next.id)) continue;
      if (next.kind === 'transaction') {
        const transaction = disk.transaction(next.id as TransactionId);
        if (transaction === undefined) return next.id;
        for (const parent of transaction.parents) push(parent, 'transaction');
      } else {
        const statement = disk.statement(next.id as StatementId);
        if (statement === undefined) return next.id;
        const { self, prev, tips } = statement;
        if (self !== null) push(self, 'statement');
        for (const cited of prev) push(cited, 'statement');
        for (const tip of tips) push(tip, 'transaction');
      }
      walked.add(next.id);
    }
    return null;
  }
}
