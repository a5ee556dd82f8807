/** Growing arrays of numbers, indexed by dense integers that the caller hands out. */

/** No transaction, no device, no approval. */
export const NONE = -1;

const LENGTH_INITIAL = 256;

/** The length for arrays that must hold an index: doubling, so that growing costs amortised constant time. */
export function lengthFor(index: number, length: number): number {
  let grown = Math.max(length, LENGTH_INITIAL);
  while (grown <= index) grown *= 2;
  return grown;
}

/** A longer copy of an array of integers; what is new is `filler`. */
export function growIntegers(array: Int32Array, length: number, filler = 0): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(length).fill(filler, array.length);
  grown.set(array);
  return grown;
}

export function growBytes(array: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(length);
  grown.set(array);
  return grown;
}

export function growFloats(array: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(length);
  grown.set(array);
  return grown;
}
