/** The committee of an epoch: who signs statements, with which weight (PROTOCOL 1). */
import type { ValidatorIndex } from '../ids.js';
import { invariant, present } from '../assert.js';

export interface Validator {
  readonly index: ValidatorIndex;
  /** Letters, digits, `-` and `.`. */
  readonly name: string;
  readonly weight: number;
  readonly statementKey: Uint8Array;
  readonly cosignerKey: Uint8Array;
  readonly logKey: Uint8Array;
}

/** Weights and the two thresholds every rule uses: f and Q. Immutable. */
export class Committee {
  readonly validators: readonly Validator[];
  /** W, the sum of all weights. */
  readonly totalWeight: number;
  /** f = floor((W - 1) / 3): the faulty weight that safety tolerates. */
  readonly faultWeight: number;
  /** Q = W - f. */
  readonly quorum: number;

  constructor(validators: readonly Validator[]) {
    invariant(validators.length > 0, 'a committee needs at least one validator');
    this.validators = validators;
    this.totalWeight = validators.reduce((sum, validator) => sum + validator.weight, 0);
    this.faultWeight = Math.floor((this.totalWeight - 1) / 3);
    this.quorum = this.totalWeight - this.faultWeight;
  }

  get size(): number {
    return this.validators.length;
  }

  weightOf(index: ValidatorIndex): number {
    return present(this.validators[index], () => `no validator ${index} in a committee of ${this.size}`).weight;
  }
}
