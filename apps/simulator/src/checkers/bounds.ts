/** PROTOCOL 12.14: what a node keeps stays within its declared limits. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Replica, ReplicaLimits } from '@tangle/node/replica';
import type { Report } from './report.js';

type Gauges = Replica['engine']['gauges'];
type Limits = Pick<
  ReplicaLimits,
  'pendingVerticesMax' | 'pendingBytesMax' | 'wantedIdsMax' | 'delayFloorMs' | 'delayCapMs'
>;

export class BoundsChecker {
  readonly #report: Report;
  readonly #nodes: number;

  /** @param nodes of the committee: each of them has a share of one wanted id at least, and so have submissions. */
  constructor(nodes: number, report: Report) {
    this.#nodes = nodes;
    this.#report = report;
  }

  looked(node: ValidatorIndex, gauges: Gauges, limits: Limits): void {
    const wantedIdsMax = Math.max(limits.wantedIdsMax, this.#nodes + 1);
    this.#within(node, 'pending vertices', gauges.pendingVertices, 0, limits.pendingVerticesMax);
    this.#within(node, 'pending bytes', gauges.pendingBytes, 0, limits.pendingBytesMax);
    this.#within(node, 'wanted ids', gauges.wantedIds, 0, wantedIdsMax);
    this.#within(node, 'ms of delay', gauges.roundDelayMs, limits.delayFloorMs, limits.delayCapMs);
  }

  #within(node: ValidatorIndex, what: string, value: number, least: number, most: number): void {
    if (value < least || value > most) {
      this.#report(`node ${node} has ${value} ${what}, allowed are ${least} to ${most}`);
    }
  }
}
