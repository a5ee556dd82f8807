/**
 * The sliding window over one issuer's sequence numbers (PROTOCOL 7): a bitmap used as a ring, as RFC 6479 does, so
 * that moving on clears bits instead of shifting them. It remembers the used numbers of (top - 1,024, top].
 */
import { invariant } from '../assert.js';
import { MARK, reached } from '../marks/reached.js';

/** Numbers below the highest used one that can still be told apart, it included. */
export const REPLAY_WINDOW = 1024;
/** Numbers that share one block of the ring: the unit in which content digests are stored. */
export const BLOCK_NUMBERS = 64;
export const BITMAP_BYTES = REPLAY_WINDOW / 8;

const WINDOW = BigInt(REPLAY_WINDOW);
const NO_BLOCKS: ReadonlySet<number> = new Set();

/** Place of a number in the ring, 0 to 1,023; no two numbers of one window share it. */
export function slotOf(sequence: bigint): number {
  return Number(sequence % WINDOW);
}

/** Block of the ring that a number falls in, 0 to 15. */
export function blockOf(sequence: bigint): number {
  return Math.floor(slotOf(sequence) / BLOCK_NUMBERS);
}

export class ReplayWindow {
  #top: bigint | null;
  /** Bit `slot % 8` (from the least significant) of byte `slot / 8`. */
  readonly #bitmap: Uint8Array;

  /** The window as stored; without arguments, one that has seen no number. The bitmap is copied. */
  constructor(top: bigint | null = null, bitmap: Uint8Array = new Uint8Array(BITMAP_BYTES)) {
    invariant(bitmap.length === BITMAP_BYTES, () => `a replay bitmap of ${bitmap.length} bytes`);
    this.#top = top;
    this.#bitmap = new Uint8Array(bitmap);
    invariant(top === null || this.isSlotUsed(slotOf(top)), 'the highest used number is not marked as used');
  }

  /** The highest used number; null where none was used. */
  get top(): bigint | null {
    return this.#top;
  }

  /** One bit a slot, for storing. Not to be changed. */
  get bitmap(): Uint8Array {
    return this.#bitmap;
  }

  check(sequence: bigint): 'fresh' | 'used' | 'too-old' {
    if (this.#top === null || sequence > this.#top) return 'fresh';
    if (sequence + WINDOW <= this.#top) return 'too-old';
    return this.isSlotUsed(slotOf(sequence)) ? 'used' : 'fresh';
  }

  /** Uses a fresh number. Returns the blocks of the ring in which numbers may have left the window, at most all 16. */
  use(sequence: bigint): ReadonlySet<number> {
    invariant(this.check(sequence) === 'fresh', () => `sequence ${sequence} cannot be used under top ${this.#top}`);
    const top = this.#top ?? sequence;
    if (sequence < top) reached(MARK.sequenceGapFilled);
    // The next number after the highest crosses nothing, and nearly every number is that.
    const crossed = sequence > top + 1n ? this.#clearBetween(top, sequence) : NO_BLOCKS;
    if (sequence > top && this.isSlotUsed(slotOf(sequence))) reached(MARK.windowSlid);
    this.#top = sequence > top ? sequence : top;
    this.#mark(slotOf(sequence), true);
    return crossed;
  }

  isSlotUsed(slot: number): boolean {
    return ((this.#bitmap[slot >> 3] ?? 0) & (1 << (slot & 7))) !== 0;
  }

  /** Clears the slots of the numbers between the two: what they held is now below the window. */
  #clearBetween(top: bigint, sequence: bigint): Set<number> {
    const crossed = new Set<number>();
    const distance = sequence - top;
    const cleared = distance > WINDOW ? REPLAY_WINDOW : Number(distance) - 1;
    if (cleared === REPLAY_WINDOW) reached(MARK.windowLeapt);
    for (let step = 1; step <= cleared; step++) {
      const slot = (slotOf(top) + step) % REPLAY_WINDOW;
      this.#mark(slot, false);
      crossed.add(Math.floor(slot / BLOCK_NUMBERS));
    }
    return crossed;
  }

  #mark(slot: number, used: boolean): void {
    const byte = this.#bitmap[slot >> 3] ?? 0;
    const mask = 1 << (slot & 7);
    this.#bitmap[slot >> 3] = used ? byte | mask : byte & ~mask;
  }
}
