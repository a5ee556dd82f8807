/**
 * Answers what peers ask for, from the store only: what is served is durable. One answer at a time for each peer, in
 * order, as fast as its link takes it; a peer that asks faster than that loses its newest requests and asks again.
 */
import type { ValidatorIndex, VertexId } from '@tangle/core/ids';
import { MARK, reached } from '@tangle/core/marks';
import { FrameBuilder, type PeerMessage } from './messages.js';
import type { StorePort } from './ports.js';

/** Pauses before a full link is tried again: the first one, each twice the one before, and the longest. */
const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX = 1_000;

export interface ResponderLimits {
  readonly servedRequestsPerPeerMax: number;
  readonly commitsAnswerBytesMax: number;
  /** Ids answered of one request; what is over is asked for again. */
  readonly idsPerRequestMax: number;
}

export interface ResponderOptions {
  readonly store: StorePort;
  readonly limits: ResponderLimits;
  readonly self: ValidatorIndex | null;
  /** False where the link takes no more for now. */
  send(peer: ValidatorIndex, message: PeerMessage): boolean;
  pause(ms: number): Promise<void>;
  epoch(): number;
  /** Whoever cannot say which statement of its own is the newest vouches for nobody's past (PROTOCOL 9). */
  knowsOwnPast(): boolean;
  /** The store failed: the replica stops. */
  failed(error: unknown): void;
}

type Question = Extract<PeerMessage, { kind: 'request' | 'commits-request' | 'recall' }>;

/** What one link of a peer has asked, the one being answered first. Another link of the same peer is another object. */
interface Asker {
  readonly peer: ValidatorIndex;
  readonly questions: Question[];
}

export class Responder {
  readonly #options: ResponderOptions;
  readonly #askers = new Map<ValidatorIndex, Asker>();
  #stopped = false;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** False where the peer's queue is full and the question was dropped. */
  ask(peer: ValidatorIndex, question: Question): boolean {
    if (this.#stopped) return false;
    const known = this.#askers.get(peer);
    if (known !== undefined) {
      if (isSameCommits(question, known.questions)) return true;
      if (known.questions.length >= this.#options.limits.servedRequestsPerPeerMax) {
        reached(MARK.requestDropped);
        return false;
      }
      known.questions.push(question);
      return true;
    }
    const asker: Asker = { peer, questions: [question] };
    this.#askers.set(peer, asker);
    this.#drain(asker).catch((error: unknown) => this.#options.failed(error));
    return true;
  }

  /** Answers under way end with their link. */
  peerDown(peer: ValidatorIndex): void {
    this.#askers.delete(peer);
  }

  stop(): void {
    this.#stopped = true;
    this.#askers.clear();
  }

  async #drain(asker: Asker): Promise<void> {
    const { peer, questions } = asker;
    for (let question = questions[0]; question !== undefined; question = questions[0]) {
      await this.#answer(asker, question);
      if (!this.#listens(asker)) return;
      questions.shift();
    }
    this.#askers.delete(peer);
  }

  #listens(asker: Asker): boolean {
    return this.#askers.get(asker.peer) === asker;
  }

  async #answer(asker: Asker, question: Question): Promise<void> {
    switch (question.kind) {
      case 'request':
        return this.#answerRequest(asker, question.ids);
      case 'commits-request':
        return this.#answerCommits(asker, question.fromIndex);
      case 'recall':
        return this.#answerRecall(asker);
    }
  }

  async #answerRequest(asker: Asker, ids: readonly VertexId[]): Promise<void> {
    const frames = new FrameBuilder();
    const notHeld: VertexId[] = [];
    for (const id of ids.slice(0, this.#options.limits.idsPerRequestMax)) {
      if (!this.#listens(asker)) return;
      const bytes = await this.#options.store.vertex(id);
      if (bytes === undefined) notHeld.push(id);
      else await this.#deliver(asker, frames.add(bytes));
    }
    await this.#deliver(asker, frames.flush());
    if (notHeld.length === 0) return;
    reached(MARK.notHeldAnswered);
    await this.#deliver(asker, { kind: 'not-held', ids: notHeld });
  }

  /** Whole commits in order: each one's transactions, then its statements, so that nothing arrives before what it cites. */
  async #answerCommits(asker: Asker, fromIndex: number): Promise<void> {
    const { store, limits } = this.#options;
    const frames = new FrameBuilder();
    const lastIndex = (await store.head())?.index ?? 0;
    let index = Math.max(1, fromIndex);
    for (; index <= lastIndex && frames.bytes < limits.commitsAnswerBytesMax; index++) {
      const commit = await store.commit(index);
      if (commit === undefined) break;
      for (const id of [...commit.entries.map((entry) => entry.id), ...commit.statements]) {
        if (!this.#listens(asker)) return;
        const bytes = await store.vertex(id);
        if (bytes !== undefined) await this.#deliver(asker, frames.add(bytes));
      }
    }
    await this.#deliver(asker, frames.flush());
    await this.#deliver(asker, { kind: 'commits-end', nextIndex: index, lastIndex });
  }

  async #answerRecall(asker: Asker): Promise<void> {
    const { store, self } = this.#options;
    if (self === null || !this.#options.knowsOwnPast()) {
      reached(MARK.recallUnanswered);
      return;
    }
    const epoch = this.#options.epoch();
    const own = (await store.newestStatementOf(epoch, self)) ?? null;
    const yours = (await store.newestStatementOf(epoch, asker.peer)) ?? null;
    await this.#deliver(asker, { kind: 'recollection', of: 'answerer', statement: own });
    await this.#deliver(asker, { kind: 'recollection', of: 'asker', statement: yours });
  }

  /** Waits until the link has room: what a link takes at once bounds no answer. Gives up when the link is gone. */
  async #deliver(asker: Asker, message: PeerMessage | null): Promise<void> {
    if (message === null) return;
    for (let pauseMs = PAUSE_MS_MIN; this.#listens(asker); pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      if (this.#options.send(asker.peer, message)) return;
      reached(MARK.linkFull);
      await this.#options.pause(pauseMs);
    }
  }
}

/** A slow answer is asked for again before it has ended: it is on its way. */
function isSameCommits(question: Question, waiting: readonly Question[]): boolean {
  if (question.kind !== 'commits-request') return false;
  return waiting.some((other) => other.kind === 'commits-request' && other.fromIndex === question.fromIndex);
}
