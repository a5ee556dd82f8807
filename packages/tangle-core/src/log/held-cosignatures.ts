/** Verified cosignatures above the certified size, by size and root. Bounded for each validator on its own. */
import type { Digest, ValidatorIndex } from '../ids.js';
import type { Committee } from '../model/committee.js';
import type { Cosignature, TreeHead } from './tree-head.js';
import { present } from '../assert.js';

/**
 * Sizes of one validator that are kept, the largest ones: a faulty one pushes out only its own. Two cosignatures for
 * each at most, some 400 bytes.
 */
export const SIZES_HELD_MAX = 1_024;

type ByValidator = Map<ValidatorIndex, Cosignature>;

export class HeldCosignatures {
  /** size -> root -> validator -> cosignature */
  readonly #bySize = new Map<number, Map<Digest, ByValidator>>();
  /** Sizes of each validator, ascending. */
  readonly #sizes: number[][];

  constructor(committee: Committee) {
    this.#sizes = committee.validators.map(() => []);
  }

  /** Sizes held, those of each validator counted apart: at most SIZES_HELD_MAX of each. */
  get count(): number {
    return this.#sizes.reduce((sum, sizes) => sum + sizes.length, 0);
  }

  add(cosignature: Cosignature): void {
    const { validator, size, root } = cosignature;
    const sizes = this.#sizesOf(validator);
    // Almost always at the end: sizes are cosigned ascending.
    let place = sizes.length;
    while (place > 0 && (sizes[place - 1] ?? 0) > size) place--;
    if (sizes[place - 1] !== size) sizes.splice(place, 0, size);
    const byRoot = this.#bySize.get(size) ?? new Map<Digest, ByValidator>();
    const byValidator: ByValidator = byRoot.get(root) ?? new Map();
    this.#bySize.set(size, byRoot.set(root, byValidator.set(validator, cosignature)));
    if (sizes.length > SIZES_HELD_MAX) this.#dropSmallest(validator, sizes);
  }

  /** The roots this validator signed for the size: two of them convict it. */
  rootsOf(validator: ValidatorIndex, size: number): Digest[] {
    const byRoot = [...(this.#bySize.get(size) ?? [])];
    return byRoot.filter(([, byValidator]) => byValidator.has(validator)).map(([root]) => root);
  }

  /** Cosignatures of exactly this head. */
  behind(head: TreeHead): Cosignature[] {
    return [...(this.#bySize.get(head.size)?.get(head.root)?.values() ?? [])];
  }

  /** Cosignatures of the same size with any other root. */
  against(head: TreeHead): Cosignature[] {
    const byRoot = [...(this.#bySize.get(head.size) ?? [])];
    return byRoot.filter(([root]) => root !== head.root).flatMap(([, byValidator]) => [...byValidator.values()]);
  }

  /** The cosignature of each validator's largest size; of a convicted one the first it sent. */
  newest(): Cosignature[] {
    return this.#sizes.flatMap((sizes, validator) => {
      const roots = this.#bySize.get(sizes.at(-1) ?? 0)?.values() ?? [];
      for (const byValidator of roots) {
        const cosignature = byValidator.get(validator);
        if (cosignature !== undefined) return [cosignature];
      }
      return [];
    });
  }

  /** Forgets everything at or below a certified size. */
  dropUpTo(size: number): void {
    for (const held of this.#bySize.keys()) if (held <= size) this.#bySize.delete(held);
    for (const sizes of this.#sizes) {
      const above = sizes.findIndex((held) => held > size);
      sizes.splice(0, above < 0 ? sizes.length : above);
    }
  }

  #dropSmallest(validator: ValidatorIndex, sizes: number[]): void {
    const smallest = present(sizes.shift(), 'a full list has a first size');
    const byRoot = this.#bySize.get(smallest);
    for (const [root, byValidator] of byRoot ?? []) {
      byValidator.delete(validator);
      if (byValidator.size === 0) byRoot?.delete(root);
    }
    if (byRoot?.size === 0) this.#bySize.delete(smallest);
  }

  #sizesOf(validator: ValidatorIndex): number[] {
    return present(this.#sizes[validator], `no validator ${validator} in this committee`);
  }
}
