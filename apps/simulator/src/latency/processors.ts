/**
 * CPU time of the nodes: a node does one thing after the other, and all nodes together no more at once than there are cores.
 * Owns when work is done; what work is and how long it takes is the cluster's. Work of no length waits for what is under
 * way, and takes no virtual time where nothing is.
 */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { EventQueue } from '../event-queue.js';

export class Processors {
  readonly #queue: EventQueue;
  /** When each node has done all that it was given. */
  readonly #nodeFreeUs: Float64Array;
  /** When each core that nodes share is free; none where every node has its own. */
  readonly #coreFreeUs: Float64Array;

  /** @param cores that all nodes share; 0 gives each node one of its own. */
  constructor(nodes: number, cores: number, queue: EventQueue) {
    this.#queue = queue;
    this.#nodeFreeUs = new Float64Array(nodes);
    this.#coreFreeUs = new Float64Array(cores);
  }

  /** Runs `action` when the node has worked on it for so long, after all that it was given before. */
  work(node: ValidatorIndex, us: number, action: () => void): void {
    const { nowUs } = this.#queue;
    const core = this.#coreFreeUs.indexOf(Math.min(...this.#coreFreeUs));
    const coreFreeUs = us === 0 ? 0 : (this.#coreFreeUs[core] ?? 0);
    const doneUs = Math.ceil(Math.max(nowUs, this.#nodeFreeUs[node] as number, coreFreeUs) + us);
    this.#nodeFreeUs[node] = doneUs;
    if (us > 0 && core >= 0) this.#coreFreeUs[core] = doneUs;
    if (doneUs === nowUs) action();
    else this.#queue.at(doneUs, action);
  }
}
