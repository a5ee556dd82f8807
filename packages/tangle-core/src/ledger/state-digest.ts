/**
 * The digest of a state (PROTOCOL 7): the root of a binary Merkle map over the bits of the hashed keys, most
 * significant first. It depends on the entries alone, never on how they came to be.
 *
 *   keyHash = hash `state` of the key           leaf  = SHA-256(0x00 || keyHash || value)
 *   empty   = SHA-256("")                       inner = SHA-256(0x01 || left || right)
 *
 * A subtree with a single entry is that entry's leaf, at whatever depth; one with more is an inner node, even where
 * one side is empty. Hashes of inner nodes are cached and only those above a change are computed again.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { Digest } from '../ids.js';
import type { StateChange } from '../model/commit.js';
import { invariant } from '../assert.js';
import { fromHex, toHex } from '../codec/hex.js';
import { taggedHash } from '../crypto/hash.js';

const LEAF_PREFIX = Uint8Array.of(0);
const INNER_PREFIX = Uint8Array.of(1);
const KEY_HASH_BITS = 256;

interface Leaf {
  readonly kind: 'leaf';
  readonly keyHash: Uint8Array;
  readonly hash: Uint8Array;
}

interface Inner {
  readonly kind: 'inner';
  left: Node | null;
  right: Node | null;
  /** Null while something below has changed. */
  hash: Uint8Array | null;
}

type Node = Leaf | Inner;

export class MerkleMap {
  readonly #crypto: Crypto;
  readonly #empty: Uint8Array;
  #root: Node | null = null;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
    this.#empty = crypto.sha256();
  }

  /** Adds the entry or replaces its value. */
  set(key: Uint8Array, value: Uint8Array): void {
    const keyHash = taggedHash(this.#crypto, 'state', key);
    const leaf: Leaf = { kind: 'leaf', keyHash, hash: this.#crypto.sha256(LEAF_PREFIX, keyHash, value) };
    const path = this.#descend(keyHash);
    const found = this.#childAt(path, keyHash);
    const placed = found === null || sameBytes(found.keyHash, keyHash) ? leaf : fork(found, leaf, path.length);
    this.#replaceChild(path, keyHash, placed);
  }

  /** Removes the entry; without one, changes nothing. A sibling left alone moves up as a leaf. */
  delete(key: Uint8Array): void {
    const keyHash = taggedHash(this.#crypto, 'state', key);
    const path = this.#descend(keyHash);
    const found = this.#childAt(path, keyHash);
    if (found === null || !sameBytes(found.keyHash, keyHash)) return;
    let remaining: Node | null = null;
    for (let inner = path.pop(); inner !== undefined; inner = path.pop()) {
      setChild(inner, bitAt(keyHash, path.length), remaining);
      const lone: Node | null = inner.left === null ? inner.right : inner.right === null ? inner.left : inner;
      remaining = lone?.kind === 'leaf' ? lone : inner;
    }
    this.#root = remaining;
  }

  /** The root hash, 32 bytes. */
  root(): Uint8Array {
    return this.#hashOf(this.#root);
  }

  /** The inner nodes from the root towards the key; all of them will change, so their hashes are dropped. */
  #descend(keyHash: Uint8Array): Inner[] {
    const path: Inner[] = [];
    let node = this.#root;
    while (node?.kind === 'inner') {
      node.hash = null;
      path.push(node);
      node = bitAt(keyHash, path.length - 1) === 0 ? node.left : node.right;
    }
    return path;
  }

  #childAt(path: readonly Inner[], keyHash: Uint8Array): Leaf | null {
    const parent = path.at(-1);
    const child =
      parent === undefined ? this.#root : bitAt(keyHash, path.length - 1) === 0 ? parent.left : parent.right;
    invariant(child?.kind !== 'inner', 'a path through the Merkle map ends above an inner node');
    return child ?? null;
  }

  #replaceChild(path: readonly Inner[], keyHash: Uint8Array, node: Node): void {
    const parent = path.at(-1);
    if (parent === undefined) this.#root = node;
    else setChild(parent, bitAt(keyHash, path.length - 1), node);
  }

  /** Recursive, at most 256 deep: one level for each bit of a key hash. */
  #hashOf(node: Node | null): Uint8Array {
    if (node === null) return this.#empty;
    if (node.kind === 'leaf') return node.hash;
    node.hash ??= this.#crypto.sha256(INNER_PREFIX, this.#hashOf(node.left), this.#hashOf(node.right));
    return node.hash;
  }
}

/** Whole bytes in lower-case hex; none is a value too. */
const HEX = /^(?:[0-9a-f]{2})*$/;

/**
 * Digest of a whole state, in any order: what a stranger's snapshot is checked against before a ledger is made of it.
 * Undefined where a key comes twice or is not hex, or a value is missing: then it is no state.
 */
export function stateDigestOf(crypto: Crypto, entries: readonly StateChange[]): Digest | undefined {
  const map = new MerkleMap(crypto);
  const keys = new Set<string>();
  for (const { key, value } of entries) {
    if (value === null || keys.has(key) || !HEX.test(key)) return undefined;
    keys.add(key);
    map.set(fromHex(key), value);
  }
  return toHex(map.root()) as Digest;
}

/** The subtree that holds two leaves whose paths are the same above `depth`. */
function fork(first: Leaf, second: Leaf, depth: number): Inner {
  const top: Inner = { kind: 'inner', left: null, right: null, hash: null };
  let inner = top;
  let level = depth;
  for (; bitAt(first.keyHash, level) === bitAt(second.keyHash, level); level++) {
    invariant(level < KEY_HASH_BITS, 'two different key hashes have the same bits');
    const next: Inner = { kind: 'inner', left: null, right: null, hash: null };
    setChild(inner, bitAt(first.keyHash, level), next);
    inner = next;
  }
  setChild(inner, bitAt(first.keyHash, level), first);
  setChild(inner, bitAt(second.keyHash, level), second);
  return top;
}

function setChild(inner: Inner, bit: number, child: Node | null): void {
  if (bit === 0) inner.left = child;
  else inner.right = child;
}

/** Bit `index` of a hash, the most significant of the first byte being bit 0. */
function bitAt(hash: Uint8Array, index: number): number {
  return ((hash[index >> 3] ?? 0) >> (7 - (index & 7))) & 1;
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
