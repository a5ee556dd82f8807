/**
 * What to ask whom for (PROTOCOL 9, lagging by little): missing ancestors, first from the peer that cited them, then
 * from the others in turn. Bounded, one peer at a time for an id, with a backoff; an id that nobody waits for any more is dropped.
 */
import { present } from '../assert.js';
import type { ValidatorIndex, VertexId } from '../ids.js';
import type { VertexRequest } from './vertex-request.js';

export interface WantsLimits {
  /** Ids wanted at once; what is over is asked for when it is cited again. */
  readonly wantedIdsMax: number;
  /** Ids in one request. */
  readonly idsPerRequestMax: number;
  /** Time a peer has to answer before the next is asked; doubles up to the cap. */
  readonly answerMs: number;
  readonly answerCapMs: number;
  /** Tries before an id wanted for a local submission only is given up. */
  readonly localTriesMax: number;
}

export const WANTS_DEFAULTS: WantsLimits = {
  wantedIdsMax: 65_536,
  idsPerRequestMax: 512,
  answerMs: 500,
  answerCapMs: 5_000,
  localTriesMax: 8,
};

interface Want {
  /** Peers that cited it and were not asked since, newest last. */
  readonly sources: ValidatorIndex[];
  tries: number;
  askAtMs: number;
  asked: ValidatorIndex | null;
}

export class Wants {
  readonly #limits: WantsLimits;
  readonly #wants = new Map<VertexId, Want>();
  readonly #connected = new Set<ValidatorIndex>();
  #rotation = 0;

  constructor(limits: WantsLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#wants.size;
  }

  has(id: VertexId): boolean {
    return this.#wants.has(id);
  }

  peerUp(peer: ValidatorIndex): void {
    this.#connected.add(peer);
    for (const want of this.#wants.values()) if (want.asked === null) want.askAtMs = Number.NEGATIVE_INFINITY;
  }

  peerDown(peer: ValidatorIndex): void {
    this.#connected.delete(peer);
    for (const want of this.#wants.values()) {
      if (want.asked !== peer) continue;
      want.asked = null;
      want.askAtMs = Number.NEGATIVE_INFINITY;
    }
  }

  /** `from` cites the id; null for a local submission. False where there is no room for it now. */
  want(id: VertexId, from: ValidatorIndex | null): boolean {
    const known = this.#wants.get(id);
    if (known !== undefined) {
      if (from !== null && known.asked !== from && !known.sources.includes(from)) known.sources.push(from);
      return true;
    }
    if (this.#wants.size >= this.#limits.wantedIdsMax) return false;
    const sources = from === null ? [] : [from];
    this.#wants.set(id, { sources, tries: 0, askAtMs: Number.NEGATIVE_INFINITY, asked: null });
    return true;
  }

  /** At most half full: the moment to take in what had no room. */
  get isHalfEmpty(): boolean {
    return this.#wants.size * 2 <= this.#limits.wantedIdsMax;
  }

  resolved(id: VertexId): void {
    this.#wants.delete(id);
  }

  /** The peer does not hold it: ask the next one at once, after a whole turn of them with a pause. */
  notHeld(id: VertexId, from: ValidatorIndex, nowMs: number): void {
    const want = this.#wants.get(id);
    if (want === undefined || want.asked !== from) return;
    want.asked = null;
    const turn = Math.max(1, this.#connected.size);
    want.askAtMs = want.tries % turn === 0 ? nowMs + this.#limits.answerMs : nowMs;
  }

  /** Requests that are due. `isAwaited` says whether a vertex still waits for the id. */
  due(nowMs: number, isAwaited: (id: VertexId) => boolean): VertexRequest[] {
    const byPeer = new Map<ValidatorIndex, VertexId[]>();
    for (const [id, want] of this.#wants) {
      if (want.askAtMs > nowMs) continue;
      const awaited = isAwaited(id);
      const peer = awaited || want.tries < this.#limits.localTriesMax ? this.#choosePeer(want) : null;
      if (peer === null) {
        // Nobody to ask: what a vertex waits for is asked of the next peer that comes up, and no timer runs till then.
        if (awaited) want.askAtMs = Number.POSITIVE_INFINITY;
        else this.#wants.delete(id);
        continue;
      }
      want.asked = peer;
      want.tries++;
      want.askAtMs =
        nowMs + Math.min(this.#limits.answerCapMs, this.#limits.answerMs * 2 ** Math.min(want.tries - 1, 8));
      const ids = byPeer.get(peer);
      if (ids === undefined) byPeer.set(peer, [id]);
      else ids.push(id);
    }
    return [...byPeer].flatMap(([peer, ids]) =>
      chunks(ids, this.#limits.idsPerRequestMax).map((chunk) => ({ peer, ids: chunk })),
    );
  }

  /** When `due` has something to say next, or null. */
  nextAtMs(): number | null {
    let next = Number.POSITIVE_INFINITY;
    for (const { askAtMs } of this.#wants.values()) if (askAtMs < next) next = askAtMs;
    return next === Number.POSITIVE_INFINITY ? null : next;
  }

  #choosePeer(want: Want): ValidatorIndex | null {
    while (want.sources.length > 0) {
      const source = present(want.sources.shift(), 'a list that is not empty has a first item');
      if (this.#connected.has(source)) return source;
    }
    const others = [...this.#connected].filter((peer) => peer !== want.asked).sort((left, right) => left - right);
    const candidates = others.length > 0 ? others : [...this.#connected];
    if (candidates.length === 0) return null;
    return present(candidates[this.#rotation++ % candidates.length], 'a rotation stays within its list');
  }
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const parts: Item[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}
