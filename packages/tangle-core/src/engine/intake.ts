/**
 * The way into the tangle: what is solid is accepted, what cites the unknown waits in the pending area while its
 * ancestors are asked for, what breaks a rule is refused (PROTOCOL 3). Iterative: a chain of any depth is one loop.
 */
import type { ValidatorIndex, VertexId } from '../ids.js';
import { MARK, reached } from '../marks/reached.js';
import type { VertexRequest } from '../sync/vertex-request.js';
import { Wants, type WantsLimits } from '../sync/wants.js';
import { PendingArea, type PendingLimits, type PendingVertex } from '../tangle/pending-area.js';
import type { AcceptFailure, Tangle } from '../tangle/tangle.js';
import type { Vertex } from '../tangle/vertex.js';
import type { Result } from '../result.js';
import type { Effects } from './effects.js';
import type { CheckedVertex } from './events.js';

/** Unsolicited statements of one author and round that are kept: two are evidence, more are noise (PROTOCOL 3). */
const STATEMENTS_PER_SLOT_MAX = 2;
/** Dropped statements that are remembered, the newest: peers that kept others of the same slot go on naming them. */
const DROPPED_IDS_MAX = 1_024;

export interface IntakeLimits extends PendingLimits, WantsLimits {}

export class Intake {
  readonly wants: Wants;
  readonly pending: PendingArea;
  readonly #tangle: Tangle;
  /** Surplus that was dropped: not asked for again because a peer holds it, only because something cites it. */
  readonly #dropped = new Set<VertexId>();
  /** Something waits for an id that had no room among the wanted ones. */
  #hasUnwanted = false;

  constructor(tangle: Tangle, limits: IntakeLimits) {
    this.#tangle = tangle;
    this.pending = new PendingArea(limits);
    this.wants = new Wants(limits, tangle.committee.size);
  }

  /** Offers one vertex; `accepted` is called for it and for each one that it made solid, in order of acceptance. */
  offer(
    vertex: CheckedVertex,
    from: ValidatorIndex | null,
    effects: Effects,
    accepted: (vertex: Vertex) => void,
  ): void {
    if (this.#isHeld(vertex)) return;
    if (this.pending.has(vertex.id)) {
      // Somebody relayed it already, and it waits: here it is not accepted either.
      if (from === null) effects.refusals.push({ id: vertex.id, from, reason: { code: 'parent-unknown', ids: [] } });
      return;
    }
    const queue: PendingVertex[] = [{ vertex, from, solicited: this.pending.isAwaited(vertex.id) }];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (this.#isSurplus(next)) {
        reached(MARK.surplusDropped);
        this.wants.resolved(next.vertex.id);
        this.#remember(next.vertex.id);
        effects.refusals.push({ id: next.vertex.id, from: next.from, reason: { code: 'surplus-equivocation' } });
        continue;
      }
      const result = this.#accept(next.vertex);
      if (result.ok) {
        this.wants.resolved(next.vertex.id);
        accepted(result.value);
        const released = this.pending.release(next.vertex.id);
        if (released.length > 0) reached(MARK.waitingReleased);
        queue.push(...released.reverse());
      } else {
        this.#keepOrRefuse(next, result.reason, effects);
      }
    }
  }

