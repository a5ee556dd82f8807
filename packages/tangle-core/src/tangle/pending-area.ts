/**
 * The pending area: checked vertices that cite something not accepted yet. Bounded in count and bytes; what goes is
 * fetched again when a statement cites it (PROTOCOL 3 and 13).
 */
import { present } from '../assert.js';
import type { ValidatorIndex, VertexId } from '../ids.js';
import type { CheckedStatement } from '../model/statement.js';
import type { CheckedTransaction } from '../model/transaction.js';

export interface PendingLimits {
  /** Vertices held at most. */
  readonly pendingVerticesMax: number;
  /** Sum of their signed bytes, and of what the ids they wait for take, at most. */
  readonly pendingBytesMax: number;
}

export interface PendingVertex {
  readonly vertex: CheckedTransaction | CheckedStatement;
  readonly from: ValidatorIndex | null;
  /** It was asked for, because something cites it or a peer has accepted it. */
  readonly solicited: boolean;
}

interface Waiting extends PendingVertex {
  /** Distinct ids it was taken in for; those accepted since are among them. */
  readonly missing: readonly VertexId[];
  /** How many of them are not accepted yet. */
  missingCount: number;
  readonly bytes: number;
}

/** What waits of one peer, oldest first. */
interface Share {
  readonly ids: Set<VertexId>;
  bytes: number;
}

/** Memory of one missing id: its text, and a place in a list, a set and a map. */
const MISSING_ID_BYTES = 300;

export class PendingArea {
  readonly #limits: PendingLimits;
  readonly #waiting = new Map<VertexId, Waiting>();
  readonly #shares = new Map<ValidatorIndex | null, Share>();
  /** Missing id -> ids of those that wait for it. */
  readonly #dependants = new Map<VertexId, Set<Waiting>>();
  #bytes = 0;

  constructor(limits: PendingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(id: VertexId): boolean {
    return this.#waiting.has(id);
  }

  /** True where something here cites the id. */
  isAwaited(id: VertexId): boolean {
    return this.#dependants.has(id);
  }

  /** All ids that something here cites and that are not accepted yet, each with the link of one that cites it. */
  *awaited(): Generator<{ readonly id: VertexId; readonly from: ValidatorIndex | null }> {
    for (const [id, dependants] of this.#dependants) {
      for (const { from } of dependants) {
        yield { id, from };
        break;
      }
    }
  }

  /**
   * Takes a vertex in; the answer lists what had to go to make room (it may be the vertex itself): the oldest of the link
   * that holds the most, so that nobody pushes out what others sent.
   */
  add(pending: PendingVertex, missing: readonly VertexId[]): PendingVertex[] {
    const { vertex, from, solicited } = pending;
    const bytes = vertex.bytes.length + missing.length * MISSING_ID_BYTES;
    const waiting: Waiting = { vertex, from, solicited, missing, missingCount: 0, bytes };
    this.#waiting.set(vertex.id, waiting);
    this.#bytes += bytes;
    let share = this.#shares.get(from);
    if (share === undefined) {
      share = { ids: new Set(), bytes: 0 };
      this.#shares.set(from, share);
    }
    share.ids.add(vertex.id);
    share.bytes += bytes;
    for (const awaited of missing) {
      let dependants = this.#dependants.get(awaited);
      if (dependants === undefined) {
        dependants = new Set();
        this.#dependants.set(awaited, dependants);
      }
      // Both parents may be one and the same.
      if (dependants.has(waiting)) continue;
      dependants.add(waiting);
      waiting.missingCount++;
    }
    const evicted: PendingVertex[] = [];
    while (this.#waiting.size > this.#limits.pendingVerticesMax || this.#bytes > this.#limits.pendingBytesMax) {
      evicted.push(this.#remove(this.#nextToGo()));
    }
    return evicted;
  }

  /** `id` was accepted: those that waited for nothing else come back, in order of arrival. */
  release(id: VertexId): PendingVertex[] {
    const solid: PendingVertex[] = [];
    const dependants = this.#dependants.get(id);
    if (dependants === undefined) return solid;
    this.#dependants.delete(id);
    for (const waiting of dependants) {
      waiting.missingCount--;
      if (waiting.missingCount === 0) solid.push(this.#remove(waiting.vertex.id));
    }
    return solid;
  }

  /** `id` can never be accepted: everything that waits for it goes, and what waits for those. */
  reject(id: VertexId): PendingVertex[] {
    const dropped: PendingVertex[] = [];
    const stack: VertexId[] = [id];
    for (let bad = stack.pop(); bad !== undefined; bad = stack.pop()) {
      for (const { vertex } of this.#dependants.get(bad) ?? []) {
        dropped.push(this.#remove(vertex.id));
        stack.push(vertex.id);
      }
    }
    return dropped;
  }

  #nextToGo(): VertexId {
    let largest: Share | null = null;
    for (const share of this.#shares.values()) if (largest === null || share.bytes > largest.bytes) largest = share;
    return present(largest?.ids.values().next().value, 'a pending area over its limits holds a vertex');
  }

  #remove(id: VertexId): PendingVertex {
    const waiting = present(this.#waiting.get(id), () => `pending ${id} is not held`);
    this.#waiting.delete(id);
    this.#bytes -= waiting.bytes;
    const share = present(this.#shares.get(waiting.from), () => `pending ${id} is in no share`);
    share.ids.delete(id);
    share.bytes -= waiting.bytes;
    if (share.ids.size === 0) this.#shares.delete(waiting.from);
    for (const awaited of waiting.missing) {
      const dependants = this.#dependants.get(awaited);
      dependants?.delete(waiting);
      if (dependants?.size === 0) this.#dependants.delete(awaited);
    }
    return waiting;
  }
}
