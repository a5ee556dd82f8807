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
    invariant(Number.isSafeInteger(atUs) && atUs >= this.#nowUs, `an event at ${atUs} us, and it is ${this.#nowUs} us`);
    const entry: Entry = { atUs, order: this.#inserted++, action };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
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
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const child = right < this.#heap.length && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, index)) return;
      this.#swap(index, child);
      index = child;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const [a, b] = [this.#entry(left), this.#entry(right)];
    return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const kept = this.#entry(left);
    this.#heap[left] = this.#entry(right);
    this.#heap[right] = kept;
  }

  #entry(index: number): Entry {
    return present(this.#heap[index], 'an index within the heap');
  }
}
