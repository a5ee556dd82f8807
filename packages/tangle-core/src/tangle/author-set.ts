/** A set of validators as a bitmap: small, allocated once a vertex, never shrinking. */
import type { ValidatorIndex } from '../ids.js';

/** Bits a word: 30, so that a word stays a small integer in every JavaScript engine. */
const WORD_BITS = 30;

export type AuthorSet = number[];

export function emptyAuthorSet(committeeSize: number): AuthorSet {
  const words: AuthorSet = [0];
  for (let bits = WORD_BITS; bits < committeeSize; bits += WORD_BITS) words.push(0);
  return words;
}

export function hasAuthor(set: AuthorSet, author: ValidatorIndex): boolean {
  return (((set[Math.floor(author / WORD_BITS)] ?? 0) >> (author % WORD_BITS)) & 1) === 1;
}

/** Adds the author; false where it was there. */
export function addAuthor(set: AuthorSet, author: ValidatorIndex): boolean {
  if (hasAuthor(set, author)) return false;
  const word = Math.floor(author / WORD_BITS);
  set[word] = (set[word] ?? 0) | (1 << (author % WORD_BITS));
  return true;
}
