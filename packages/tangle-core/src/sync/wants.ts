/**
 * What to ask whom for (PROTOCOL 9, lagging by little): missing ancestors, first from the peer that cited them, then from
 * the others in turn. One peer at a time for an id, with a backoff; an id that nobody waits for any more is dropped. What is
 * cited by what came unasked is probably on its way over another link, so it gets a moment to arrive by itself. Every
 * citing peer has its own share of the table: what one of them makes up keeps nobody else's ids out. Observers, whose
 * numbers follow the validators', have one share together, and are asked only for what they cited themselves as long as a
 * validator can be asked: any number of them may be silent.
 */
import { present } from '../assert.js';
import type { ValidatorIndex, VertexId } from '../ids.js';
import { MARK, reached } from '../marks/reached.js';
import type { VertexRequest } from './vertex-request.js';

export interface WantsLimits {
  /** Ids wanted at once, in equal shares for the peers that cite them and for local submissions. */
  readonly wantedIdsMax: number;
  /** Ids in one request. */
  readonly idsPerRequestMax: number;
  /** Time that what may be on its way has to arrive unasked. */
  readonly graceMs: number;
  /** Time a peer has to answer before the next is asked; doubles up to the cap. */
  readonly answerMs: number;
  readonly answerCapMs: number;
  /** Tries before an id that no vertex here waits for is given up. */
  readonly localTriesMax: number;
}

export const WANTS_DEFAULTS: WantsLimits = {
  wantedIdsMax: 65_536,
  idsPerRequestMax: 512,
  graceMs: 50,
  answerMs: 500,
  answerCapMs: 5_000,
  localTriesMax: 8,
};

/** Denials for each connected peer after which an id is given up: one alone may be a peer that has not got it yet. */
const DENIALS_PER_PEER_MAX = 4;

interface Want {
  /** Whose share it is in: who cited it first (observers together), null for a local submission. */
  readonly owner: ValidatorIndex | null;
  /** Peers that cited it and were not asked since, newest last. */
  readonly sources: ValidatorIndex[];
  tries: number;
  /** Answers of peers that they do not hold it. */
  denials: number;
  /** When to ask again; -Infinity: now; Infinity: when a peer comes up. */
  askAtMs: number;
  /** Who has it to answer now. */
  asked: ValidatorIndex | null;
  /** Who was asked last, whatever became of that. */
  last: ValidatorIndex | null;
}

const NOTHING_DUE: readonly VertexRequest[] = [];

export class Wants {
  readonly #limits: WantsLimits;
  readonly #share: number;
  readonly #validators: number;
  readonly #wants = new Map<VertexId, Want>();
  readonly #owned = new Map<ValidatorIndex | null, number>();
  readonly #connected = new Set<ValidatorIndex>();
  /** To be asked for now. */
  readonly #ready = new Set<VertexId>();
  /** Wanted since the last look at the clock, and perhaps on their way. */
  readonly #fresh: Want[] = [];
  /** Not above the first time at which one of the others is due. */
  #waitingUntilMs = Number.POSITIVE_INFINITY;
  #hasNewRoom = false;

  /** @param validators the committee's size: peers from this number on are observers. */
  constructor(limits: WantsLimits, validators: number) {
    this.#limits = limits;
    this.#validators = validators;
    // For each validator, the observers, and local submissions.
    this.#share = Math.max(1, Math.floor(limits.wantedIdsMax / (validators + 2)));
  }

  get size(): number {
    return this.#wants.size;
  }

  has(id: VertexId): boolean {
    return this.#wants.has(id);
  }

