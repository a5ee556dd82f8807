/**
 * The engine: the single door for everything that changes the tangle, the order and the ledger. (state, event) ->
 * effects, with no clock, no I/O and no randomness of its own. effects.ts says what the driver owes it.
 */
import { invariant } from '../assert.js';
import { Committer, type DecidedSlot } from '../confirmation/committer.js';
import type { Crypto, Signer } from '../crypto/crypto.js';
import type { StatementId, ValidatorIndex } from '../ids.js';
import { MARK, reached } from '../marks/reached.js';
import type { CommitHead } from '../model/commit.js';
import type { Genesis } from '../model/genesis.js';
import { signStatement } from '../model/sign.js';
import type { Ledger } from '../ledger/ledger.js';
import { WANTS_DEFAULTS } from '../sync/wants.js';
import type { History } from '../tangle/history.js';
import { Tangle } from '../tangle/tangle.js';
import type { StatementVertex, TransactionVertex, Vertex } from '../tangle/vertex.js';
import { Doubt } from '../validator/doubt.js';
import { Pacemaker, PACEMAKER_DEFAULTS, type PacemakerLimits } from '../validator/pacemaker.js';
import { propose } from '../validator/proposer.js';
import { noEffects, type Effects, type Guard } from './effects.js';
import type { CheckedVertex, EngineEvent, Now } from './events.js';
import { Finaliser } from './finaliser.js';
import { Intake, type IntakeLimits } from './intake.js';
import type { Recovered } from './recovered.js';

export interface EngineLimits extends IntakeLimits, PacemakerLimits {
  /** A leader whose commit would lag this far behind its clock cites no transactions (PROTOCOL 4), milliseconds. */
  readonly commitLagMsMax: number;
  /** Time between two recalls while the own past is in doubt, milliseconds. */
  readonly recallMs: number;
}

export const ENGINE_DEFAULTS: EngineLimits = {
  ...PACEMAKER_DEFAULTS,
  ...WANTS_DEFAULTS,
  pendingVerticesMax: 16_384,
  pendingBytesMax: 64 * 1024 * 1024,
  commitLagMsMax: 1_000,
  recallMs: 1_000,
};

/** The key and place of a validator; a node without one follows and serves, and signs nothing. */
export interface ValidatorIdentity {
  readonly index: ValidatorIndex;
  readonly signer: Signer;
}

export interface EngineOptions {
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  readonly history: History;
  readonly validator: ValidatorIdentity | null;
  readonly recovered: Recovered;
  readonly limits: EngineLimits;
}

export class Engine {
  readonly #genesis: Genesis;
  readonly #crypto: Crypto;
  readonly #limits: EngineLimits;
  readonly #validator: ValidatorIdentity | null;
  readonly #tangle: Tangle;
  readonly #intake: Intake;
  readonly #committer: Committer;
  readonly #pacemaker: Pacemaker;
  readonly #finaliser: Finaliser;
  /** Open transactions outside the own cone, in order of acceptance: what the next statement may cite. */
  readonly #uncovered = new Map<string, TransactionVertex>();
  readonly #newest = new Map<ValidatorIndex, { readonly id: StatementId; readonly round: number }>();
  #lastOwn: { readonly id: StatementId; readonly round: number } | null = null;
  #guard: Guard;
  #doubt: Doubt | null;
  #recallAtMs = Number.NEGATIVE_INFINITY;
  #paceAtMs: number | null = null;
  #halted: string | null = null;

