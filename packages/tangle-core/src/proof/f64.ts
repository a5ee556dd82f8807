/** Numbers of samples as canonical bytes: IEEE 754 binary64, big-endian, one byte-form for each value. */
import type { Reader } from '../codec/reader.js';

export const F64_BYTES = 8;
/** The one NaN that stands for "no value": 7ff8000000000000. */
const NO_VALUE_HIGH = 0x7ff8_0000;

/** Finite, and not the negative zero, which would be a second form of zero. */
export function isCanonicalNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

export function f64Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(F64_BYTES);
  writeF64(new DataView(bytes.buffer), 0, value);
  return bytes;
}

/** Writes a canonical number, or NaN as "no value". Negative zero becomes zero. */
export function writeF64(view: DataView, offset: number, value: number): void {
  // Engines may keep any bits in a NaN: written out, it is always the same one.
  if (Number.isNaN(value)) {
    view.setUint32(offset, NO_VALUE_HIGH);
    view.setUint32(offset + 4, 0);
  } else {
    view.setFloat64(offset, value === 0 ? 0 : value);
  }
}

/** The number at `offset`, null for "no value", undefined for bytes that are neither. */
export function viewF64(view: DataView, offset: number): number | null | undefined {
  const value = view.getFloat64(offset);
  if (isCanonicalNumber(value)) return value;
  return view.getUint32(offset) === NO_VALUE_HIGH && view.getUint32(offset + 4) === 0 ? null : undefined;
}

/** A canonical number; anything else is refused, "no value" too. */
export function readF64(reader: Reader, field: string): number {
  const bytes = reader.bytes(F64_BYTES, field);
  if (bytes.length < F64_BYTES) return 0;
  const value = viewF64(new DataView(bytes.buffer, bytes.byteOffset, F64_BYTES), 0);
  if (value !== null && value !== undefined) return value;
  reader.refuse({
    code: 'malformed',
    field,
    found: 'no canonical number',
    allowed: 'a finite number, zero without sign',
  });
  return 0;
}
