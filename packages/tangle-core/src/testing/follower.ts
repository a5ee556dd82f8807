/** The real tangle, committer and finaliser without an engine: accepts vertices, remembers every verdict and commit. */
import { Committer, type DecidedSlot } from '../confirmation/committer.js';
import type { RuleView } from '../confirmation/rule.js';
import { Finaliser } from '../engine/finaliser.js';
import type { Commit } from '../model/commit.js';
import { Tangle } from '../tangle/tangle.js';
import type { StatementVertex } from '../tangle/vertex.js';
import type { DrawnVertex } from './dag.js';
import { genesisLine, vertexLine } from './export-lines.js';
import type { TestNetwork } from './fixtures.js';
import { MemoryStore } from './memory-store.js';
import { type ReferenceLine, ReferenceReader } from './reference-rule.js';

export class Follower {
  readonly tangle: Tangle;
  readonly committer: Committer;
  readonly finaliser: Finaliser;
  readonly store = new MemoryStore();
  readonly commits: Commit[] = [];
  /** The decided prefix: slots[0] is slot 1. */
  readonly slots: DecidedSlot[] = [];
  readonly lines: ReferenceLine[] = [];
  /** Has read the lines; evaluates them from scratch whenever it is asked to. */
  readonly reference = new ReferenceReader();
  readonly network: TestNetwork;
  halted: string | null = null;
  /** Called for each accepted statement, before anything is decided. */
  onStatement: (statement: StatementVertex) => void = () => undefined;
  #decides = true;

  /** @param viewOf what the committer sees of the tangle; tests of the tests make it see something wrong. */
  constructor(network: TestNetwork, viewOf: (tangle: Tangle) => RuleView = (tangle) => tangle) {
    this.network = network;
    const { genesis, crypto } = network;
    const { committee, transactionId: genesisTransaction } = genesis;
    this.tangle = new Tangle({ genesisTransaction, committee, epoch: 0, history: this.store });
    this.committer = new Committer(viewOf(this.tangle), 1);
    this.finaliser = new Finaliser(genesis, crypto, null, []);
    this.#export(genesisLine(genesis));
  }

  /** Accepts one vertex, which must be valid and solid, and decides. */
  accept(vertex: DrawnVertex): void {
    const result =
      vertex.kind === 'transaction' ? this.tangle.acceptTransaction(vertex) : this.tangle.acceptStatement(vertex);
    if (!result.ok) throw new Error(`${vertex.kind} ${vertex.id} was not accepted: ${JSON.stringify(result.reason)}`);
    this.store.apply([
      vertex.kind === 'transaction'
        ? { kind: 'transaction', transaction: vertex }
        : { kind: 'statement', statement: vertex },
    ]);
    this.#export(vertexLine(vertex, this.network.genesis));
    if (result.value.kind !== 'statement') return;
    this.committer.observe(result.value);
    this.onStatement(result.value);
    this.tangle.approveCone(result.value, () => undefined);
    if (this.#decides) this.decide();
  }

  /** Accepts everything before it decides anything, as in one burst. */
  acceptAtOnce(vertices: Iterable<DrawnVertex>): this {
    this.#decides = false;
    this.acceptAll(vertices);
    this.#decides = true;
    this.decide();
    return this;
  }

  decide(): void {
    const { halted } = this.committer.decide((slot) => this.#onDecided(slot));
    this.halted ??= halted;
  }

  acceptAll(vertices: Iterable<DrawnVertex>): this {
    for (const vertex of vertices) this.accept(vertex);
    return this;
  }

  /** The slot's verdict in words: `A1 direct`, `skip indirect`, or `undecided`. */
  verdict(round: number, nameOf: (id: string) => string): string {
    const decision = this.slots[round - 1]?.decision;
    if (decision === undefined) return 'undecided';
    return `${decision.kind === 'commit' ? nameOf(decision.leader.id) : 'skip'} ${decision.how}`;
  }

  #export(line: ReferenceLine): void {
    this.lines.push(line);
    this.reference.read(line);
  }

  #onDecided(slot: DecidedSlot): void {
    this.slots.push(slot);
    if (slot.decision.kind === 'skip') return;
    const finalised = this.finaliser.finalise(this.tangle, slot.decision.leader);
    this.commits.push(finalised.commit);
    this.store.apply([{ kind: 'commit', ...finalised }]);
    this.tangle.forgetPersisted();
  }
}
