/**
 * PROTOCOL 12.16 and 12.17: what is final gets certified, and nothing else: a certified size is one after a commit, and has
 * one root, the same at every node.
 */
import type { Digest, ValidatorIndex } from '@tangle/core/ids';
import type { TreeHead } from '@tangle/core/log';
import type { Report } from './report.js';

export class CertificationChecker {
  readonly #report: Report;
  readonly #roots = new Map<number, Digest>();
  readonly #sizes = new Map<ValidatorIndex, number>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** @param isLogSize whether the order has had this size after a commit. */
  certified(node: ValidatorIndex, { size, root }: TreeHead, isLogSize: (size: number) => boolean): void {
    const known = this.#roots.get(size);
    if (known === undefined) {
      this.#roots.set(size, root);
    } else if (known !== root) {
      this.#report(`size ${size} has root ${root} certified at node ${node}, elsewhere ${known}`);
    }
    if (!isLogSize(size)) this.#report(`node ${node} has size ${size} certified, which no commit left behind`);
    const last = this.#sizes.get(node) ?? 0;
    // The same size again is one with more cosignatures.
    if (size < last) this.#report(`node ${node} has size ${size} certified after size ${last}`);
    this.#sizes.set(node, size);
  }

  /** The node goes on from an older disk. */
  rewound(node: ValidatorIndex): void {
    this.#sizes.delete(node);
  }
}
