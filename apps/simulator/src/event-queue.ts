/** What happens next in virtual time: a binary heap by time, and by order of insertion where times are equal. */
import { invariant, present } from '@tangle/core/assert';

/** Virtual time since the start of the world, an integer of microseconds. */
export type VirtualUs = number;

interface Entry {
  readonly atUs: VirtualUs;
  readonly order: number;
  action: (() => void) | null;
}

export class EventQueue {
  readonly #heap: Entry[] = [];
  #nowUs: VirtualUs = 0;
  #inserted = 0;

  get nowUs(): VirtualUs {
    return this.#nowUs;
  }

  /** Events that wait, cancelled ones included. */
  get size(): number {
    return this.#heap.length;
  }

  /** Runs `action` at a time not before now; the answer cancels it. */
  at(atUs: VirtualUs, action: () => void): () => void {
    invariant(
      Number.isSafeInteger(atUs) && atUs >= this.#nowUs,
      () => `an event at ${atUs} us, and it is ${this.#nowUs} us`,
    );
    const entry: Entry = { atUs, order: this.#inserted++, action };
    this.#rise(entry);
    return () => {
      entry.action = null;
    };
  }

  after(delayMs: number, action: () => void): () => void {
    return this.at(this.#nowUs + Math.max(0, Math.ceil(delayMs * 1_000)), action);
  }

  /** Moves time to the next event at or before `untilUs` and hands it out; null moves time to `untilUs`. */
  next(untilUs: VirtualUs): (() => void) | null {
    for (let first = this.#heap[0]; first !== undefined && first.atUs <= untilUs; first = this.#heap[0]) {
      this.#removeFirst();
      if (first.action === null) continue;
      this.#nowUs = first.atUs;
      return first.action;
    }
    this.#nowUs = Math.max(this.#nowUs, untilUs);
    return null;
  }

  #removeFirst(): void {
    const last = present(this.#heap.pop(), 'a heap that is not empty');
    if (this.#heap.length > 0) this.#sink(last);
  }

  /** Finds the place of an entry from the end up; the entries on its way move down one by one. */
  #rise(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = present(heap[parentIndex], WITHIN);
      if (!isBefore(entry, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  /** Finds the place of an entry from the top down, the first place being free. */
  #sink(entry: Entry): void {
    const heap = this.#heap;
    let index = 0;
    for (let childIndex = 1; childIndex < heap.length; childIndex = 2 * index + 1) {
      let child = present(heap[childIndex], WITHIN);
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex++;
      }
      if (!isBefore(child, entry)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = entry;
  }
}

const WITHIN = 'an index within the heap';

function isBefore(one: Entry, other: Entry): boolean {
  return one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order);
}
