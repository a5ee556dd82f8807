/**
 * Some engines on virtual time, without a replica: each with its memory store, all joined by links with random delays.
 * Keeps the driver's contract of effects.ts: a step's records are applied before anything else of it happens.
 */
import { present } from '../../src/assert.js';
import {
  type CheckedVertex,
  type Effects,
  Engine,
  ENGINE_DEFAULTS,
  type EngineEvent,
  type EngineLimits,
  type Now,
  type PersistRecord,
} from '../../src/engine/index.js';
import type { CheckedStatement, CheckedTransaction } from '../../src/model/index.js';
import { MemoryStore, Prng, type TestNetwork } from '../../src/testing/index.js';

type Timeless = EngineEvent extends infer Event ? (Event extends { now: Now } ? Omit<Event, 'now'> : never) : never;

export class Member {
  readonly index: number;
  engine: Engine;
  store: MemoryStore;
  up = true;
  /** The records of each step, in order: every prefix is a point at which the process may have died. */
  readonly batches: PersistRecord[][] = [];
  readonly effects: Effects[] = [];
  /** Own statements by round, whichever engine signed them: more than one id is an equivocation. */
  readonly signed = new Map<number, Set<string>>();

  constructor(index: number, store: MemoryStore, engine: Engine) {
    this.index = index;
    this.store = store;
    this.engine = engine;
  }

  sum<Item>(select: (effects: Effects) => readonly Item[]): Item[] {
    return this.effects.flatMap((effects) => [...select(effects)]);
  }
}

export interface NetworkOptions {
  readonly seed?: number;
  readonly limits?: Partial<EngineLimits>;
  /** One-way delays, milliseconds. */
  readonly delayMinMs?: number;
  readonly delayMaxMs?: number;
}

interface Arrival {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class Network {
  readonly members: Member[];
  readonly test: TestNetwork;
  /** Whether a message from one to another gets through. */
  link: (from: number, to: number) => boolean = () => true;
  nowMs = 0;
  readonly #limits: EngineLimits;
  readonly #prng: Prng;
  readonly #delay: { readonly min: number; readonly max: number };
  #arrivals: Arrival[] = [];
  #order = 0;

  constructor(test: TestNetwork, options: NetworkOptions = {}) {
    this.test = test;
    this.#limits = { ...ENGINE_DEFAULTS, ...options.limits };
    this.#prng = new Prng(options.seed ?? 1);
    this.#delay = { min: options.delayMinMs ?? 5, max: options.delayMaxMs ?? 20 };
    this.members = test.signers.map((_, index) => {
      const store = new MemoryStore();
      return new Member(index, store, this.engineOn(store, index));
    });
    for (const member of this.members) {
      for (const peer of this.members) {
        if (peer !== member) this.step(member.index, { kind: 'peer-up', peer: peer.index });
      }
    }
  }

  /** A validator's engine on what a store holds; `null` follows only. */
  engineOn(store: MemoryStore, index: number | null, doubtful = false): Engine {
    const { genesis, crypto, signers } = this.test;
    return new Engine({
      genesis,
      crypto,
      history: store,
      validator: index === null ? null : { index, signer: present(signers[index], 'a signer for each member') },
      recovered: store.recovered(doubtful),
      limits: this.#limits,
    });
  }

  member(index: number): Member {
    return present(this.members[index], `no member ${index}`);
  }

  get now(): Now {
    return { wallMs: this.test.genesis.parameters.time + 3_600_000 + this.nowMs, monotonicMs: this.nowMs };
  }

  submit(index: number, ...transactions: readonly CheckedTransaction[]): Effects {
    return this.step(index, { kind: 'received', from: null, vertices: transactions });
  }

  step(index: number, event: Timeless): Effects {
    const member = this.member(index);
    const effects = member.engine.step({ ...event, now: this.now });
    member.effects.push(effects);
    member.store.apply(effects.persist);
    if (effects.persist.length > 0) member.batches.push(effects.persist);
    for (const { id, round } of effects.push) {
      member.signed.set(round, (member.signed.get(round) ?? new Set()).add(id));
    }
    const isLocal = event.kind === 'received' && event.from === null;
    const gossip: CheckedVertex[] = [
      ...(isLocal ? (effects.acceptedTransactions as CheckedTransaction[]) : []),
      ...(effects.push as CheckedStatement[]),
    ];
    if (gossip.length > 0) for (const { index: peer } of this.members) this.send(index, peer, gossip);
    for (const { peer, ids } of effects.requests) this.#request(index, peer, ids);
    if (effects.recall) for (const peer of this.members) this.#recall(index, peer);
    member.engine.step({ kind: 'persisted' });
    return effects;
  }

