/**
 * Reads big-endian fields from a stranger's bytes, never past their end. The first failure sticks: later reads answer
 * zeros, and the caller looks once, at `finish`. So decoders read like the table of the format they decode.
 */
import type { CodecReason } from './reasons.js';
import { toHex } from './hex.js';

const TWO_TO_32 = 0x1_0000_0000;
const EMPTY = new Uint8Array(0);

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;
  #failure: CodecReason | null = null;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Index of the next unread byte. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The first thing that went wrong, or null so far. */
  get failure(): CodecReason | null {
    return this.#failure;
  }

  /** Records a refusal found by the caller; the first one stays. */
  refuse(reason: CodecReason): void {
    this.#failure ??= reason;
  }

  u8(field: string): number {
    const offset = this.#advance(1, field);
    return offset < 0 ? 0 : this.#view.getUint8(offset);
  }

  u16(field: string): number {
    const offset = this.#advance(2, field);
    return offset < 0 ? 0 : this.#view.getUint16(offset);
  }

  u32(field: string): number {
    const offset = this.#advance(4, field);
    return offset < 0 ? 0 : this.#view.getUint32(offset);
  }

  u64(field: string): bigint {
    const offset = this.#advance(8, field);
    return offset < 0 ? 0n : this.#view.getBigUint64(offset);
  }

  /** A u64 that must be a safe integer: rounds, timestamps, counters. */
  safeU64(field: string): number {
    const offset = this.#advance(8, field);
    if (offset < 0) return 0;
    const value = this.#view.getUint32(offset) * TWO_TO_32 + this.#view.getUint32(offset + 4);
    if (Number.isSafeInteger(value)) return value;
    const found = this.#view.getBigUint64(offset).toString();
    this.refuse({ code: 'malformed', field, found, allowed: `0 to ${Number.MAX_SAFE_INTEGER}` });
    return 0;
  }

  /** A view of the next `length` bytes, not a copy; empty after a failure. */
  bytes(length: number, field: string): Uint8Array {
    const offset = this.#advance(length, field);
    return offset < 0 ? EMPTY : this.#bytes.subarray(offset, offset + length);
  }

  /** The next `length` bytes as lower-case hex; empty after a failure. */
  hex(length: number, field: string): string {
    const offset = this.#advance(length, field);
    return offset < 0 ? '' : toHex(this.#bytes, offset, offset + length);
  }

  /** The first failure, bytes left over being one. Null means: read whole, and all of it was well-formed. */
  finish(): CodecReason | null {
    if (this.remaining > 0) {
      this.refuse({ code: 'malformed', field: 'end', found: `${this.remaining} bytes left over`, allowed: 'none' });
    }
    return this.#failure;
  }

  #advance(size: number, field: string): number {
    if (this.#failure !== null) return -1;
    if (size > this.remaining) {
      this.refuse({ code: 'malformed', field, found: `${this.remaining} bytes left`, allowed: `${size} bytes` });
      return -1;
    }
    const offset = this.#offset;
    this.#offset = offset + size;
    return offset;
  }
}
