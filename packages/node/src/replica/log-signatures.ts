/**
 * Log signatures at a node that has no log key (PROTOCOL 11): a checkpoint carries one of any validator, so an observer
 * serves the newest head that a quorum certified and a validator has signed as the log. What they sign and what is certified
 * here arrives in any order, and not always of the same sizes: the newest few of both wait for each other.
 */
import type { Crypto } from '@tangle/core/crypto';
import {
  networkKeys,
  verifyLogSignature,
  type CertifiedHead,
  type LogSignature,
  type NetworkKeys,
  type TreeHead,
} from '@tangle/core/log';
import type { Genesis } from '@tangle/core/model';
import { fail, ok, type Result } from '@tangle/core/result';

/** Heads, and signatures of one validator, that wait for the other: under load they follow each other within seconds. */
export const SIGNED_HEADS_HELD_MAX = 64;

/** A certified head with a log signature. */
export interface SignedHead {
  readonly head: CertifiedHead;
  readonly signature: LogSignature;
}

export class LogSignatures {
  readonly #crypto: Crypto;
  readonly #keys: NetworkKeys;
  /** By size and root; the oldest first. */
  readonly #heads = new Map<string, CertifiedHead>();
  readonly #signatures: readonly Map<string, LogSignature>[];
  #newest: SignedHead | null = null;

  /** @param published of an earlier run: signed again by the first validator that is reached. */
  constructor(genesis: Genesis, crypto: Crypto, published: CertifiedHead | null) {
    this.#crypto = crypto;
    this.#keys = networkKeys(genesis, crypto);
    this.#signatures = genesis.committee.validators.map(() => new Map<string, LogSignature>());
    if (published !== null) hold(this.#heads, published, published);
  }

  get newest(): SignedHead | null {
    return this.#newest;
  }

  /** A certified head that the own log has. The answer is what may be served from now on, null for nothing new. */
  publish(head: CertifiedHead): SignedHead | null {
    hold(this.#heads, head, head);
    const label = labelOf(head);
    for (const held of this.#signatures) {
      const signature = held.get(label);
      if (signature !== undefined) return this.#advance(head, signature);
    }
    return null;
  }

  /** The same for a signature; refuses what no honest peer sends. */
  take(signature: LogSignature): Result<SignedHead | null, string> {
    const held = this.#signatures[signature.validator];
    if (held === undefined) return fail(`a log signature of validator ${signature.validator}`);
    if (signature.size <= (this.#newest?.head.size ?? 0)) return ok(null);
    if (!verifyLogSignature(signature, this.#keys, this.#crypto)) {
      return fail(`a log signature for size ${signature.size} that does not verify`);
    }
    hold(held, signature, signature);
    const head = this.#heads.get(labelOf(signature));
    return ok(head === undefined ? null : this.#advance(head, signature));
  }

  #advance(head: CertifiedHead, signature: LogSignature): SignedHead | null {
    if (head.size <= (this.#newest?.head.size ?? 0)) return null;
    this.#newest = { head, signature };
    return this.#newest;
  }
}

function labelOf({ size, root }: TreeHead): string {
  return `${size}/${root}`;
}

function hold<Item>(items: Map<string, Item>, head: TreeHead, item: Item): void {
  items.delete(labelOf(head));
  items.set(labelOf(head), item);
  const [oldest] = items.keys();
  if (items.size > SIGNED_HEADS_HELD_MAX && oldest !== undefined) items.delete(oldest);
}
