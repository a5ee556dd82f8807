/** PROTOCOL 11: a head is certified by cosignatures of distinct validators that weigh a quorum, all of this very head. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Cosignature, TreeHead } from '@tangle/core/log';
import type { Committee } from '@tangle/core/model';
import type { Report } from './report.js';

export class CertificateChecker {
  readonly #committee: Pick<Committee, 'quorum' | 'weightOf'>;
  readonly #report: Report;

  constructor(committee: Pick<Committee, 'quorum' | 'weightOf'>, report: Report) {
    this.#committee = committee;
    this.#report = report;
  }

  certified(
    node: ValidatorIndex,
    { size, root, cosignatures }: TreeHead & { readonly cosignatures: readonly Omit<Cosignature, 'signature'>[] },
  ): void {
    const behind = cosignatures.filter((cosignature) => cosignature.size === size && cosignature.root === root);
    const validators = new Set(behind.map(({ validator }) => validator));
    const weight = [...validators].reduce((sum, validator) => sum + this.#committee.weightOf(validator), 0);
    if (weight >= this.#committee.quorum) return;
    this.#report(`node ${node} has size ${size} certified by weight ${weight}, a quorum is ${this.#committee.quorum}`);
  }
}
