/** A device: signs readings over two tips of its gateway, and offers the same bytes until some node has taken them. */
import type { TransactionId, ValidatorIndex } from '@tangle/core/ids';
import { PAYLOAD_TYPE, type CheckedTransaction, type Genesis } from '@tangle/core/model';
import type { Crypto } from '@tangle/core/crypto';
import { present } from '@tangle/core/assert';
import { testTransaction, type TestDevice } from '@tangle/core/testing';
import type { SubmitAnswer } from '@tangle/node/replica';
import type { EventQueue, VirtualUs } from './event-queue.js';
import type { SimNode } from './node.js';

/** What makes a transaction of sequence and parents. */
export type Draft = (sequence: number, parents: readonly [TransactionId, TransactionId]) => CheckedTransaction;

export interface DeviceListener {
  /** Signed, and offered for the first time at `sinceUs`, when the reading was taken. */
  onSigned(id: TransactionId, sinceUs: VirtualUs): void;
  onAccepted(id: TransactionId, node: ValidatorIndex): void;
  /** A node refuses for good what an honest device sent. */
  onRefused(id: TransactionId, answer: SubmitAnswer): void;
}

/** Time a node has to take a reading before the next node is asked. */
const ATTEMPT_MS = 1_000;
/** Times all nodes are asked before a reading is given up that may have lost its parents. */
const ROUNDS_BEFORE_GIVING_UP = 10;
const PAYLOAD = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

interface Outgoing {
  readonly sequence: number;
  readonly draft: Draft;
  readonly sinceUs: VirtualUs;
  transaction: CheckedTransaction | null;
  attempts: number;
  /** Answers in a row that said so. */
  parentUnknown: number;
}

export class SimDevice {
  readonly #key: TestDevice;
  readonly #network: { readonly genesis: Genesis; readonly crypto: Crypto };
  readonly #nodes: readonly SimNode[];
  readonly #gateway: ValidatorIndex;
  readonly #queue: EventQueue;
  readonly #listener: DeviceListener;
  readonly #waiting = new Set<Outgoing>();
  #sequence = 0;
  #givesUpAbove = Number.POSITIVE_INFINITY;

  constructor(
    key: TestDevice,
    gateway: ValidatorIndex,
    world: {
      readonly network: { readonly genesis: Genesis; readonly crypto: Crypto };
      readonly nodes: readonly SimNode[];
      readonly queue: EventQueue;
      readonly listener: DeviceListener;
    },
  ) {
    this.#key = key;
    this.#gateway = gateway;
    this.#network = world.network;
    this.#nodes = world.nodes;
    this.#queue = world.queue;
    this.#listener = world.listener;
  }

  /** Readings that no node has taken yet. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /**
   * A node has lost its disk, and with it perhaps the only copy of what a reading approves: from now on one that every
   * node has found without parents, several times, is given up.
   */
  nodeForgot(): void {
    this.#givesUpAbove = ROUNDS_BEFORE_GIVING_UP * this.#nodes.length;
  }

  /** Takes a reading and sends it. */
  read(): void {
    const { time } = this.#network.genesis.parameters;
    const timestampMs = time + Math.floor(this.#queue.nowUs / 1_000);
    this.send((sequence, parents) =>
      testTransaction(this.#network, this.#key, {
        sequence,
        parents,
        timestampMs,
        payloadType: PAYLOAD_TYPE.opaque,
        payload: PAYLOAD,
      }),
    );
  }

  /** Sends what `draft` makes, under the next sequence number. */
  send(draft: Draft): void {
    const sequence = ++this.#sequence;
    const sinceUs = this.#queue.nowUs;
    const outgoing: Outgoing = { sequence, draft, sinceUs, transaction: null, attempts: 0, parentUnknown: 0 };
    this.#waiting.add(outgoing);
    this.#attempt(outgoing);
  }

  /** A node that crashes never answers, so the clock decides when the next one is asked. */
  #attempt(outgoing: Outgoing): void {
    const attempt = ++outgoing.attempts;
    this.#queue.after(ATTEMPT_MS, () => {
      if (this.#waiting.has(outgoing)) this.#attempt(outgoing);
    });
    this.#offer(outgoing, attempt).catch((error: unknown) => {
      // Nothing in there may reject; the event loop of the world makes it a violation.
      this.#queue.after(0, () => {
        throw error;
      });
    });
  }

  async #offer(outgoing: Outgoing, attempt: number): Promise<void> {
    const node = present(this.#nodes[(this.#gateway + attempt - 1) % this.#nodes.length], 'a node for every index');
    const { replica } = node;
    if (replica === null) return;
    if (outgoing.transaction === null) {
      const canRead = await replica.settled().then(
        () => true,
        // It has stopped for good; the next attempt asks another.
        () => false,
      );
      if (!canRead) return;
      const [first, second] = replica.tips(2, this.#key.issuer);
      // Another attempt, or a crash, may have come in between.
      if (outgoing.attempts !== attempt || node.replica !== replica) return;
      const parents = [present(first, 'a tip'), present(second, 'a second tip')] as const;
      outgoing.transaction = outgoing.draft(outgoing.sequence, parents);
      this.#listener.onSigned(outgoing.transaction.id, outgoing.sinceUs);
    }
    const { id, bytes } = outgoing.transaction;
    const answer = await replica.submit(bytes);
    if (node.replica !== replica || !this.#waiting.has(outgoing)) return;
    outgoing.parentUnknown = answer.kind === 'parent-unknown' ? outgoing.parentUnknown + 1 : 0;
    if (outgoing.parentUnknown > this.#givesUpAbove) {
      this.#waiting.delete(outgoing);
    } else if (answer.kind === 'accepted') {
      this.#waiting.delete(outgoing);
      this.#listener.onAccepted(id, node.index);
    } else if (answer.kind === 'refused' || answer.kind === 'invalid-parent') {
      this.#listener.onRefused(id, answer);
    }
  }
}
