/**
 * The replica: the loop around the engine, the same in a node and in the simulator. It takes what came in, steps the
 * engine, makes the turn durable, and only then lets anything out (engine/effects.ts is the contract). No clock, socket
 * or file of its own: ports.ts says what it is lent.
 */
import { noEffects, type Effects, type Engine, type Now } from '@tangle/core/engine';
import type { TransactionId } from '@tangle/core/ids';
import type { CertifiedHead, Cosignature, LogSignature } from '@tangle/core/log';
import { AntiEntropy } from './anti-entropy.js';
import type { Certifier, LogTurn } from './certifier.js';
import { Frontiers } from './frontiers.js';
import { atTime, Inbox, settleSubmissions, type Submission, type WaitingEvent } from './inbox.js';
import { Links } from './links.js';
import type { PeerMessage } from './messages.js';
import { Observers } from './observers.js';
import type { PeerNumber } from './peers.js';
import type { StoreRecord, VerifierPort } from './ports.js';
import { Recollections } from './recollections.js';
import { recoverCertifier, recoverEngine } from './recover.js';
import { ReplicaHaltError, type AdmissionPolicy, type ReplicaOptions, type SubmitAnswer } from './replica-options.js';
import { Responder } from './responder.js';
import { Settling } from './settling.js';
import { TipPool } from './tip-pool.js';
import { UnsentCosignatures } from './unsent-cosignatures.js';
import { checkVertex, Verifier } from './verify.js';

export class Replica {
  readonly #options: ReplicaOptions;
  readonly #engine: Engine;
  readonly #verifier: VerifierPort;
  readonly #inbox: Inbox;
  readonly #responder: Responder;
  readonly #antiEntropy: AntiEntropy;
  readonly #certifier: Certifier;
  readonly #tips: TipPool;
  readonly #links: Links;
  readonly #recollections: Recollections;
  readonly #unsent: UnsentCosignatures;
  readonly #observers: Observers;
  readonly #frontiers: Frontiers;
  readonly #settling = new Settling();
  #running = false;
  #stopped = false;
  /** Why it stopped by itself: what the engine holds since may not be durable. */
  #failure: Error | null = null;
  /** Why the log must not be signed any more. */
  #logHalt: string | null = null;
  #cancelWake: (() => void) | null = null;

  /** Recovers from the store and goes on. */
  static async start(options: ReplicaOptions): Promise<Replica> {
    const engine = await recoverEngine(options);
    const { genesis, crypto } = options;
    const verifier = options.verifier ?? new Verifier(genesis, engine.head.epoch, crypto);
    const replica = new Replica(options, engine, await recoverCertifier(options, engine, verifier), verifier);
    for (const { transaction } of engine.tangle.openTransactions()) {
      replica.#tips.attach(transaction, engine.tangle.highestRound);
    }
    replica.#frontiers.start();
    replica.#wake(true);
    return replica;
  }

