/** What one node sees: transactions and statements a delay after they were made, its own at once. */
import { NONE, type RandomUint32, type TipSampler } from '@tangle/tip-selection';
import { GENESIS, type Recording } from './recording.js';
import type { Statements } from './statements.js';

/** Parents for when there are no tips: the newest covered transactions, in the end the genesis. */
export class View {
  readonly sampler: TipSampler;
  readonly #recording: Recording;
  readonly #statements: Statements;
  readonly #delay: number;
  readonly #isReplacing: boolean;
  readonly #parents: Int32Array;
  /** Own transactions that are attached and not yet passed by `#seen`, in order. */
  readonly #own: number[] = [];
  #seen = GENESIS + 1;
  #covered = GENESIS;

  constructor(
    sampler: TipSampler,
    recording: Recording,
    statements: Statements,
    { delay, isReplacing }: { readonly delay: number; readonly isReplacing: boolean },
  ) {
    this.sampler = sampler;
    this.#recording = recording;
    this.#statements = statements;
    this.#delay = delay;
    this.#isReplacing = isReplacing;
    this.#parents = new Int32Array(recording.parentCount);
    sampler.attach(GENESIS, 0, this.#parents.fill(NONE), 0);
  }

  /** The newest transaction of others that it sees; the genesis if there is none. */
  get newest(): number {
    return this.#seen - 1;
  }

  /** Sees what there is to see at this time. */
  advance(time: number): void {
    const recording = this.#recording;
    this.sampler.advance(this.#statements.roundAt(time - this.#delay));
    while (this.#seen < recording.count && recording.issuedAt(this.#seen) + this.#delay <= time) {
      if (this.#own[0] === this.#seen) {
        this.#own.shift();
      } else {
        this.#attach(this.#seen);
      }
      this.#seen += 1;
    }
    for (let next = this.#covered + 1; next < this.#seen; next += 1) {
      if (this.#statements.coveredAt(recording.issuedAt(next)) + this.#delay > time) break;
      this.sampler.cover(next);
      this.#covered = next;
    }
  }

  /** Its own transaction, before others see it. */
  attachOwn(transaction: number): void {
    this.#own.push(transaction);
    this.#attach(transaction);
  }

  /** Fills all of `into`. */
  select(into: Int32Array, device: number, time: number, random: RandomUint32): void {
    const chosen = this.sampler.draw(into, device, time, random);
    let fallback = this.#covered;
    for (let index = chosen; index < into.length; index += 1) {
      if (this.#isReplacing && chosen > 0) {
        into[index] = into[0] as number;
      } else {
        into[index] = fallback;
        fallback = Math.max(GENESIS, fallback - 1);
      }
    }
  }

  #attach(transaction: number): void {
    const recording = this.#recording;
    recording.readParents(transaction, this.#parents);
    const device = recording.device[transaction] as number;
    this.sampler.attach(transaction, device, this.#parents, recording.issuedAt(transaction));
  }
}
