/** PROTOCOL 12.1: the commit sequences of honest nodes are prefixes of one another, digests and times included. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Commit } from '@tangle/core/model';
import type { Report } from './report.js';

export class AgreementChecker {
  readonly #report: Report;
  /** The one sequence, as whoever came first had it: everything that nodes must agree on, as text. */
  readonly #sequence: string[] = [];
  readonly #heads = new Map<ValidatorIndex, number>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** Commits in the longest sequence. */
  get length(): number {
    return this.#sequence.length;
  }

  /** Index of the node's last commit, 0 where none. */
  headOf(node: ValidatorIndex): number {
    return this.#heads.get(node) ?? 0;
  }

  /** The node goes on from an older disk, whose last commit this is. */
  rewound(node: ValidatorIndex, index: number): void {
    this.#heads.set(node, index);
  }

  /** A commit of one node; true where no other had it before. */
  committed(node: ValidatorIndex, commit: Commit): boolean {
    const { index } = commit;
    if (index !== this.headOf(node) + 1) {
      this.#report(`node ${node} has commit ${index} after commit ${this.headOf(node)}`);
      return false;
    }
    this.#heads.set(node, index);
    const text = JSON.stringify(commit);
    const known = this.#sequence[index - 1];
    if (known === undefined) {
      this.#sequence.push(text);
      return true;
    }
    if (known !== text) this.#report(`node ${node} has commit ${index} as ${text}, another as ${known}`);
    return false;
  }
}
