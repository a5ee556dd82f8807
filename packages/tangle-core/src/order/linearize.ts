/**
 * From a committed leader to a piece of the total order (PROTOCOL 5): every transaction of its cone that is not final
 * yet, once, parents before children, and where parents leave a choice by a hash that no issuer can grind.
 */
import type { Crypto } from '../crypto/crypto.js';
import { taggedHashHex } from '../crypto/hash.js';
import { fromHex } from '../codec/hex.js';
import type { StatementVertex, TransactionVertex } from '../tangle/vertex.js';
import type { Tangle } from '../tangle/tangle.js';

export interface OrderedCone {
  /** Transactions the commit makes final, in the total order. */
  readonly transactions: readonly TransactionVertex[];
  /** Statements whose cones are final with it, the leader's included, ascending (round, author, id). */
  readonly statements: readonly StatementVertex[];
}

/** Reads the tangle, changes nothing. */
export function linearize(tangle: Tangle, leader: StatementVertex, crypto: Crypto): OrderedCone {
  const transactions: TransactionVertex[] = [];
  const statements: StatementVertex[] = [];
  for (const vertex of tangle.openCone([leader])) {
    if (vertex.kind === 'transaction') transactions.push(vertex);
    else statements.push(vertex);
  }
  // Arrival is a topological order here, so each parent's level is known before its children ask for it. The levels
  // themselves do not depend on it.
  transactions.sort((left, right) => left.arrival - right.arrival);
  const levels = new Map<TransactionVertex, number>();
  for (const transaction of transactions) {
    let level = 0;
    for (const parent of transaction.parents) level = Math.max(level, (levels.get(parent) ?? -1) + 1);
    levels.set(transaction, level);
  }
  const leaderId = fromHex(leader.id);
  const keyed = transactions.map((vertex) => ({
    vertex,
    level: levels.get(vertex) ?? 0,
    key: taggedHashHex(crypto, 'order', leaderId, fromHex(vertex.id)),
  }));
  keyed.sort((left, right) => left.level - right.level || compare(left.key, right.key));
  statements.sort(
    (left, right) => left.round - right.round || left.author - right.author || compare(left.id, right.id),
  );
  return { transactions: keyed.map(({ vertex }) => vertex), statements };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
