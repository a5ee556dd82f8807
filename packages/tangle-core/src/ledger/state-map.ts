/**
 * The state as a map of byte keys (hex) to byte values, with two bookmarks: what the store has not been given yet, and
 * what the digest does not cover yet. The Merkle map is brought up to date only when a digest is asked for.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { Digest } from '../ids.js';
import type { StateChange } from '../model/commit.js';
import { fromHex, toHex } from '../codec/hex.js';
import { MerkleMap } from './state-digest.js';

export class StateMap {
  readonly #entries = new Map<string, Uint8Array>();
  /** Both sets are bounded by the keys of the state and of one drain. */
  readonly #undrained = new Set<string>();
  readonly #unhashed = new Set<string>();
  readonly #merkle: MerkleMap;

  constructor(crypto: Crypto) {
    this.#merkle = new MerkleMap(crypto);
  }

  /** The value. Whoever writes to it hands it to `set` at once. */
  get(key: string): Uint8Array | undefined {
    return this.#entries.get(key);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Takes over `value`. */
  set(key: string, value: Uint8Array): void {
    this.#entries.set(key, value);
    this.#undrained.add(key);
    this.#unhashed.add(key);
  }

  delete(key: string): void {
    this.#entries.delete(key);
    this.#undrained.add(key);
    this.#unhashed.add(key);
  }

  /** An entry that the store already has. */
  restore(key: string, value: Uint8Array): void {
    this.#entries.set(key, value);
    this.#unhashed.add(key);
  }

  digest(): Digest {
    for (const key of this.#unhashed) {
      const value = this.#entries.get(key);
      if (value === undefined) this.#merkle.delete(fromHex(key));
      else this.#merkle.set(fromHex(key), value);
    }
    this.#unhashed.clear();
    return toHex(this.#merkle.root()) as Digest;
  }

  /** Changes since the last drain, ascending keys. */
  drainChanges(): StateChange[] {
    const changes = ascending(this.#undrained).map((key) => this.#changeOf(key));
    this.#undrained.clear();
    return changes;
  }

  entries(): StateChange[] {
    return ascending(this.#entries.keys()).map((key) => this.#changeOf(key));
  }

  #changeOf(key: string): StateChange {
    const value = this.#entries.get(key);
    // A copy: the ledger goes on writing to its own.
    return { key, value: value === undefined ? null : new Uint8Array(value) };
  }
}

/** Code-unit order, which for lower-case hex is the order of the bytes. */
function ascending(keys: Iterable<string>): string[] {
  return [...keys].sort();
}
