/**
 * Follows each transaction from its device to every node: when it passed which stage. Owns times and nothing else; the
 * replicas are watched from outside. Also holds that all nodes commit the same.
 */
import { invariant, present } from '@tangle/core/assert';
import type { Digest, StatementId, TransactionId, ValidatorIndex } from '@tangle/core/ids';
import type { Commit, Statement } from '@tangle/core/model';
import type { VirtualUs } from '../event-queue.js';

/** One transaction under way. Times are virtual microseconds, null while it has not come so far. */
export interface Journey {
  readonly id: TransactionId;
  readonly parents: readonly TransactionId[];
  readonly isMeasured: boolean;
  /** Its device has closed and signed it. */
  readonly createdUs: VirtualUs;
  gateway: ValidatorIndex;
  /** At the node that took it, its gateway. */
  arrivedUs: VirtualUs | null;
  /** Durable there. */
  admittedUs: VirtualUs | null;
  /** The first statement that covers it is durable at its author, and on its way. */
  coveredUs: VirtualUs | null;
  coveredRound: number;
}

/** A transaction that is final at every node that counts. */
export interface Arrival {
  readonly journey: Journey;
  /** The leader whose commit holds it signed then. */
  readonly ledUs: VirtualUs;
  readonly ledRound: number;
  readonly finalUs: VirtualUs;
  /** At the last node. */
  readonly everywhereUs: VirtualUs;
}

interface CommitUnderWay {
  readonly digest: Digest;
  readonly round: number;
  readonly ledUs: VirtualUs;
  readonly journeys: readonly Journey[];
  /** By node; NaN where it has not got so far. */
  readonly timesUs: Float64Array;
  missing: number;
}

export class Journeys {
  readonly #nodes: number;
  /** Nodes that a transaction has to become final at. */
  readonly #expected: number;
  readonly #onArrival: (arrival: Arrival) => void;
  readonly #open = new Map<TransactionId, Journey>();
  /** Of those, the ones that no statement covers. */
  readonly #uncovered = new Map<TransactionId, Journey>();
  readonly #signedUs = new Map<StatementId, VirtualUs>();
  readonly #commits = new Map<number, CommitUnderWay>();
  readonly #heads: Int32Array;
  #digest: Digest | null = null;
  #openMeasured = 0;
  #commitCount = 0;
  #rejected = 0;

  /** @param expected how many nodes report commits */
  constructor(nodes: number, expected: number, onArrival: (arrival: Arrival) => void) {
    this.#nodes = nodes;
    this.#expected = expected;
    this.#onArrival = onArrival;
    this.#heads = new Int32Array(nodes);
  }

  /** Transactions that are not final everywhere. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Of those, the ones that count. */
  get openMeasured(): number {
    return this.#openMeasured;
  }

  get commitCount(): number {
    return this.#commitCount;
  }

  /** Final transactions that the ledger rejected. */
  get rejected(): number {
    return this.#rejected;
  }

  /** D_k of the last commit that any node has made. */
  get digest(): Digest | null {
    return this.#digest;
  }

  /** Index of the last commit that this node has told of. */
  headOf(node: ValidatorIndex): number {
    return this.#heads[node] as number;
  }

  begin(journey: Journey): void {
    this.#open.set(journey.id, journey);
    this.#uncovered.set(journey.id, journey);
    if (journey.isMeasured) this.#openMeasured++;
  }

  /** A statement is durable at a node: the first time that is its author, unless the author lies. */
  statement({ id, tips, round }: Statement, nowUs: VirtualUs): void {
    if (this.#signedUs.has(id)) return;
    this.#signedUs.set(id, nowUs);
    // What is covered stands on what is covered, so a walk ends there.
    const stack = [...tips];
    for (let tip = stack.pop(); tip !== undefined; tip = stack.pop()) {
      const journey = this.#uncovered.get(tip);
      if (journey === undefined) continue;
      this.#uncovered.delete(tip);
      journey.coveredUs = nowUs;
      journey.coveredRound = round;
      for (const parent of journey.parents) stack.push(parent);
    }
  }

  /** A node has made this commit durable. */
  committed(node: ValidatorIndex, commit: Commit, nowUs: VirtualUs): void {
    const { index, digest } = commit;
    invariant(index === this.headOf(node) + 1, () => `node ${node} commits ${index} after ${this.headOf(node)}`);
    this.#heads[node] = index;
    const known = this.#commits.get(index) ?? this.#firstSeen(commit, nowUs);
    invariant(known.digest === digest, () => `node ${node} has another commit ${index} than others`);
    known.timesUs[node] = nowUs;
    known.missing--;
    if (known.missing > 0) return;
    this.#commits.delete(index);
    for (const journey of known.journeys) this.#arrive(journey, known, nowUs);
  }

  #firstSeen({ index, digest, round, leader, entries }: Commit, nowUs: VirtualUs): CommitUnderWay {
    const journeys: Journey[] = [];
    for (const { id, outcome } of entries) {
      const journey = this.#open.get(id);
      if (journey !== undefined) journeys.push(journey);
      if (outcome.status === 'rejected') this.#rejected++;
    }
    const made: CommitUnderWay = {
      digest,
      round,
      ledUs: this.#signedUs.get(leader) ?? nowUs,
      journeys,
      timesUs: new Float64Array(this.#nodes).fill(Number.NaN),
      missing: this.#expected,
    };
    this.#commits.set(index, made);
    this.#commitCount = index;
    this.#digest = digest;
    return made;
  }

  #arrive(journey: Journey, { ledUs, round, timesUs }: CommitUnderWay, nowUs: VirtualUs): void {
    this.#open.delete(journey.id);
    this.#uncovered.delete(journey.id);
    if (journey.isMeasured) this.#openMeasured--;
    const finalUs = present(timesUs[journey.gateway], 'a time for each node');
    this.#onArrival({ journey, ledUs, ledRound: round, finalUs, everywhereUs: nowUs });
  }
}
