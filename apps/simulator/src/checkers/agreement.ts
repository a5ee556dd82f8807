/** PROTOCOL 12.1: the commit sequences of honest nodes are prefixes of one another, digests and times included. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Commit, CommitEntry, Outcome } from '@tangle/core/model';
import type { Report } from './report.js';

export class AgreementChecker {
  readonly #report: Report;
  /** The one sequence, as whoever came first had it. */
  readonly #sequence: Commit[] = [];
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
    const known = this.#sequence[index - 1];
    if (known === undefined) {
      this.#sequence.push(commit);
      return true;
    }
    if (!isSame(known, commit)) {
      this.#report(
        `node ${node} has commit ${index} as ${JSON.stringify(commit)}, another as ${JSON.stringify(known)}`,
      );
    }
    return false;
  }
}

/** In everything that nodes must agree on: all of it. */
function isSame(one: Commit, other: Commit): boolean {
  return (
    one.index === other.index &&
    one.epoch === other.epoch &&
    one.round === other.round &&
    one.leader === other.leader &&
    one.timeMs === other.timeMs &&
    one.digest === other.digest &&
    one.stateDigest === other.stateDigest &&
    one.recordPosition === other.recordPosition &&
    one.statements.length === other.statements.length &&
    one.statements.every((id, index) => id === other.statements[index]) &&
    one.entries.length === other.entries.length &&
    one.entries.every((entry, index) => isSameEntry(entry, other.entries[index]))
  );
}

/** The same place and outcome of the same transaction. */
export function isSameEntry(one: CommitEntry, other: CommitEntry | undefined): boolean {
  return (
    one.id === other?.id &&
    one.position === other.position &&
    one.issuer === other.issuer &&
    one.issuerIndex === other.issuerIndex &&
    one.evidence === other.evidence &&
    codeOf(one.outcome) === codeOf(other.outcome)
  );
}

function codeOf(outcome: Outcome): string {
  return outcome.status === 'accepted' ? 'accepted' : outcome.code;
}
