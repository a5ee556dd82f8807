/**
 * Which tree heads a validator cosigns, and when one is certified (PROTOCOL 11). A state machine without clock, keys or
 * disk: it is told what this node computed and what others cosigned, and answers what to do. Held cosignatures are in
 * held-cosignatures.ts.
 *
 * The driver owes it: `resume` first; sizes in ascending order; a cosignature durable before it is sent, and then
 * handed to `add`; only verified cosignatures in `add`; and no step of any kind after a `halt`.
 */
import type { Digest, ValidatorIndex } from '../ids.js';
import type { Committee } from '../model/committee.js';
import type { CertifiedHead, Cosignature, TreeHead } from './tree-head.js';
import { invariant } from '../assert.js';
import { HeldCosignatures } from './held-cosignatures.js';
import { quorumHeads } from './policy.js';
import { certifiedHead } from './tree-head.js';

/** Own tree heads above the certified size that are kept to be compared, the largest ones. */
export const COMPUTED_HEADS_MAX = 4_096;

/** What stays durable: all of it survives a restart. */
export interface CosignerState {
  /** The newest own cosignature. */
  readonly lastCosigned: Cosignature | null;
  readonly certified: CertifiedHead | null;
  /** The newest certified head that the stored log has too. */
  readonly published: CertifiedHead | null;
  /** The head of the log as it is stored. */
  readonly computed: TreeHead | null;
}

export type HaltCode =
  /** Weight above f stands behind another root for a size that this node computed: it, or more than f, is wrong. */
  | 'outvoted'
  /** A quorum certified a root or a size that this node's log does not have. */
  | 'certified-otherwise'
  /** This validator's own key signed another root: a second process, or an own past that was another one. */
  | 'own-key-contradicts';

export type CosignerEffect =
  /** Sign this head with the time of the clock, make the cosignature durable, hand it to `add`, send it. */
  | { readonly kind: 'cosign'; readonly head: TreeHead }
  /** The newest certified head; once more with each further cosignature until the policy's heads are met. */
  | { readonly kind: 'certified'; readonly head: CertifiedHead }
  /** A cosigner signed two roots for one size. Once for each validator: one pair convicts it. */
  | {
      readonly kind: 'evidence';
      readonly validator: ValidatorIndex;
      readonly first: Cosignature;
      readonly second: Cosignature;
    }
  /** Stop, with the evidence. Nothing comes after it. */
  | {
      readonly kind: 'halt';
      readonly code: HaltCode;
      readonly own: TreeHead;
      readonly against: readonly Cosignature[];
    };

/** What to do with a cosignature before its signature is checked. Only `verify` is worth the work. */
export type CosignatureVerdict =
  | 'verify'
  /** Below the certified size, or of it and not needed. */
  | 'below-certified'
  /** The same head of the same validator again, or a third root of one that is convicted. */
  | 'known'
  /** No such validator. */
  | 'unknown-validator';

export class CosignerRule {
  readonly #committee: Committee;
  readonly #self: ValidatorIndex | null;
  readonly #heads: number;
  readonly #held: HeldCosignatures;
  readonly #convicted = new Set<ValidatorIndex>();
  /** Own heads above the certified size, ascending: size to root. */
  readonly #computed = new Map<number, Digest>();
  #newestComputed: TreeHead | null;
  #lastCosigned: TreeHead | null;
  #certified: CertifiedHead | null;
  #published: CertifiedHead | null;
  /** Certified heads above the newest computed one, the first and the newest: compared when we get there. */
  readonly #awaited: CertifiedHead[] = [];
  #halted = false;

  /** @param self null for a node that only collects. */
  constructor(committee: Committee, self: ValidatorIndex | null, state: CosignerState) {
    this.#committee = committee;
    this.#self = self;
    this.#heads = quorumHeads(committee);
    this.#held = new HeldCosignatures(committee);
    this.#newestComputed = state.computed;
    this.#lastCosigned = state.lastCosigned;
    this.#certified = state.certified;
    this.#published = state.published;
    if (state.certified !== null && isAhead(state.certified, state.computed)) this.#awaited.push(state.certified);
    if (state.lastCosigned !== null && state.lastCosigned.size > this.#certifiedSize) {
      this.#held.add(state.lastCosigned);
    }
  }

