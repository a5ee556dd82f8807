/** PROTOCOL 12.8: what an honest validator accepted becomes final everywhere within a bound after the network heals. */
import type { TransactionId, ValidatorIndex } from '@tangle/core/ids';
import type { VirtualUs } from '../event-queue.js';

export class LivenessChecker {
  readonly #nodes: number;
  /** Accepted and not final at every node: where it is final. The oldest is first. */
  readonly #open = new Map<TransactionId, { readonly sinceUs: VirtualUs; readonly finalAt: Set<ValidatorIndex> }>();
  readonly #done = new Set<TransactionId>();

  constructor(nodes: number) {
    this.#nodes = nodes;
  }

  /** A node has it durably. */
  accepted(id: TransactionId, nowUs: VirtualUs): void {
    this.#finalAt(id, nowUs);
  }

  final(id: TransactionId, node: ValidatorIndex, nowUs: VirtualUs): void {
    const nodes = this.#finalAt(id, nowUs)?.add(node);
    if (nodes?.size !== this.#nodes) return;
    this.#open.delete(id);
    this.#done.add(id);
  }

  /**
   * A node goes on from another disk: what no node holds is gone, as pending transactions may be (PROTOCOL 1), and what is
   * not final on that disk has to become so again.
   */
  forgot(
    node: ValidatorIndex,
    isHeld: (id: TransactionId) => boolean,
    isFinalThere: (id: TransactionId) => boolean,
  ): void {
    for (const [id, { finalAt }] of this.#open) {
      if (!isFinalThere(id)) finalAt.delete(node);
      if (!isHeld(id)) this.#open.delete(id);
    }
  }

  /** When the oldest that is not final everywhere was accepted; null where nothing is open. */
  get openSinceUs(): VirtualUs | null {
    const [oldest] = this.#open.values();
    return oldest?.sinceUs ?? null;
  }

  /** Transactions that are not final at every node yet. */
  get openCount(): number {
    return this.#open.size;
  }

  /** What is missing where, in words; null where nothing is. */
  describeOpen(): string | null {
    const [first] = this.#open;
    if (first === undefined) return null;
    const [id, { finalAt }] = first;
    return `${this.#open.size} transactions are not final everywhere, such as ${id}: final at [${[...finalAt].join(', ')}]`;
  }

  #finalAt(id: TransactionId, nowUs: VirtualUs): Set<ValidatorIndex> | null {
    if (this.#done.has(id)) return null;
    const known = this.#open.get(id) ?? { sinceUs: nowUs, finalAt: new Set<ValidatorIndex>() };
    this.#open.set(id, known);
    return known.finalAt;
  }
}
