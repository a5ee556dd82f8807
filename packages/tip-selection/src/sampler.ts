/**
 * The one interface of all strategies, over dense integers: what a simulator drives by the million, and what a selector
 * puts behind the ids of a node. A strategy holds no protocol state (PROTOCOL 6).
 */
import type { Round } from '@tangle/core/ids';
import type { RandomUint32 } from './random.js';

/**
 * Where a transaction went: `eligible` to be drawn; `waiting` for a slot of its device; `sweep-only` because it is lazy,
 * so only statements will approve it; `backpressure`: sweep-only too, because its device has too many waiting already,
 * and admission should make that device wait.
 */
export type Placement = 'eligible' | 'waiting' | 'sweep-only' | 'backpressure';

/**
 * A strategy at work on one view of the tangle. Transactions and devices are integers from 0 that the caller hands out,
 * densely: memory follows the largest. One may be used again after `forget`.
 */
export interface TipSampler {
  /** Transactions that may be drawn now. */
  readonly tipCount: number;
  /** Tips that wait for a slot of their device. */
  readonly waitingCount: number;
  /** The highest round heard of, from 0; lower ones than before are ignored. */
  advance(round: Round): void;
  /**
   * An accepted transaction, parents first: its parents are no tips any more, itself is one.
   *
   * @param parents `NONE` stands for one that is not known (any more), the genesis too; equal ones are allowed
   * @param time when it was issued, in any unit that `draw` shares; only strategies that look at ages care
   */
  attach(transaction: number, device: number, parents: Int32Array, time: number): Placement;
  /** Covered by an accepted statement, or final: no tip any more. Harmless to repeat. */
  cover(transaction: number): void;
  /** Drops all knowledge of a transaction; the one attached longest ago first. */
  forget(transaction: number): void;
  /**
   * Fills `into` from its start with tips and returns how many there are; the caller fills up. Handing a tip out does not
   * remove it, attaching does.
   *
   * @param device that asks, or `NONE`
   */
  draw(into: Int32Array, device: number, time: number, random: RandomUint32): number;
  /** True while a further transaction of this device could only be placed with `backpressure`. */
  isSaturated(device: number): boolean;
}
