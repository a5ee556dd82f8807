/**
 * The network of a cluster in fine weather: every link is one connection in each direction, as a WebSocket is, so it keeps
 * order and loses nothing. Owns delays, bandwidth, and what sending again costs; cuts and partitions are SimNetwork's.
 */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { EventQueue } from '../event-queue.js';
import type { NetworkMedium, Station } from '../network.js';
import type { Random } from '../prng.js';
import type { Geography } from './geography.js';
import type { Polls } from './polls.js';
import type { Processors } from './processors.js';

export interface WideNetworkOptions {
  readonly nodes: number;
  readonly geography: Geography;
  /** Of each direction of a link. */
  readonly bitsPerSecond: number;
  /** Probability that a message has to be sent again, and again. */
  readonly loss: number;
  readonly processors: Processors;
  /** CPU time that a message takes of the node that it reaches, microseconds. */
  readonly workUs: (message: Uint8Array) => number;
}

/** What a loss costs besides a round trip: the least time after which TCP sends again on Linux. */
const RETRANSMISSION_MS = 200;
/** TCP, IP and the frame of a WebSocket, bytes a message. */
const OVERHEAD_BYTES = 80;

/** What a connection has carried so far. */
export interface Traffic {
  readonly messages: number;
  readonly bytes: number;
}

export class WideNetwork implements NetworkMedium {
  readonly #options: WideNetworkOptions;
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #polls: Polls;
  readonly #stations: (Station | null)[];
  /** How often each node's process has changed: what was sent to or by an earlier one never arrives. */
  readonly #generations: Int32Array;
  /** Of each direction of a link, by from * nodes + to: when its last byte leaves, and arrives. */
  readonly #freeUs: Float64Array;
  readonly #arrivalUs: Float64Array;
  readonly #isConnected: Uint8Array;
  /** Whether the first believes that its link to the second is up. */
  readonly #isSeenUp: Uint8Array;
  #messages = 0;
  #bytes = 0;

  constructor(options: WideNetworkOptions, queue: EventQueue, polls: Polls, random: Random) {
    const { nodes } = options;
    this.#options = options;
    this.#queue = queue;
    this.#polls = polls;
    this.#random = random;
    this.#stations = Array.from({ length: nodes }, () => null);
    this.#generations = new Int32Array(nodes);
    this.#freeUs = new Float64Array(nodes * nodes);
    this.#arrivalUs = new Float64Array(nodes * nodes);
    this.#isConnected = new Uint8Array(nodes * nodes);
    this.#isSeenUp = new Uint8Array(nodes * nodes);
  }

  /** Handed in so far, sent again or not. */
  get traffic(): Traffic {
    return { messages: this.#messages, bytes: this.#bytes };
  }

  join(node: ValidatorIndex, station: Station): void {
    this.#stations[node] = station;
    this.#generations[node] = this.#generationOf(node) + 1;
    this.#stations.forEach((other, peer) => {
      if (other !== null && peer !== node) this.#connectSoon(node, peer);
    });
  }

  leave(node: ValidatorIndex): void {
    this.#stations[node] = null;
    this.#generations[node] = this.#generationOf(node) + 1;
    for (let peer = 0; peer < this.#stations.length; peer++) {
      const [there, back] = [this.#laneOf(node, peer), this.#laneOf(peer, node)];
      this.#isSeenUp[there] = 0;
      if (this.#isConnected[back] === 0) continue;
      this.#isConnected[there] = 0;
      this.#isConnected[back] = 0;
      this.#queue.after(this.#options.geography.drawMs(node, peer), () => {
        if (this.#isConnected[back] === 0) this.#tellDown(peer, node);
      });
    }
  }

  send(from: ValidatorIndex, to: ValidatorIndex, message: Uint8Array): boolean {
    const lane = this.#laneOf(from, to);
    if (this.#isConnected[lane] === 0) return false;
    const { bitsPerSecond, geography, loss } = this.#options;
    const bytes = message.length + OVERHEAD_BYTES;
    this.#messages++;
    this.#bytes += bytes;
    const leavesUs = Math.max(this.#queue.nowUs, this.#freeUs[lane] as number) + (bytes * 8 * 1e6) / bitsPerSecond;
    this.#freeUs[lane] = leavesUs;
    let delayMs = geography.drawMs(from, to);
    while (this.#random.chance(loss)) delayMs += 2 * geography.leastMs(from, to) + RETRANSMISSION_MS;
    // Nothing overtakes: what was sent before is read before, however late it is.
    const arrivalUs = Math.max(this.#arrivalUs[lane] as number, leavesUs + delayMs * 1_000);
    this.#arrivalUs[lane] = arrivalUs;
    this.#polls.at(arrivalUs, this.#delivery(from, to, message));
    return true;
  }

  #delivery(from: ValidatorIndex, to: ValidatorIndex, message: Uint8Array): () => void {
    const sender = this.#generationOf(from);
    const receiver = this.#generationOf(to);
    const { processors, workUs } = this.#options;
    const receive = (): void => {
      if (this.#generationOf(to) !== receiver || this.#generationOf(from) !== sender) return;
      this.#stations[to]?.receive(from, message);
    };
    return () => processors.work(to, workUs(message), receive);
  }

  #connectSoon(one: ValidatorIndex, other: ValidatorIndex): void {
    const generations = [this.#generationOf(one), this.#generationOf(other)];
    // A handshake is a round trip.
    this.#queue.after(2 * this.#options.geography.drawMs(one, other), () => {
      if (this.#generationOf(one) !== generations[0] || this.#generationOf(other) !== generations[1]) return;
      this.#connect(one, other);
      this.#connect(other, one);
      this.#stations[one]?.peerUp(other);
      this.#stations[other]?.peerUp(one);
    });
  }

  #connect(from: ValidatorIndex, to: ValidatorIndex): void {
    // An end that has not noticed yet that the old connection is gone learns it from the new one.
    this.#tellDown(from, to);
    const lane = this.#laneOf(from, to);
    this.#isConnected[lane] = 1;
    this.#isSeenUp[lane] = 1;
    this.#arrivalUs[lane] = 0;
    this.#freeUs[lane] = 0;
  }

  #tellDown(node: ValidatorIndex, peer: ValidatorIndex): void {
    const lane = this.#laneOf(node, peer);
    if (this.#isSeenUp[lane] === 0) return;
    this.#isSeenUp[lane] = 0;
    this.#stations[node]?.peerDown(peer);
  }

  #laneOf(from: ValidatorIndex, to: ValidatorIndex): number {
    return from * this.#options.nodes + to;
  }

  #generationOf(node: ValidatorIndex): number {
    return this.#generations[node] as number;
  }
}
