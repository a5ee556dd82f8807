/**
 * The network between the processes: delay, loss, duplication, partitions, links that go down and come up again.
 * Harsher than the real one: a WebSocket keeps order and loses nothing while it is up, this does neither.
 */
import type { ValidatorIndex } from '@tangle/core/ids';
import { present } from '@tangle/core/assert';
import type { EventQueue } from './event-queue.js';
import type { Random } from './prng.js';
import type { Trace } from './trace.js';

export interface NetworkOptions {
  /** One-way delay of a message: `delayMinMs` and an exponential part on top, so that the mean is `delayMeanMs`. */
  readonly delayMinMs: number;
  readonly delayMeanMs: number;
  /** Probability that a message is lost, or arrives twice. */
  readonly loss: number;
  readonly duplication: number;
  /** Longest time until both ends of a cut link notice, and until a healed one is up again. */
  readonly detectMs: number;
  readonly reconnectMs: number;
}

/** A process as the network sees it. */
export interface Station {
  peerUp(peer: ValidatorIndex): void;
  peerDown(peer: ValidatorIndex): void;
  receive(peer: ValidatorIndex, message: Uint8Array): void;
}

/** True lets the message pass. For scenarios that lose exactly what hurts. */
export type MessageFilter = (from: ValidatorIndex, to: ValidatorIndex, message: Uint8Array) => boolean;

/** Between two nodes, `low` < `high`. */
interface Link {
  readonly low: ValidatorIndex;
  readonly high: ValidatorIndex;
  isCut: boolean;
  /** What each end believes. */
  readonly seenUpBy: Set<ValidatorIndex>;
  /** Counts connections: what was sent over an earlier one never arrives. */
  connection: number;
}

export class SimNetwork {
  filter: MessageFilter | null = null;
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #trace: Trace;
  #options: NetworkOptions;
  readonly #stations = new Map<ValidatorIndex, Station>();
  readonly #links = new Map<string, Link>();
  #messages = 0;

  constructor(options: NetworkOptions, queue: EventQueue, random: Random, trace: Trace) {
    this.#options = options;
    this.#queue = queue;
    this.#random = random;
    this.#trace = trace;
  }

  /** Messages handed in so far. */
  get messages(): number {
    return this.#messages;
  }

  /** Better or worse weather from now on. */
  change(options: Partial<NetworkOptions>): void {
    this.#options = { ...this.#options, ...options };
  }

  /** A process starts: it finds every other that runs and can be reached. */
  join(node: ValidatorIndex, station: Station): void {
    this.#stations.set(node, station);
    for (const peer of this.#stations.keys()) {
      if (peer !== node) this.#connectSoon(this.#link(node, peer));
    }
  }

  /** A process ends without a word: the others notice a little later. */
  leave(node: ValidatorIndex): void {
    this.#stations.delete(node);
    for (const link of this.#links.values()) {
      if (link.low !== node && link.high !== node) continue;
      link.connection++;
      link.seenUpBy.delete(node);
      const { connection } = link;
      this.#queue.after(this.#delayMs(), () => {
        if (link.connection === connection) this.#tellDown(link);
      });
    }
  }

  /** Cuts every link between nodes of different sets; a node in none keeps its links. */
  partition(sets: readonly (readonly ValidatorIndex[])[]): void {
    const setOf = new Map(sets.flatMap((set, index) => set.map((node) => [node, index] as const)));
    for (const link of this.#links.values()) {
      const [low, high] = [setOf.get(link.low), setOf.get(link.high)];
      if (low !== undefined && high !== undefined && low !== high) this.#cut(link);
    }
    this.#trace.note('partition', JSON.stringify(sets));
  }

  /** Mends all cut links. */
  heal(): void {
    for (const link of this.#links.values()) {
      if (!link.isCut) continue;
      link.isCut = false;
      this.#connectSoon(link);
    }
    this.#trace.note('heal');
  }

  /** False where the sender has no link to the peer; true says nothing about its arrival. */
  send(from: ValidatorIndex, to: ValidatorIndex, message: Uint8Array): boolean {
    const link = this.#link(from, to);
    if (!link.seenUpBy.has(from)) return false;
    this.#messages++;
    const lost = link.isCut || this.filter?.(from, to, message) === false || this.#random.chance(this.#options.loss);
    this.#trace.note(lost ? 'lost' : 'send', from, to, message.length);
    if (lost) return true;
    this.#deliverSoon(link, from, to, message);
    if (this.#random.chance(this.#options.duplication)) this.#deliverSoon(link, from, to, message);
    return true;
  }

  #deliverSoon(link: Link, from: ValidatorIndex, to: ValidatorIndex, message: Uint8Array): void {
    const { connection } = link;
    this.#queue.after(this.#delayMs(), () => {
      if (link.isCut || link.connection !== connection || !link.seenUpBy.has(to)) return;
      this.#trace.note('receive', from, to, message.length);
      this.#stations.get(to)?.receive(from, message);
    });
  }

  #cut(link: Link): void {
    if (link.isCut) return;
    link.isCut = true;
    const { connection } = link;
    this.#queue.after(this.#random.unit() * this.#options.detectMs, () => {
      if (!link.isCut || link.connection !== connection) return;
      link.connection++;
      this.#tellDown(link);
    });
  }

  #connectSoon(link: Link): void {
    this.#queue.after(this.#delayMs() + this.#random.unit() * this.#options.reconnectMs, () => this.#connect(link));
  }

  #connect(link: Link): void {
    const ends = [link.low, link.high];
    const isPossible = !link.isCut && ends.every((end) => this.#stations.has(end));
    if (!isPossible || link.seenUpBy.size === ends.length) return;
    // An end that has not noticed yet that the old connection is gone learns it from the new one.
    this.#tellDown(link);
    link.connection++;
    this.#trace.note('up', link.low, link.high);
    for (const end of ends) {
      link.seenUpBy.add(end);
      this.#stations.get(end)?.peerUp(end === link.low ? link.high : link.low);
    }
  }

  #tellDown(link: Link): void {
    for (const end of link.seenUpBy) {
      link.seenUpBy.delete(end);
      this.#trace.note('down', end, end === link.low ? link.high : link.low);
      this.#stations.get(end)?.peerDown(end === link.low ? link.high : link.low);
    }
  }

  #delayMs(): number {
    const { delayMinMs, delayMeanMs } = this.#options;
    return delayMinMs + this.#random.exponential(delayMeanMs - delayMinMs);
  }

  #link(one: ValidatorIndex, other: ValidatorIndex): Link {
    const [low, high] = one < other ? [one, other] : [other, one];
    const key = `${low}-${high}`;
    if (!this.#links.has(key)) this.#links.set(key, { low, high, isCut: false, seenUpBy: new Set(), connection: 0 });
    return present(this.#links.get(key), 'just made');
  }
}
