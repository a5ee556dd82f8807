/**
 * Answers what peers ask for, from the store only: what is served is durable. One answer at a time for each peer, in
 * order; a peer that asks faster than it is answered loses its newest requests and asks again.
 */
import type { ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { PeerMessage } from './messages.js';
import { FrameStream } from './messages.js';
import type { StorePort } from './ports.js';

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
  /** False where the link takes no more. */
  send(peer: ValidatorIndex, message: PeerMessage): boolean;
  epoch(): number;
  inDoubt(): boolean;
  /** The store failed: the replica stops. */
  failed(error: unknown): void;
}

type Question = Extract<PeerMessage, { kind: 'request' | 'commits-request' | 'recall' }>;

export class Responder {
  readonly #options: ResponderOptions;
  readonly #queues = new Map<ValidatorIndex, Question[]>();

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** False where the peer's queue is full and the question was dropped. */
  ask(peer: ValidatorIndex, question: Question): boolean {
    const queue = this.#queues.get(peer);
    if (queue !== undefined) {
      if (queue.length >= this.#options.limits.servedRequestsPerPeerMax) return false;
      queue.push(question);
      return true;
    }
    this.#queues.set(peer, [question]);
    this.#drain(peer).catch((error: unknown) => this.#options.failed(error));
    return true;
  }

  peerDown(peer: ValidatorIndex): void {
    this.#queues.get(peer)?.splice(0);
  }

  async #drain(peer: ValidatorIndex): Promise<void> {
    const queue = this.#queues.get(peer) ?? [];
    for (let question = queue[0]; question !== undefined; question = queue[0]) {
      await this.#answer(peer, question);
      queue.shift();
    }
    this.#queues.delete(peer);
  }

  async #answer(peer: ValidatorIndex, question: Question): Promise<void> {
    switch (question.kind) {
      case 'request':
        return this.#answerRequest(peer, question.ids);
      case 'commits-request':
        return this.#answerCommits(peer, question.fromIndex);
      case 'recall':
        return this.#answerRecall(peer);
    }
  }

  async #answerRequest(peer: ValidatorIndex, ids: readonly VertexId[]): Promise<void> {
    const frames = new FrameStream((frame) => this.#options.send(peer, frame));
    const notHeld: VertexId[] = [];
    for (const id of ids.slice(0, this.#options.limits.idsPerRequestMax)) {
      const bytes = await this.#options.store.vertex(id);
      if (bytes === undefined) notHeld.push(id);
      else if (!frames.add(bytes)) return;
    }
    frames.flush();
    if (notHeld.length > 0) this.#options.send(peer, { kind: 'not-held', ids: notHeld });
  }

  /** Whole commits in order: each one's transactions, then its statements, so that nothing arrives before what it cites. */
  async #answerCommits(peer: ValidatorIndex, fromIndex: number): Promise<void> {
    const { store, limits } = this.#options;
    const frames = new FrameStream((frame) => this.#options.send(peer, frame));
    const lastIndex = (await store.head())?.index ?? 0;
    let index = Math.max(1, fromIndex);
    for (; index <= lastIndex && frames.bytes < limits.commitsAnswerBytesMax; index++) {
      const commit = await store.commit(index);
      if (commit === undefined) break;
      for (const id of [...commit.entries.map((entry) => entry.id), ...commit.statements]) {
        const bytes = await store.vertex(id);
        if (bytes !== undefined && !frames.add(bytes)) return;
      }
    }
    frames.flush();
    this.#options.send(peer, { kind: 'commits-end', nextIndex: index, lastIndex });
  }

  async #answerRecall(peer: ValidatorIndex): Promise<void> {
    const { store, self } = this.#options;
    if (self === null || this.#options.inDoubt()) return;
    const epoch = this.#options.epoch();
    const own = (await store.newestStatementOf(epoch, self)) ?? null;
    const yours = (await store.newestStatementOf(epoch, peer)) ?? null;
    this.#options.send(peer, { kind: 'recollection', of: 'answerer', statement: own });
    this.#options.send(peer, { kind: 'recollection', of: 'asker', statement: yours });
  }
}