  private constructor(options: ReplicaOptions, engine: Engine, certifier: Certifier, verifier: VerifierPort) {
    const { genesis, limits, store, validator } = options;
    this.#options = options;
    this.#engine = engine;
    this.#certifier = certifier;
    this.#verifier = verifier;
    this.#inbox = new Inbox(limits.inboxBytesPerPeerMax);
    this.#antiEntropy = new AntiEntropy(limits);
    this.#tips = new TipPool(genesis.transactionId, (issuer) => engine.ledger.rateOf(issuer) ?? 0, options.random);
    this.#links = new Links(options.network, genesis.committee);
    this.#observers = new Observers({
      options,
      engine,
      certifier,
      links: this.#links,
      isBusy: () => this.#inbox.holdsFrom(genesis.committee.size),
      read: (peer, message) => this.#read(peer, message),
    });
    this.#frontiers = new Frontiers({
      engine,
      certifier,
      antiEntropy: this.#antiEntropy,
      links: this.#links,
      observers: this.#observers,
      store,
      clock: options.clock,
      settled: () => this.settled(),
      failed: (error) => this.#failReading(error),
    });
    this.#unsent = new UnsentCosignatures(limits.cosignatureHoldMs);
    this.#recollections = new Recollections(this.#verifier, validator?.index ?? null);
    this.#responder = new Responder({
      store,
      limits,
      self: validator?.index ?? null,
      send: (peer, message) => this.#links.send(peer, message),
      pause: (ms) => this.#pause(ms),
      epoch: () => engine.head.epoch,
      knowsOwnPast: () => engine.knowsOwnPast,
      failed: (error) => this.#failReading(error),
    });
  }

  /** The engine, to be read only, and only when `settled` has resolved in the same task. */
  get engine(): Pick<
    Engine,
    'tangle' | 'ledger' | 'head' | 'lastOwn' | 'inDoubt' | 'halted' | 'gauges' | 'hasNeed' | 'wakeAtMs'
  > {
    return this.#engine;
  }

  /**
   * True while what it says of devices and readings may be long out of date: in doubt, or behind by the word of peers that
   * cannot all be faulty.
   */
  get isLagging(): boolean {
    const { committee } = this.#options.genesis;
    return (
      this.#engine.inDoubt ||
      this.#antiEntropy.aheadWeight(this.#frontiers.standing, this.#observers) > committee.faultWeight
    );
  }

  /** The log and how far it is certified, to be read only, under the same condition as `engine`. */
  get log(): Pick<Certifier, 'head' | 'certified' | 'published' | 'gauges'> {
    return this.#certifier;
  }

  /** The newest head of the log that may be served, with the log signature that an observer was given for it. */
  get served(): { readonly head: CertifiedHead; readonly signature: LogSignature | null } | null {
    return this.#observers.served;
  }

  /** Why the rule says stop, of the order or of the log; null while it does not. */
  get halted(): string | null {
    return this.#engine.halted ?? this.#logHalt;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Peers with a live link. */
  get connectedPeers(): readonly PeerNumber[] {
    return this.#links.peers;
  }

  /** Peers that have another order than this node, for as long as it runs: no honest quorum has two. */
  get divergedPeers(): number {
    return this.#antiEntropy.divergedPeers;
  }

  /**
   * Offers a device's signed bytes. Resolves once they are durable here, or refused; the same bytes again get the same
   * answer.
   */
  async submit(bytes: Uint8Array, admit: AdmissionPolicy = () => null): Promise<SubmitAnswer> {
    if (this.#stopped) return { kind: 'stopping' };
    const checked = this.#verifier.transaction(bytes);
    if (!checked.ok) return { kind: 'refused', reason: checked.reason };
    const { id } = checked.value;
    try {
      if (this.#engine.tangle.hasTransaction(id)) {
        await this.settled();
        return { kind: 'accepted', id };
      }
    } catch (error) {
      this.#failReading(error);
      return { kind: 'stopping' };
    }
    const refusal = admit(checked.value);
    if (refusal !== null) return { kind: 'not-admitted', refusal };
    const openTransactions = this.#engine.tangle.openCount + this.#inbox.submissionCount;
    const full = openTransactions >= this.#options.limits.openTransactionsMax;
    if (full || this.#inbox.submissionCount >= this.#options.limits.inboxSubmissionsMax) {
      return { kind: 'overloaded', openTransactions };
    }
    return new Promise<SubmitAnswer>((settle) => {
      this.#inbox.submit({ transaction: checked.value, settle });
      this.#wake();
    });
  }

  /** `count` parents to approve, distinct where there are enough (PROTOCOL 6). */
  tips(count: number, issuer: string | null): TransactionId[] {
    return this.#tips.parents(count, issuer);
  }

  /**
   * Resolves when everything taken in so far is durable: what is read then may be shown to a client. Rejects with what
   * stopped the replica, where that was not the host: the engine is ahead of the store then, for good.
   */
  settled(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (!this.#running) return Promise.resolve();
    return this.#settling.wait();
  }

  peerUp(peer: PeerNumber): void {
    this.#links.up(peer);
    this.#enqueue(peer, { kind: 'peer-up', peer });
    this.#frontiers.greet(peer);
  }

  peerDown(peer: PeerNumber): void {
    this.#links.down(peer);
    this.#observers.down(peer);
    this.#recollections.peerDown(peer);
    this.#responder.peerDown(peer);
    this.#antiEntropy.peerDown(peer);
    this.#enqueue(peer, { kind: 'peer-down', peer });
  }

  /** One message from an authenticated peer. */
  receive(peer: PeerNumber, bytes: Uint8Array): void {
    if (this.#stopped) return;
    if (this.#observers.isOne(peer)) this.#observers.receive(peer, bytes);
    else this.#read(peer, bytes);
  }

  #read(peer: PeerNumber, bytes: Uint8Array): void {
    const message = this.#verifier.message(bytes);
    try {
      if (message.ok) this.#onMessage(peer, message.value);
      else this.#options.listener.onMisbehaviour?.(peer, message.reason);
    } catch (error) {
      // What the tangle holds includes its past, which is in the store.
      this.#failReading(error);
    }
  }

  /** Lets the running turn end and takes no further one. */
  async stop(): Promise<void> {
    this.#quiesce();
    // A turn that fails now has been told to onFatal; there is nothing left to wait for.
    await Promise.allSettled([this.settled()]);
    this.#dismissSubmissions();
  }

  #onMessage(peer: PeerNumber, message: PeerMessage): void {
    const nowMs = this.#options.clock.monotonicMs();
    switch (message.kind) {
      case 'vertices':
        this.#onCosignatures(peer, message.cosignatures);
        this.#onVertices(peer, message.vertices);
        return;
      case 'not-held':
        this.#enqueue(peer, { kind: 'not-held', from: peer, ids: message.ids });
        return;
      case 'frontier': {
        this.#enqueue(peer, { kind: 'cited', from: peer, ids: [...message.statements, ...message.open] });
        if (!this.#observers.isFollowed(peer)) return;
        const standing = this.#frontiers.standing;
        const divergence = this.#antiEntropy.divergenceOf(peer, message, standing);
        if (divergence !== null) this.#options.listener.onMisbehaviour?.(peer, divergence);
        const question = this.#antiEntropy.onFrontier(peer, message, standing, nowMs);
        if (question !== null) this.#links.send(question.peer, question.message);
        return;
      }
      case 'commits-end': {
        const question = this.#antiEntropy.onCommitsEnd(peer, message, this.#frontiers.standing, nowMs);
        if (question !== null) this.#links.send(peer, question);
        return;
      }
      case 'recollection': {
        if (this.#observers.isOne(peer)) {
          this.#options.listener.onMisbehaviour?.(peer, 'an observer has no statements to recall');
          return;
        }
        const recalled = this.#recollections.take(peer, message);
        if (!recalled.ok) this.#options.listener.onMisbehaviour?.(peer, recalled.reason);
        else if (recalled.value !== null) this.#enqueue(peer, recalled.value);
        return;
      }
      case 'recall':
        // An observer's own past is nothing that anybody has to settle.
        if (!this.#observers.isOne(peer)) this.#responder.ask(peer, message);
        return;
      case 'log-signature':
        this.#onServed(this.#observers.takeLogSignature(peer, message.signed));
        return;
      case 'request':
      case 'commits-request':
        this.#responder.ask(peer, message);
        return;
    }
  }

  #onCosignatures(peer: PeerNumber, cosignatures: readonly Cosignature[]): void {
    if (cosignatures.length === 0) return;
    const offered = this.#certifier.offer(cosignatures);
    if (!offered.ok) this.#options.listener.onMisbehaviour?.(peer, offered.reason);
    if (this.#certifier.hasWaiting) this.#wake();
  }

  #onVertices(peer: PeerNumber, vertices: readonly Uint8Array[]): void {
    const checked = [];
    for (const bytes of vertices) {
      if (this.#engine.tangle.has(this.#verifier.idOf(bytes))) continue;
      const result = checkVertex(this.#verifier, bytes);
      if (result.ok && this.#observers.admits(peer, result.value)) checked.push(result.value);
      if (!result.ok) this.#options.listener.onMisbehaviour?.(peer, result.reason);
    }
    if (checked.length > 0) this.#enqueue(peer, { kind: 'received', from: peer, vertices: checked });
  }

  #enqueue(peer: PeerNumber, event: WaitingEvent): void {
    if (this.#stopped) return;
    if (this.#inbox.add(peer, event)) this.#wake();
  }

  /** Starts the loop where it rests. One turn at a time: everything that comes in meanwhile shares the next one. */
  #wake(tick = false): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    void this.#run(tick);
  }

  async #run(tick: boolean): Promise<void> {
    let ticking = tick;
    try {
      while (!this.#stopped && (ticking || this.#hasWaiting)) {
        await this.#turn(ticking);
        this.#observers.resume();
        const wakeAtMs = this.#wakeAtMs;
        ticking = wakeAtMs !== null && wakeAtMs <= this.#options.clock.monotonicMs();
        // Under load there is always a next turn; whoever waits to read gets in before it.
        if (this.#settling.isAwaited && (ticking || this.#hasWaiting)) await this.#letReadersIn();
      }
    } catch (error) {
      // Before anybody who waits for a settled replica runs on: nobody may take this turn for durable.
      const cause = error instanceof Error ? error : new Error(String(error));
      this.#fail(cause instanceof ReplicaHaltError ? cause : new ReplicaHaltError('halted', cause.message, cause));
    }
    this.#running = false;
    this.#settling.answer(this.#failure);
    this.#armWake();
  }

  get #hasWaiting(): boolean {
    return !this.#inbox.isEmpty || this.#certifier.hasWaiting;
  }

  /** A pause and not a microtask: what was read stays durable for as long as the readers' promises run. */
  #letReadersIn(): Promise<void> {
    this.#settling.answer(this.#failure);
    return this.#pause(0);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resume) => {
      this.#options.clock.schedule(ms, resume);
    });
  }

  async #turn(ticking: boolean): Promise<void> {
    const { submissions, events } = this.#inbox.take(this.#options.limits.turnVerticesMax);
    try {
      await this.#carryThrough(submissions, events, ticking);
    } catch (error) {
      for (const { settle } of submissions) settle({ kind: 'stopping' });
      throw error;
    }
  }

  async #carryThrough(
    submissions: readonly Submission[],
    events: readonly WaitingEvent[],
    ticking: boolean,
  ): Promise<void> {
    const { clock, store } = this.#options;
    const now: Now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    const effects = noEffects();
    for (const event of events) this.#engine.step(atTime(event, now), effects);
    if (submissions.length > 0) {
      const vertices = submissions.map(({ transaction }) => transaction);
      this.#engine.step({ kind: 'received', now, from: null, vertices }, effects);
    }
    if (ticking && events.length === 0 && submissions.length === 0) this.#engine.step({ kind: 'tick', now }, effects);

    const records: StoreRecord[] = effects.persist;
    const commits = effects.commits.length === 0 ? [] : records.filter((record) => record.kind === 'commit');
    const log = this.#certifier.turn(commits, now.wallMs);
    if (log.record !== null) records.push(log.record);
    if (records.length > 0) {
      try {
        await store.write(records);
      } catch (error) {
        throw new ReplicaHaltError('disk-failed', 'writing a turn to the store failed; its outcome is unknown', error);
      }
      this.#engine.step({ kind: 'persisted' });
    }
    // Durable from here on.
    this.#unsent.add(log.cosigned, now.monotonicMs);
    this.#carryOut(effects, new Set(submissions.map(({ transaction }) => transaction.id)));
    settleSubmissions(submissions, effects, (id) => this.#engine.tangle.hasTransaction(id));
    if (!this.#engine.hasNeed || this.#unsent.isDue(now.monotonicMs)) this.#links.spread([], this.#unsent.take());
    this.#carryOutLog(log);
  }

  #carryOut(effects: Effects, submitted: ReadonlySet<TransactionId>): void {
    const { listener } = this.#options;
    this.#tips.note(effects, this.#engine.tangle.highestRound);
    const news: Uint8Array[] = [];
    for (const { id, bytes } of effects.acceptedTransactions) if (submitted.has(id)) news.push(bytes);
    for (const { bytes } of effects.push) news.push(bytes);
    if (news.length > 0) this.#links.spread(news, effects.push.length > 0 ? this.#unsent.take() : []);
    this.#observers.accepted(effects);
    for (const { peer, ids } of effects.requests) this.#links.send(peer, { kind: 'request', ids });
    if (effects.recall) this.#links.broadcast([{ kind: 'recall' }], this.#links.validators);
    if (effects.witnessed.length > 0) listener.onWitnessed?.(effects.witnessed);
    for (const commit of effects.commits) listener.onCommit?.(commit);
    for (const equivocation of effects.equivocations) listener.onEquivocation?.(equivocation);
    for (const { from, reason } of effects.refusals) {
      const provable = reason.code === 'invalid-citation' || reason.code === 'parent-not-a-transaction';
      if (from !== null && provable) listener.onMisbehaviour?.(from, JSON.stringify(reason));
    }
    if (effects.halt !== null) throw new ReplicaHaltError('halted', effects.halt);
  }

  #carryOutLog({ record, evidence, halt }: LogTurn): void {
    const { listener } = this.#options;
    this.#onServed(this.#observers.certified(record));
    for (const pair of evidence) listener.onCosignerEquivocation?.(pair);
    if (halt === null) return;
    this.#logHalt = halt;
    throw new ReplicaHaltError('halted', halt);
  }

  #onServed(head: CertifiedHead | null): void {
    if (head !== null) this.#options.listener.onCertified?.(head);
  }

  #armWake(): void {
    this.#cancelWake?.();
    this.#cancelWake = null;
    const wakeAtMs = this.#wakeAtMs;
    if (this.#stopped || wakeAtMs === null) return;
    const delayMs = Math.max(0, wakeAtMs - this.#options.clock.monotonicMs());
    this.#cancelWake = this.#options.clock.schedule(delayMs, () => this.#wake(true));
  }

  get #wakeAtMs(): number | null {
    const { wakeAtMs } = this.#engine;
    const { dueAtMs } = this.#unsent;
    return wakeAtMs === null || dueAtMs === null ? (wakeAtMs ?? dueAtMs) : Math.min(wakeAtMs, dueAtMs);
  }

  /** A store that the host has closed after `stop` is no failure. */
  #failReading(error: unknown): void {
    if (!this.#stopped) this.#fail(new ReplicaHaltError('disk-failed', 'reading the store failed', error));
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#quiesce();
    this.#dismissSubmissions();
    this.#options.onFatal(error);
  }

  #quiesce(): void {
    this.#stopped = true;
    this.#cancelWake?.();
    this.#frontiers.stop();
    this.#responder.stop();
    this.#observers.stop();
  }

  #dismissSubmissions(): void {
    for (const { settle } of this.#inbox.dismissSubmissions()) settle({ kind: 'stopping' });
  }
}