  #isHeld(vertex: CheckedVertex): boolean {
    return vertex.kind === 'transaction'
      ? this.#tangle.hasTransaction(vertex.id)
      : this.#tangle.hasStatement(vertex.id);
  }

  /** Accepted, or waiting to be. */
  isKnown(id: VertexId): boolean {
    return this.pending.has(id) || this.#tangle.has(id);
  }

  /** A peer names an id it has accepted. */
  cite(id: VertexId, from: ValidatorIndex): void {
    if (!this.isKnown(id) && !this.#dropped.has(id)) this.#want(id, from, 'after-grace');
  }

  /**
   * A peer does not hold what it was asked for. What waits for an id that nobody holds goes: it is fetched again when cited,
   * and would otherwise be asked for until the end of time.
   */
  notHeld(id: VertexId, from: ValidatorIndex, nowMs: number, effects: Effects): void {
    if (this.wants.notHeld(id, from, nowMs) !== 'given-up') return;
    for (const { vertex, from: sender } of this.pending.reject(id)) {
      this.wants.resolved(vertex.id);
      effects.refusals.push({ id: vertex.id, from: sender, reason: { code: 'pending-evicted' } });
    }
  }

  /** Requests to send now. */
  due(nowMs: number): readonly VertexRequest[] {
    if (this.#hasUnwanted && this.wants.takeNewRoom()) {
      this.#hasUnwanted = false;
      reached(MARK.wantTakenLater);
      for (const { id, from } of this.pending.awaited()) if (!this.pending.has(id)) this.#want(id, from, 'now');
    }
    return this.wants.due(nowMs, (id) => this.pending.isAwaited(id));
  }

  #remember(dropped: VertexId): void {
    this.#dropped.add(dropped);
    const [oldest] = this.#dropped;
    if (this.#dropped.size > DROPPED_IDS_MAX && oldest !== undefined) this.#dropped.delete(oldest);
  }

  #want(id: VertexId, from: ValidatorIndex | null, urgency: 'now' | 'after-grace'): boolean {
    const isWanted = this.wants.want(id, from, urgency);
    if (!isWanted) reached(MARK.wantShareFull);
    this.#hasUnwanted ||= !isWanted;
    return isWanted;
  }

  #accept(vertex: CheckedVertex): Result<Vertex, AcceptFailure> {
    return vertex.kind === 'transaction'
      ? this.#tangle.acceptTransaction(vertex)
      : this.#tangle.acceptStatement(vertex);
  }

  #keepOrRefuse(pending: PendingVertex, failure: AcceptFailure, effects: Effects): void {
    const { vertex, from, solicited } = pending;
    if (failure.code !== 'missing') {
      this.#refuse(pending, failure, effects);
      return;
    }
    // Whoever had to ask for a vertex probably lacks what it stands on as well.
    const urgency = from === null || solicited ? 'now' : 'after-grace';
    for (const id of failure.ids) if (!this.pending.has(id)) this.#want(id, from, urgency);
    if (from === null) {
      reached(MARK.submissionParentUnknown);
      effects.refusals.push({ id: vertex.id, from, reason: { code: 'parent-unknown', ids: failure.ids } });
      return;
    }
    reached(MARK.vertexWaited);
    this.wants.resolved(vertex.id);
    for (const evicted of this.pending.add(pending, failure.ids)) {
      reached(MARK.pendingEvicted);
      const reason = { code: 'pending-evicted' } as const;
      effects.refusals.push({ id: evicted.vertex.id, from: evicted.from, reason });
      if (this.pending.isAwaited(evicted.vertex.id)) this.#want(evicted.vertex.id, evicted.from, 'now');
    }
  }

  /** What breaks a rule can never be accepted, nor what stands on it. */
  #refuse(pending: PendingVertex, reason: Exclude<AcceptFailure, { code: 'missing' }>, effects: Effects): void {
    const id: VertexId = pending.vertex.id;
    reached(reason.code === 'invalid-citation' ? MARK.citationRefused : MARK.parentNotTransaction);
    this.wants.resolved(id);
    const above = this.pending.reject(id);
    if (above.length > 0) reached(MARK.pendingRejected);
    for (const refused of [pending, ...above]) {
      effects.refusals.push({ id: refused.vertex.id, from: refused.from, reason });
    }
  }

  /** Looked at again when its ancestors are here: else any number of versions could wait for one and slip in with it. */
  #isSurplus({ vertex, solicited }: PendingVertex): boolean {
    if (vertex.kind === 'transaction') return false;
    const known = this.#tangle.statementsAt(vertex.round).filter(({ author }) => author === vertex.author);
    if (known.length < STATEMENTS_PER_SLOT_MAX) return false;
    const isCited = solicited || this.pending.isAwaited(vertex.id);
    if (isCited) reached(MARK.surplusCited);
    return !isCited;
  }
}