  constructor(options: EngineOptions) {
    const { genesis, crypto, recovered, validator, limits } = options;
    this.#genesis = genesis;
    this.#crypto = crypto;
    this.#limits = limits;
    this.#validator = validator;
    const { committee } = genesis;
    const { head, guard } = recovered;
    this.#tangle = new Tangle({
      genesisTransaction: genesis.transactionId,
      committee,
      epoch: head?.epoch ?? 0,
      history: options.history,
    });
    this.#finaliser = new Finaliser(genesis, crypto, head, recovered.state);
    this.#intake = new Intake(this.#tangle, limits);
    this.#committer = new Committer(this.#tangle, (head?.round ?? 0) + 1);
    this.#pacemaker = new Pacemaker(this.#tangle, this.#committer, limits, guard?.round ?? 0);
    this.#guard = guard ?? { epoch: this.#tangle.epoch, round: 0, id: null, inDoubt: false };
    if (guard !== null && guard.id !== null) this.#lastOwn = { id: guard.id, round: guard.round };
    this.#doubt = validator !== null && recovered.doubtful ? new Doubt(committee, validator.index) : null;
    if (this.#doubt !== null) reached(MARK.doubtRestarted);
    this.#replay(recovered);
    // What was pending at the stop needs a first look, even where no event ever comes: alone, or with silent peers.
    if (validator !== null && this.hasNeed) this.#paceAtMs = Number.NEGATIVE_INFINITY;
  }

  /** The tangle, to be read only. */
  get tangle(): Pick<
    Tangle,
    | 'transaction'
    | 'statement'
    | 'has'
    | 'openCount'
    | 'openStatementCount'
    | 'highestRound'
    | 'openTransactions'
    | 'statementsAt'
    | 'hasTransaction'
  > {
    return this.#tangle;
  }

  /** The ledger, to be read only. */
  get ledger(): Pick<Ledger, 'device' | 'devices' | 'rateOf' | 'stateDigest'> {
    return this.#finaliser.ledger;
  }

  get head(): CommitHead {
    return this.#finaliser.head;
  }

  /** Own statement of the highest round, to be sent again on reconnect. */
  get lastOwn(): StatementId | null {
    return this.#lastOwn?.id ?? null;
  }

  /** The newest accepted statement of each author that has one: this node's frontier. */
  get frontier(): readonly StatementId[] {
    return [...this.#newest.values()].map(({ id }) => id);
  }

  get inDoubt(): boolean {
    return this.#doubt !== null;
  }

  /**
   * False while it cannot say which statement of its own is the newest: in doubt, or after that until it has signed again.
   * Who vouches for others' past then would count as one that knows its own (PROTOCOL 9).
   */
  get knowsOwnPast(): boolean {
    return this.#doubt === null && (this.#guard.id !== null || this.#guard.round === 0);
  }

  get halted(): string | null {
    return this.#halted;
  }

  /** Counts for metrics and bounds checks. */
  get gauges(): Readonly<
    Record<
      | 'openTransactions'
      | 'openStatements'
      | 'pendingVertices'
      | 'pendingBytes'
      | 'wantedIds'
      | 'roundDelayMs'
      | 'ownRound'
      | 'openRound',
      number
    >
  > {
    return {
      openTransactions: this.#tangle.openCount,
      openStatements: this.#tangle.openStatementCount,
      pendingVertices: this.#intake.pending.size,
      pendingBytes: this.#intake.pending.bytes,
      wantedIds: this.#intake.wants.size,
      roundDelayMs: this.#pacemaker.delayMs,
      ownRound: this.#pacemaker.own,
      openRound: this.#pacemaker.openRound,
    };
  }

  /** Some accepted transaction is not final yet (PROTOCOL 4). Empty statements never create need. */
  get hasNeed(): boolean {
    return this.#tangle.openCount > 0;
  }

  /** Monotonic time at which a `tick` is wanted, or null: an idle engine arms no timer. */
  get wakeAtMs(): number | null {
    if (this.#halted !== null) return null;
    return earlier(
      earlier(this.#paceAtMs, this.#intake.wants.nextAtMs()),
      this.#doubt === null ? null : this.#recallAtMs,
    );
  }

  /** Applies one event and adds to the effects of its turn. */
  step(event: EngineEvent, effects: Effects = noEffects()): Effects {
    if (event.kind === 'persisted') {
      this.#tangle.forgetPersisted();
      return effects;
    }
    if (this.#halted !== null) return effects;
    this.#take(event, effects);
    this.#decide(effects);
    this.#settleDoubt(event.now, effects);
    this.#pace(event.now, effects);
    for (const request of this.#intake.due(event.now.monotonicMs)) effects.requests.push(request);
    return effects;
  }

  #take(event: Exclude<EngineEvent, { kind: 'persisted' }>, effects: Effects): void {
    const accepted = (vertex: Vertex): void => this.#onAccepted(vertex, effects);
    switch (event.kind) {
      case 'received': {
        const wasIdle = !this.hasNeed;
        for (const vertex of event.vertices) {
          this.#doubtForeign(vertex, effects);
          this.#intake.offer(vertex, event.from, effects, accepted);
        }
        if (wasIdle && this.hasNeed && event.from !== null) reached(MARK.wokenByPeer);
        return;
      }
      case 'recalled':
        for (const statement of [event.own, event.yours]) {
          if (statement === null) continue;
          this.#doubtForeign(statement, effects);
          this.#intake.cite(statement.id, event.from);
          this.#intake.offer(statement, event.from, effects, accepted);
        }
        reached(MARK.recallHeard);
        this.#doubt?.answer(event.from, { own: event.own, yours: event.yours });
        return;
      case 'cited':
        for (const id of event.ids) this.#intake.cite(id, event.from);
        return;
      case 'not-held':
        for (const id of event.ids) this.#intake.notHeld(id, event.from, event.now.monotonicMs, effects);
        return;
      case 'peer-up':
        this.#intake.wants.peerUp(event.peer);
        return;
      case 'peer-down':
        this.#intake.wants.peerDown(event.peer);
        return;
      case 'tick':
        return;
    }
  }

  #onAccepted(vertex: Vertex, effects: Effects): void {
    if (vertex.kind === 'transaction') {
      this.#uncovered.set(vertex.id, vertex);
      effects.persist.push({ kind: 'transaction', transaction: vertex.transaction });
      effects.acceptedTransactions.push(vertex.transaction);
      return;
    }
    effects.persist.push({ kind: 'statement', statement: vertex.statement });
    effects.acceptedStatements.push(vertex.statement);
    this.#noteEquivocation(vertex, effects);
    this.#connect(vertex, effects);
  }

  /**
   * An own statement that this store lacks: another process signs with our key, or our disk has lost its past. At once,
   * not when its ancestors have come: what we signed in between might be a second version. Durable at once too, with its
   * round given up: a restart must not wash the doubt off.
   */
  #doubtForeign(vertex: CheckedVertex, effects: Effects): void {
    if (vertex.kind !== 'statement' || vertex.author !== this.#validator?.index) return;
    if (this.#intake.isKnown(vertex.id)) return;
    reached(MARK.doubtRaised);
    this.#doubt ??= new Doubt(this.#genesis.committee, vertex.author);
    this.#pacemaker.giveUpThrough(vertex.round);
    const { epoch, round, id } = this.#guard;
    const isNewer = vertex.round > round;
    if (this.#guard.inDoubt && !isNewer) return;
    this.#setGuard({ epoch, round: Math.max(round, vertex.round), id: isNewer ? null : id, inDoubt: true }, effects);
  }

  /** Counts an accepted statement: votes, open rounds, approval weights. */
  #connect(vertex: StatementVertex, effects: Effects): void {
    this.#committer.observe(vertex);
    this.#pacemaker.observe(vertex);
    const own = vertex.author === this.#validator?.index;
    const { faultWeight } = this.#genesis.committee;
    const weight = this.#genesis.committee.weightOf(vertex.author);
    this.#tangle.approveCone(vertex, (transaction) => {
      if (own) this.#uncovered.delete(transaction.id);
      const { approvalWeight } = transaction;
      if (approvalWeight > faultWeight && approvalWeight - weight <= faultWeight) {
        effects.witnessed.push(transaction.id);
      }
    });
    if (vertex.round > (this.#newest.get(vertex.author)?.round ?? 0)) {
      this.#newest.set(vertex.author, { id: vertex.id, round: vertex.round });
    }
    if (own && vertex.round > (this.#lastOwn?.round ?? 0)) this.#lastOwn = { id: vertex.id, round: vertex.round };
  }

  #noteEquivocation(vertex: StatementVertex, effects: Effects): void {
    const { author, round } = vertex;
    const other = this.#tangle.statementsAt(round).find((rival) => rival.author === author && rival !== vertex);
    if (other === undefined) return;
    reached(MARK.equivocationSeen);
    effects.equivocations.push({ author, epoch: this.#tangle.epoch, round, ids: [other.id, vertex.id] });
  }

  #decide(effects: Effects): void {
    const { halted } = this.#committer.decide((slot) => this.#onDecided(slot, effects));
    if (halted !== null) {
      this.#halted = halted;
      effects.halt = halted;
    }
  }

  #onDecided({ decision }: DecidedSlot, effects: Effects): void {
    if (decision.kind === 'skip') return;
    const finalised = this.#finaliser.finalise(this.#tangle, decision.leader);
    for (const { id } of finalised.finalTransactions) this.#uncovered.delete(id);
    effects.persist.push({ kind: 'commit', ...finalised });
    effects.commits.push(finalised.commit);
    this.#pacemaker.onCommit();
  }

  /** PROTOCOL 4, tick(): signs as many rounds as are due, each decided upon before the next. */
  #pace(now: Now, effects: Effects): void {
    this.#paceAtMs = null;
    while (this.#validator !== null && this.#doubt === null && this.#halted === null) {
      if (!this.hasNeed) {
        this.#pacemaker.rest();
        return;
      }
      const step = this.#pacemaker.next(now.monotonicMs);
      if (step.kind === 'idle') return;
      if (step.kind === 'wait') {
        this.#paceAtMs = step.untilMs;
        return;
      }
      this.#sign(this.#validator, step.round, now, effects);
      this.#decide(effects);
    }
  }

  #sign(validator: ValidatorIdentity, round: number, now: Now, effects: Effects): void {
    const unsigned = propose(this.#tangle, this.#uncovered.values(), {
      network: this.#genesis.network,
      author: validator.index,
      round,
      self: this.#lastOwn?.id ?? null,
      wallMs: now.wallMs,
      maxTips: this.#genesis.parameters.maxTips,
      leads: this.#committer.schedule.leaderOf(round) === validator.index,
      lastCommitMs: this.head.timeMs,
      commitLagMsMax: Math.max(this.#limits.commitLagMsMax, 4 * this.#pacemaker.delayMs),
    });
    const statement = signStatement(unsigned, validator.signer, this.#crypto);
    const result = this.#tangle.acceptStatement(statement);
    invariant(result.ok, () => `own statement of round ${round} breaks a rule`);
    effects.persist.push({ kind: 'statement', statement });
    this.#setGuard({ epoch: this.#tangle.epoch, round, id: statement.id, inDoubt: false }, effects);
    effects.acceptedStatements.push(statement);
    effects.push.push(statement);
    this.#pacemaker.onSigned(round, now.monotonicMs);
    this.#connect(result.value, effects);
  }

  #setGuard(guard: Guard, effects: Effects): void {
    this.#guard = guard;
    effects.persist.push({ kind: 'guard', guard });
  }

  #settleDoubt(now: Now, effects: Effects): void {
    if (this.#doubt === null) return;
    const highest = this.#doubt.resolvedRound(this.#tangle);
    if (highest !== null) {
      reached(MARK.doubtSettled);
      // Sign from R + 2 on.
      this.#pacemaker.giveUpThrough(Math.max(highest + 1, this.#lastOwn?.round ?? 0));
      const round = this.#pacemaker.own;
      const id = this.#lastOwn?.round === round ? this.#lastOwn.id : null;
      this.#setGuard({ epoch: this.#tangle.epoch, round, id, inDoubt: false }, effects);
      this.#doubt = null;
      return;
    }
    if (now.monotonicMs >= this.#recallAtMs) {
      reached(MARK.recallAsked);
      effects.recall = true;
      this.#recallAtMs = now.monotonicMs + this.#limits.recallMs;
    }
  }

  /** Rebuilds the open part of the DAG from what was durable. Everything in it was accepted before, in this order. */
  #replay(recovered: Recovered): void {
    const ignored = noEffects();
    for (const transaction of recovered.pending) {
      const result = this.#tangle.acceptTransaction(transaction);
      invariant(result.ok, () => `stored transaction ${transaction.id} cites what the store lacks`);
      this.#uncovered.set(result.value.id, result.value);
    }
    for (const statement of recovered.statements) {
      const result = this.#tangle.acceptStatement(statement);
      invariant(result.ok, () => `stored statement ${statement.id} cites what the store lacks`);
      this.#connect(result.value, ignored);
    }
    if (recovered.statements.length > 0) reached(MARK.openReplayed);
    if (this.#lastOwn !== null) this.#pacemaker.giveUpThrough(this.#lastOwn.round);
    // A commit and the statements that decide it are durable together, so there is nothing new to decide.
    const { halted } = this.#committer.decide(({ round, decision }) => {
      invariant(decision.kind === 'skip', () => `slot ${round} was decided before the stop and is not in the store`);
    });
    this.#halted = halted;
  }
}

/** The earlier of two times, null being never. */
function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