  /** The largest head that a quorum cosigned, as far as this node knows. */
  get certified(): CertifiedHead | null {
    return this.#certified;
  }

  /**
   * The largest certified head that this node computed too: what its log may be signed and served for. Below `certified`
   * while the log lags behind.
   */
  get published(): CertifiedHead | null {
    return this.#published;
  }

  /** Counts for metrics and bounds checks. */
  get gauges(): { readonly heldSizes: number; readonly computedHeads: number } {
    return { heldSizes: this.#held.count, computedHeads: this.#computed.size };
  }

  /** True once an effect said `halt`. */
  get halted(): boolean {
    return this.#halted;
  }

  /** The newest cosignature of each validator, its index ascending: what anti-entropy offers. */
  newest(): Cosignature[] {
    const newest = new Map<ValidatorIndex, Cosignature>();
    for (const cosignature of [...(this.#certified?.cosignatures ?? []), ...this.#held.newest()]) {
      newest.set(cosignature.validator, cosignature);
    }
    return [...newest.values()].sort((left, right) => left.validator - right.validator);
  }

  /** Once after a restart, before anything else: a crash may have come between the stored head and its cosignature. */
  resume(): CosignerEffect[] {
    this.#expectRunning();
    return this.#newestComputed === null ? [] : this.#reach(this.#newestComputed);
  }

  /** This node's log has reached the end of an appending commit. Sizes ascend, each once. */
  compute(head: TreeHead): CosignerEffect[] {
    this.#expectRunning();
    invariant(head.size > this.#computedSize, `size ${head.size} after ${this.#computedSize}`);
    this.#newestComputed = { size: head.size, root: head.root };
    return this.#reach(this.#newestComputed);
  }

  /** Whether a stranger's cosignature is worth verifying. */
  judge(cosignature: Pick<Cosignature, 'validator' | 'size' | 'root'>): CosignatureVerdict {
    const { validator, size, root } = cosignature;
    if (this.#committee.validators[validator] === undefined) return 'unknown-validator';
    const certified = this.#certified;
    if (certified !== null && size <= certified.size) {
      if (size < certified.size || root !== certified.root || this.#isComplete(certified)) return 'below-certified';
      return certified.cosignatures.some((known) => known.validator === validator) ? 'known' : 'verify';
    }
    const roots = this.#held.rootsOf(validator, size);
    return roots.includes(root) || roots.length > 1 ? 'known' : 'verify';
  }

  /** Counts a cosignature that was verified, or is our own. What `judge` would not verify changes nothing. */
  add(cosignature: Cosignature): CosignerEffect[] {
    this.#expectRunning();
    if (this.judge(cosignature) !== 'verify') return [];
    const certified = this.#certified;
    if (certified !== null && cosignature.size === certified.size) {
      return [this.#certify([...certified.cosignatures, cosignature])];
    }
    const effects: CosignerEffect[] = [];
    const evidence = this.#evidence(cosignature);
    if (evidence !== null) effects.push(evidence);
    this.#held.add(cosignature);
    const root = this.#computed.get(cosignature.size);
    const halt = root === undefined ? null : this.#compareWithCosigned({ size: cosignature.size, root });
    if (halt !== null) return [...effects, halt];
    const behind = this.#held.behind(cosignature);
    if (weightOf(behind, this.#committee) < this.#committee.quorum) return effects;
    return [...effects, this.#certify(behind)];
  }

  #reach(head: TreeHead): CosignerEffect[] {
    const halt = this.#compareWithCertified(head) ?? this.#compareWithCosigned(head);
    if (halt !== null) return [halt];
    if (head.size > this.#certifiedSize) {
      this.#computed.set(head.size, head.root);
      const [oldest] = this.#computed.keys();
      if (this.#computed.size > COMPUTED_HEADS_MAX && oldest !== undefined) this.#computed.delete(oldest);
    }
    if (!this.#mayCosign(head)) return [];
    // Taken as signed from here on: whatever happens to the driver, no other root can follow for this size.
    this.#lastCosigned = head;
    return [{ kind: 'cosign', head }];
  }

  get #computedSize(): number {
    return this.#newestComputed?.size ?? 0;
  }

  get #certifiedSize(): number {
    return this.#certified?.size ?? 0;
  }

  /** Ascending, and not what is certified already, unless the policy's heads are still to be met there. */
  #mayCosign(head: TreeHead): boolean {
    if (this.#self === null || head.size <= (this.#lastCosigned?.size ?? 0)) return false;
    const certified = this.#certified;
    return (
      certified === null || head.size > certified.size || (head.size === certified.size && !this.#isComplete(certified))
    );
  }

  #isComplete(certified: CertifiedHead): boolean {
    return certified.cosignatures.length >= this.#heads;
  }

  #certify(cosignatures: readonly Cosignature[]): CosignerEffect {
    const head = certifiedHead(cosignatures, this.#committee);
    const own = this.#computed.get(head.size);
    this.#certified = head;
    if (own !== undefined || this.#published?.size === head.size) this.#published = head;
    this.#held.dropUpTo(head.size);
    for (const size of this.#computed.keys()) if (size <= head.size) this.#computed.delete(size);
    if (own === undefined && head.size > this.#computedSize) {
      // Those between the first and the newest are let go: a log that took another way is caught at the first.
      if (this.#awaited.length > 1) this.#awaited.pop();
      this.#awaited.push(head);
    }
    return { kind: 'certified', head };
  }

  /** A certified head that our log should have by now, and has not. */
  #compareWithCertified(head: TreeHead): CosignerEffect | null {
    let first = this.#awaited[0];
    for (; first !== undefined && first.size <= head.size; first = this.#awaited[0]) {
      if (first.size !== head.size || first.root !== head.root) {
        return this.#halt('certified-otherwise', head, first.cosignatures);
      }
      this.#published = first;
      this.#awaited.shift();
    }
    return null;
  }

  /** What stands behind other roots of a size that we computed. */
  #compareWithCosigned(own: TreeHead): CosignerEffect | null {
    const last = this.#lastCosigned;
    const against = this.#held.against(own);
    if (last?.size === own.size && last.root !== own.root) return this.#halt('own-key-contradicts', own, against);
    const ofSelf = against.filter(({ validator }) => validator === this.#self);
    if (ofSelf.length > 0) return this.#halt('own-key-contradicts', own, ofSelf);
    if (weightOf(against, this.#committee) > this.#committee.faultWeight) return this.#halt('outvoted', own, against);
    return null;
  }

  #evidence(second: Cosignature): CosignerEffect | null {
    const { validator } = second;
    const first = this.#held.against(second).find((held) => held.validator === validator);
    if (first === undefined || this.#convicted.has(validator)) return null;
    this.#convicted.add(validator);
    return { kind: 'evidence', validator, first, second };
  }

  #halt(code: HaltCode, own: TreeHead, against: readonly Cosignature[]): CosignerEffect {
    this.#halted = true;
    return { kind: 'halt', code, own, against };
  }

  #expectRunning(): void {
    invariant(!this.#halted, 'a cosigner that halted takes no further step');
  }
}

/** Not compared yet; or compared and found wrong, where a restart must not make us forget that we halted. */
function isAhead(certified: TreeHead, computed: TreeHead | null): boolean {
  if (computed === null || certified.size > computed.size) return true;
  return certified.size === computed.size && certified.root !== computed.root;
}

/** Weight of the distinct validators among these cosignatures. */
function weightOf(cosignatures: readonly Cosignature[], committee: Committee): number {
  const validators = new Set(cosignatures.map(({ validator }) => validator));
  return [...validators].reduce((sum, validator) => sum + committee.weightOf(validator), 0);
}
