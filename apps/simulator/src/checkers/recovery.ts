/** PROTOCOL 12.12: a process that starts from a disk, after whatever happened to it, has the digests that all others have. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { CommitHead } from '@tangle/core/model';
import type { Report } from './report.js';

export class RecoveryChecker {
  readonly #report: Report;
  /** State digest after a commit, as whoever came first computed it. */
  readonly #states = new Map<number, string>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** @param durable the head on its disk, null before the first commit: the process may be ahead of it by its first turn. */
  recovered(node: ValidatorIndex, head: CommitHead, durable: CommitHead | null): void {
    if (durable === null || durable.index < head.index || durable.digest === head.digest) return;
    this.#report(`node ${node} starts at commit ${head.index} with ${head.digest}, its disk has ${durable.digest}`);
  }

  /** The state of the ledger of any node after a commit. */
  state(node: ValidatorIndex, commit: number, digest: string): void {
    const known = this.#states.get(commit);
    if (known === undefined) {
      this.#states.set(commit, digest);
    } else if (known !== digest) {
      this.#report(`after commit ${commit} node ${node} has state ${digest}, another ${known}`);
    }
  }
}