  peerUp(peer: ValidatorIndex): void {
    this.#connected.add(peer);
    if (!this.#circle.includes(peer)) return;
    for (const [id, want] of this.#wants) if (want.asked === null) this.#askNow(id, want);
  }

  peerDown(peer: ValidatorIndex): void {
    this.#connected.delete(peer);
    for (const [id, want] of this.#wants) {
      if (want.asked !== peer) continue;
      reached(MARK.askedAfterPeerDown);
      want.asked = null;
      this.#askNow(id, want);
    }
  }

  /**
   * `from` cites the id; null for a local submission. `urgency` 'now' where it is known not to be on its way. False where its
   * share has no room now.
   */
  want(id: VertexId, from: ValidatorIndex | null, urgency: 'now' | 'after-grace'): boolean {
    const known = this.#wants.get(id);
    if (known !== undefined) {
      if (from !== null && known.asked !== from) this.#addSource(known.sources, from);
      return true;
    }
    const owner = from === null ? null : Math.min(from, this.#validators);
    const owned = this.#owned.get(owner) ?? 0;
    if (owned >= this.#share) return false;
    this.#owned.set(owner, owned + 1);
    const sources = from === null ? [] : [from];
    const want: Want = {
      owner,
      sources,
      tries: 0,
      denials: 0,
      askAtMs: Number.POSITIVE_INFINITY,
      asked: null,
      last: null,
    };
    this.#wants.set(id, want);
    if (urgency === 'now') this.#askNow(id, want);
    else this.#fresh.push(want);
    return true;
  }

  resolved(id: VertexId): void {
    const want = this.#wants.get(id);
    if (want === undefined) return;
    this.#wants.delete(id);
    this.#ready.delete(id);
    this.#owned.set(want.owner, (this.#owned.get(want.owner) ?? 1) - 1);
    this.#hasNewRoom = true;
    if (this.#wants.size === 0) this.#waitingUntilMs = Number.POSITIVE_INFINITY;
  }

  /** True once after something was resolved: the moment to take in what had no room. */
  takeNewRoom(): boolean {
    const hasNewRoom = this.#hasNewRoom;
    this.#hasNewRoom = false;
    return hasNewRoom;
  }

  /**
   * The peer does not hold it: ask the next one at once, after a whole turn of them with a pause. Where every peer has said
   * so several times it is given up, and so should be what waits for it: the only disk that had it may be lost.
   */
  notHeld(id: VertexId, from: ValidatorIndex, nowMs: number): 'asked-again' | 'given-up' {
    const want = this.#wants.get(id);
    if (want === undefined || want.asked !== from) return 'asked-again';
    want.asked = null;
    const circle = this.#circle;
    if (circle.includes(from)) want.denials++;
    const turn = Math.max(1, circle.length);
    if (want.denials >= DENIALS_PER_PEER_MAX * turn) {
      this.resolved(id);
      return 'given-up';
    }
    const hasAskedAll = want.tries % turn === 0;
    reached(hasAskedAll ? MARK.askedRoundWithoutAnswer : MARK.askedAfterNotHeld);
    if (hasAskedAll) this.#askAt(want, nowMs + this.#limits.answerMs);
    else this.#askNow(id, want);
    return 'asked-again';
  }

  /** Requests that are due. `isAwaited` says whether a vertex still waits for the id. */
  due(nowMs: number, isAwaited: (id: VertexId) => boolean): readonly VertexRequest[] {
    this.#setGrace(nowMs);
    if (nowMs >= this.#waitingUntilMs) this.#collectDue(nowMs);
    if (this.#ready.size === 0) return NOTHING_DUE;
    const byPeer = new Map<ValidatorIndex, VertexId[]>();
    for (const id of this.#ready) {
      const want = present(this.#wants.get(id), () => `${id} is ready but not wanted`);
      const awaited = isAwaited(id);
      const peer = awaited || want.tries < this.#limits.localTriesMax ? this.#choosePeer(want) : null;
      if (peer === null) {
        reached(awaited ? MARK.nobodyToAsk : MARK.wantGivenUp);
        // Nobody to ask: what a vertex waits for is asked of the next peer that comes up, and no timer runs till then.
        if (awaited) want.askAtMs = Number.POSITIVE_INFINITY;
        else this.resolved(id);
        continue;
      }
      if (want.asked !== null) reached(MARK.askedAgainInTime);
      want.asked = peer;
      want.last = peer;
      want.tries++;
      const backoffMs = this.#limits.answerMs * 2 ** Math.min(want.tries - 1, 8);
      this.#askAt(want, nowMs + Math.min(this.#limits.answerCapMs, backoffMs));
      const ids = byPeer.get(peer);
      if (ids === undefined) byPeer.set(peer, [id]);
      else ids.push(id);
    }
    this.#ready.clear();
    return [...byPeer].flatMap(([peer, ids]) =>
      chunks(ids, this.#limits.idsPerRequestMax).map((chunk) => ({ peer, ids: chunk })),
    );
  }

  /** When `due` may have something to say next, or null. */
  nextAtMs(): number | null {
    if (this.#ready.size > 0 || this.#fresh.length > 0) return Number.NEGATIVE_INFINITY;
    return this.#waitingUntilMs === Number.POSITIVE_INFINITY ? null : this.#waitingUntilMs;
  }

  #setGrace(nowMs: number): void {
    if (this.#fresh.length === 0) return;
    for (const want of this.#fresh) {
      // One that a peer coming up has made ready meanwhile is earlier.
      if (want.askAtMs === Number.POSITIVE_INFINITY) this.#askAt(want, nowMs + this.#limits.graceMs);
    }
    this.#fresh.length = 0;
  }

  #askNow(id: VertexId, want: Want): void {
    want.askAtMs = Number.NEGATIVE_INFINITY;
    this.#ready.add(id);
  }

  #askAt(want: Want, atMs: number): void {
    want.askAtMs = atMs;
    this.#waitingUntilMs = Math.min(this.#waitingUntilMs, atMs);
  }

  /** The one walk over all of them, when the first is due. */
  #collectDue(nowMs: number): void {
    this.#waitingUntilMs = Number.POSITIVE_INFINITY;
    for (const [id, want] of this.#wants) {
      if (want.askAtMs <= nowMs) this.#ready.add(id);
      else this.#waitingUntilMs = Math.min(this.#waitingUntilMs, want.askAtMs);
    }
  }

  /** Validators in the order they cited, then the one observer that cited first. */
  #addSource(sources: ValidatorIndex[], from: ValidatorIndex): void {
    const hasObserver = (sources.at(-1) ?? 0) >= this.#validators;
    if (from >= this.#validators) {
      if (!hasObserver) sources.push(from);
    } else if (!sources.includes(from)) {
      sources.splice(hasObserver ? -1 : sources.length, 0, from);
    }
  }

  /** Who is asked in turn, ascending: the validators that are connected, and without any the observers. */
  get #circle(): readonly ValidatorIndex[] {
    const peers = [...this.#connected].sort((left, right) => left - right);
    const validators = peers.filter((peer) => peer < this.#validators);
    return validators.length > 0 ? validators : peers;
  }

  #choosePeer(want: Want): ValidatorIndex | null {
    while (want.sources.length > 0) {
      const source = present(want.sources.shift(), 'a list that is not empty has a first item');
      if (this.#connected.has(source)) return source;
    }
    // The next one after the last asked for this very id: no other id's turn can make it miss a peer.
    const circle = this.#circle;
    const { last } = want;
    return (last === null ? undefined : circle.find((peer) => peer > last)) ?? circle[0] ?? null;
  }
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const parts: Item[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}
