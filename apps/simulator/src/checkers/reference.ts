/**
 * PROTOCOL 12.3: what a node has committed equals what the reference rule says of its DAG from scratch. Slow, so it is
 * asked of some nodes at the end of a run, and where another checker cannot tell otherwise whether a slot is decided.
 */
import type { Crypto } from '@tangle/core/crypto';
import type { Round, StatementId } from '@tangle/core/ids';
import type { Commit, Genesis, Statement, Transaction } from '@tangle/core/model';
import { evaluateExport, genesisLine, ReferenceReader, vertexLine, type ReferenceResult } from '@tangle/core/testing';
import type { Report } from './report.js';

/** A closed view of the DAG. */
export interface View {
  readonly transactions: Iterable<Transaction>;
  readonly statements: Iterable<Statement>;
}

export class ReferenceChecker {
  readonly #genesis: Genesis;
  readonly #crypto: Crypto;
  readonly #report: Report;

  constructor(genesis: Genesis, crypto: Crypto, report: Report) {
    this.#genesis = genesis;
    this.#crypto = crypto;
    this.#report = report;
  }

  /**
   * Whether a view's statements, those cited before those citing, decide a slot. No verdict depends on rounds below its own
   * nor on transactions, so none of them is looked at: runs are long, and this is asked often.
   */
  decides(slot: Round, statements: Iterable<Statement>): boolean {
    const reader = new ReferenceReader();
    reader.read(genesisLine(this.#genesis));
    const isRead = new Set<StatementId>();
    for (const statement of statements) {
      if (statement.round < slot) continue;
      isRead.add(statement.id);
      const self = statement.self !== null && isRead.has(statement.self) ? statement.self : null;
      const prev = statement.prev.filter((id) => isRead.has(id));
      reader.read(vertexLine({ ...statement, self, prev, tips: [] }, this.#genesis));
    }
    const verdict = reader.evaluate(this.#crypto).verdicts[slot];
    return verdict !== undefined && verdict.kind !== 'undecided';
  }

  /** The commits of a node, all it has, in order. */
  compare(node: number, view: View, commits: Iterable<Commit>): void {
    const expected = this.#evaluate(view).commits;
    let count = 0;
    for (const { index, digest, timeMs, leader } of commits) {
      const other = expected[count++];
      if (other?.digest === digest && other.time === `${timeMs}` && other.leader === leader) continue;
      this.#report(
        `commit ${index} of node ${node} is ${digest} at ${timeMs}, by the reference ${JSON.stringify(other)}`,
      );
      return;
    }
    if (count !== expected.length) {
      this.#report(`node ${node} has ${count} commits, by the reference ${expected.length}`);
    }
  }

  #evaluate({ transactions, statements }: View): ReferenceResult {
    const lines = [genesisLine(this.#genesis)];
    for (const transaction of transactions) lines.push(vertexLine(transaction, this.#genesis));
    for (const statement of statements) lines.push(vertexLine(statement, this.#genesis));
    return evaluateExport(lines, this.#crypto);
  }
}
