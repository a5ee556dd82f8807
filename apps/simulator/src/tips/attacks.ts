/**
 * What a hostile device does, as strategies of its own. It sees what honest nodes see, and decides whose parents its
 * transactions take and when they come out:
 *
 *   inflation  all on the same two old transactions: tips without an end, none of them approves any
 *   lazy       on two that were issued 20 h ago and need no approval
 *   chain      on its own last ones
 *   parasite   a chain grown in secret and then many tips on its end, all released at once
 *   splitter   two chains of its own, kept apart and of equal length
 *   greedy     on the newest there are, which everybody greedy takes
 *   flood      as honest devices do, only more than its share
 */
import type { AttackName, TipsOptions } from './options.js';
import { GENESIS, type Recording } from './recording.js';
import type { View } from './view.js';

/** What the device can use. */
export interface AttackSurroundings {
  readonly recording: Recording;
  /** The view that it looks through now. */
  readonly view: View;
  readonly time: number;
  /** As an honest device would, into `into`. */
  readonly selectHonestly: (into: Int32Array) => void;
  /** Issues a transaction now and returns its number. */
  readonly issue: (parents: Int32Array) => number;
}

/** Takes its turn whenever it may issue one transaction; it may save turns up. */
export interface Attack {
  turn(surroundings: AttackSurroundings): void;
}

const LAZY_AGE = 20;
/** Of a parasite's burst; the rest are tips on the end of the chain. */
const CHAIN_SHARE = 0.1;

/** Transactions that a parasite saves for a burst. */
export function burstOf({ lambda, h, parents, burstPools }: TipsOptions): number {
  const pool = (lambda * h * parents) / Math.max(1, parents - 1);
  return Math.max(2, Math.ceil(burstPools * pool));
}

export function createAttack(name: AttackName, options: TipsOptions): Attack {
  const parents = new Int32Array(options.parents);
  switch (name) {
    case 'inflation':
      return onParents(parents, () => parents.forEach((_, index) => (parents[index] = index % 2)));
    case 'lazy':
      return lazy(parents, LAZY_AGE * options.h);
    case 'chain':
      return chains(parents, 1);
    case 'splitter':
      return chains(parents, 2);
    case 'greedy':
      return onParents(parents, ({ view }) => fillDownFrom(parents, view.newest));
    case 'flood':
      return onParents(parents, ({ selectHonestly }) => selectHonestly(parents));
    case 'parasite':
      return parasite(parents, burstOf(options));
  }
}

/** One transaction a turn, on what `choose` writes. */
function onParents(parents: Int32Array, choose: (surroundings: AttackSurroundings) => void): Attack {
  return {
    turn(surroundings) {
      choose(surroundings);
      surroundings.issue(parents);
    },
  };
}

function lazy(parents: Int32Array, age: number): Attack {
  let old = GENESIS;
  return onParents(parents, ({ recording, time }) => {
    while (old + 1 < recording.count && recording.issuedAt(old + 1) <= time - age) old += 1;
    fillDownFrom(parents, old);
  });
}

/** Chains of its own, extended in turn. */
function chains(parents: Int32Array, count: number): Attack {
  const heads = Array.from({ length: count }, () => [GENESIS]);
  let turn = 0;
  return {
    turn({ issue }) {
      const own = heads[turn % count] ?? [];
      parents.forEach((_, index) => (parents[index] = own[Math.min(index, own.length - 1)] ?? GENESIS));
      own.unshift(issue(parents));
      if (own.length > parents.length) own.pop();
      turn += 1;
    },
  };
}

function parasite(parents: Int32Array, burst: number): Attack {
  let saved = 0;
  return {
    turn({ view, issue }) {
      saved += 1;
      if (saved < burst) return;
      saved = 0;
      fillDownFrom(parents, view.newest);
      const chainLength = Math.ceil(burst * CHAIN_SHARE);
      for (let number = 0; number < burst; number += 1) {
        const last = issue(parents);
        if (number >= chainLength) continue;
        parents.copyWithin(1, 0);
        parents[0] = last;
      }
    },
  };
}

/** The transactions up to this one, the newest first. */
function fillDownFrom(parents: Int32Array, newest: number): void {
  for (let index = 0; index < parents.length; index += 1) parents[index] = Math.max(GENESIS, newest - index);
}
