/** Trees for the tests of the log: a naive one by the RFC's own recursion, a stored one, and one too large to store. */
import type { HashReader } from '../../src/log/index.js';
import { nobleCrypto } from '../../src/crypto/index.js';
import { CompactRange, leafHash, nodeHash } from '../../src/log/index.js';

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** MTH of RFC 9162 section 2.1.1, word by word. */
export function naiveRoot(entries: readonly Uint8Array[]): Uint8Array {
  const [first] = entries;
  if (first === undefined) return nobleCrypto.sha256();
  if (entries.length === 1) return leafHash(first, nobleCrypto);
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  return nodeHash(naiveRoot(entries.slice(0, split)), naiveRoot(entries.slice(split)), nobleCrypto);
}

/** A tree whose complete nodes are all kept, as an append reports them. */
export class StoredTree implements HashReader {
  readonly range = CompactRange.empty(nobleCrypto);
  readonly nodes = new Map<string, Uint8Array>();

  constructor(entries: readonly Uint8Array[] = []) {
    for (const entry of entries) this.append(entry);
  }

  append(entry: Uint8Array): void {
    this.range.append(leafHash(entry, nobleCrypto), (level, index, hash) => {
      this.nodes.set(`${level}/${index}`, hash);
    });
  }

  hash(level: number, index: number): Uint8Array {
    const hash = this.nodes.get(`${level}/${index}`);
    if (hash === undefined) throw new Error(`no node ${level}/${index}`);
    return hash;
  }
}

/** A tree of any size in which every leaf is the same, but for a few: only what differs is ever hashed. */
export class VirtualTree implements HashReader {
  readonly #plain: Uint8Array[] = [leafHash(ascii('plain'), nobleCrypto)];
  readonly #special: ReadonlyMap<number, Uint8Array>;

  constructor(special: ReadonlyMap<number, Uint8Array>) {
    this.#special = special;
    for (let level = 1; level < 54; level++) {
      const below = this.#plain[level - 1]!;
      this.#plain.push(nodeHash(below, below, nobleCrypto));
    }
  }

  leaf(index: number): Uint8Array {
    return this.hash(0, index);
  }

  hash(level: number, index: number): Uint8Array {
    const width = 2 ** level;
    const differs = [...this.#special.keys()].some((at) => at >= index * width && at < (index + 1) * width);
    if (!differs) return this.#plain[level]!;
    if (level === 0) return leafHash(this.#special.get(index)!, nobleCrypto);
    return nodeHash(this.hash(level - 1, index * 2), this.hash(level - 1, index * 2 + 1), nobleCrypto);
  }
}
