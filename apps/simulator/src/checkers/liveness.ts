/** PROTOCOL 12.8: what an honest validator accepted becomes final everywhere within a bound after the network heals. */
import type { TransactionId, ValidatorIndex } from '@tangle/core/ids';

export class LivenessChecker {
  readonly #nodes: number;
  /** Accepted and not final at every node: where it is final. */
  readonly #open = new Map<TransactionId, Set<ValidatorIndex>>();
  readonly #done = new Set<TransactionId>();

  constructor(nodes: number) {
    this.#nodes = nodes;
  }

  /** A node answered that it has it, or had it durably when it stopped. */
  accepted(id: TransactionId): void {
    this.#finalAt(id);
  }

  final(id: TransactionId, node: ValidatorIndex): void {
    const nodes = this.#finalAt(id)?.add(node);
    if (nodes?.size !== this.#nodes) return;
    this.#open.delete(id);
    this.#done.add(id);
  }

  /** Transactions that are not final at every node yet. */
  get openCount(): number {
    return this.#open.size;
  }

  /** What is missing where, in words; null where nothing is. */
  describeOpen(): string | null {
    const [first] = this.#open;
    if (first === undefined) return null;
    const [id, nodes] = first;
    return `${this.#open.size} transactions are not final everywhere, such as ${id}: final at [${[...nodes].join(', ')}]`;
  }

  #finalAt(id: TransactionId): Set<ValidatorIndex> | null {
    if (this.#done.has(id)) return null;
    const known = this.#open.get(id) ?? new Set<ValidatorIndex>();
    this.#open.set(id, known);
    return known;
  }
}
