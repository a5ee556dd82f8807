/**
 * Writes canonical big-endian bytes into a buffer of a size known before. Everything consensus hashes or signs is
 * written here; a value that does not fit its field is our bug and throws InvariantError.
 */
import { invariant } from '../assert.js';
import { writeHex } from './hex.js';

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const TWO_TO_32 = 0x1_0000_0000;

export class Writer {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  /** @param size exact number of bytes that will be written. */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): this {
    this.#view.setUint8(this.#advance(1, value, 0xff), value);
    return this;
  }

  u16(value: number): this {
    this.#view.setUint16(this.#advance(2, value, 0xffff), value);
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#advance(4, value, 0xffff_ffff), value);
    return this;
  }

  /** A bigint of at most 64 bits or a non-negative safe integer. */
  u64(value: number | bigint): this {
    if (typeof value === 'bigint') {
      invariant(value >= 0n && value <= U64_MAX, () => `${value} does not fit a u64`);
      this.#view.setBigUint64(this.#advance(8, 0, 0), value);
      return this;
    }
    const offset = this.#advance(8, value, Number.MAX_SAFE_INTEGER);
    this.#view.setUint32(offset, Math.floor(value / TWO_TO_32));
    this.#view.setUint32(offset + 4, value % TWO_TO_32);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#advance(value.length, 0, 0));
    return this;
  }

  /** The raw bytes of an id or hash in hex. */
  hex(text: string): this {
    const offset = this.#advance(text.length / 2, 0, 0);
    invariant(writeHex(text, this.#bytes, offset), 'only lower-case hex can be written as bytes');
    return this;
  }

  /** The buffer, once it is exactly full. */
  finish(): Uint8Array {
    invariant(this.#offset === this.#bytes.length, () => `wrote ${this.#offset} of ${this.#bytes.length} bytes`);
    return this.#bytes;
  }

  #advance(size: number, value: number, max: number): number {
    invariant(
      Number.isSafeInteger(value) && value >= 0 && value <= max,
      () => `${value} is not an integer of 0 to ${max}`,
    );
    const offset = this.#offset;
    invariant(
      offset + size <= this.#bytes.length,
      () => `${offset + size} bytes overflow a buffer of ${this.#bytes.length}`,
    );
    this.#offset = offset + size;
    return offset;
  }
}