  send(from: number, to: number, vertices: readonly CheckedVertex[]): void {
    if (from !== to) this.#later(from, to, () => this.step(to, { kind: 'received', from, vertices }));
  }

  /** Stops a process; messages to it are lost. */
  stop(index: number): void {
    this.member(index).up = false;
    for (const { index: peer, up } of this.members) if (up) this.step(peer, { kind: 'peer-down', peer: index });
  }

  /** Starts it again on a store: its own, a copy or an empty one. */
  start(index: number, store = this.member(index).store, doubtful = false): void {
    const member = this.member(index);
    member.up = true;
    member.store = store;
    member.engine = this.engineOn(store, index, doubtful);
    for (const { index: peer, up } of this.members) {
      if (peer === index || !up) continue;
      this.step(peer, { kind: 'peer-up', peer: index });
      this.step(index, { kind: 'peer-up', peer });
      this.exchange(index, peer);
    }
  }

  /** Anti-entropy between two members, both ways: frontiers and what is open. */
  exchange(one: number, other: number): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const { engine } = this.member(from);
      const ids = [...engine.frontier, ...[...engine.tangle.openTransactions()].map(({ id }) => id)];
      this.#later(from, to, () => this.step(to, { kind: 'cited', from, ids }));
    }
  }

  /** Lets time pass, event by event, until nothing is left to happen before `untilMs`. */
  run(untilMs: number): void {
    for (let steps = 0; steps < 1_000_000; steps++) {
      const timers = this.members.map(({ engine, up }) => (up ? engine.wakeAtMs : null));
      const timer = Math.min(...timers.map((at) => at ?? Infinity));
      const arrival = this.#arrivals[0];
      const nextMs = Math.min(timer, arrival?.atMs ?? Infinity);
      if (nextMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      if (arrival !== undefined && arrival.atMs <= timer) {
        this.#arrivals.shift();
        arrival.run();
      } else {
        this.step(timers.indexOf(timers.find((at) => at === timer) ?? null), { kind: 'tick' });
      }
    }
    this.nowMs = Math.max(this.nowMs, Math.min(untilMs, Number.MAX_SAFE_INTEGER));
  }

  /** Lets `durationMs` pass. */
  pass(durationMs: number): void {
    this.run(this.nowMs + durationMs);
  }

  get isQuiet(): boolean {
    return this.#arrivals.length === 0 && this.members.every(({ engine, up }) => !up || engine.wakeAtMs === null);
  }

  #later(from: number, to: number, run: () => void): void {
    const { min, max } = this.#delay;
    const atMs = this.nowMs + min + this.#prng.below(max - min + 1);
    const deliver = (): void => {
      if (this.member(to).up && this.link(from, to)) run();
    };
    const arrival = { atMs, order: this.#order++, run: deliver };
    const index = this.#arrivals.findIndex((other) => other.atMs > atMs);
    this.#arrivals.splice(index < 0 ? this.#arrivals.length : index, 0, arrival);
  }

  #request(from: number, peer: number, ids: readonly string[]): void {
    this.#later(from, peer, () => {
      const { store } = this.member(peer);
      const held = ids.map((id) => store.vertex(id)).filter((vertex) => vertex !== undefined);
      if (held.length > 0) this.send(peer, from, held);
      const lacking = ids.filter((id) => store.vertex(id) === undefined) as CheckedVertex['id'][];
      if (lacking.length > 0) {
        this.#later(peer, from, () => this.step(from, { kind: 'not-held', from: peer, ids: lacking }));
      }
    });
  }

  #recall(index: number, { index: peer }: Member): void {
    if (peer === index) return;
    this.#later(index, peer, () => {
      if (!this.member(peer).engine.knowsOwnPast) return;
      const { store } = this.member(peer);
      const [own, yours] = [store.newestOf(peer), store.newestOf(index)];
      this.#later(peer, index, () => this.step(index, { kind: 'recalled', from: peer, own, yours }));
    });
  }
}
