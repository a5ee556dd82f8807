/** Randomness of tip selection: a port, and one seedable generator for the simulator and for tests. */

/** Uniform integers from 0 to 2^32 - 1. Where an attacker must not guess the draw, back it with a secure source. */
export type RandomUint32 = () => number;

/** An integer from 0 to bound - 1 by one draw; its bias is below bound / 2^32. */
export function drawBelow(bound: number, random: RandomUint32): number {
  return Math.floor((random() / 2 ** 32) * bound);
}

/**
 * A reproducible stream: xoshiro128** (Blackman and Vigna), its state filled from the seed by splitmix32. Not for keys.
 *
 * @example
 * const random = createRandom('scenario calm, device 7');
 * selector.select({ random });
 */
export function createRandom(seed: number | string): RandomUint32 {
  const next = splitMix32(typeof seed === 'string' ? hashText(seed) : seed);
  return xoshiro128([next(), next(), next(), next()]);
}

/** The bare generator; the four words of state must not all be zero. */
export function xoshiro128(state: readonly [number, number, number, number]): RandomUint32 {
  // Typed, for speed: words kept in variables of a closure are boxed again at every draw.
  const words = Int32Array.from(state) as Int32Array & Words;
  return () => {
    const second = words[1];
    const result = Math.imul(rotateLeft(Math.imul(second, 5), 7), 9) >>> 0;
    const third = words[2] ^ words[0];
    const fourth = words[3] ^ second;
    words[1] = second ^ third;
    words[0] ^= fourth;
    words[2] = third ^ (second << 9);
    words[3] = rotateLeft(fourth, 11);
    return result;
  };
}

/** Tells the compiler that these four are there. */
interface Words {
  0: number;
  1: number;
  2: number;
  3: number;
}

function splitMix32(seed: number): RandomUint32 {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e37_79b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

/** FNV-1a over UTF-16 code units. */
function hashText(text: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  }
  return hash;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
