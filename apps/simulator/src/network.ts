/**
 * The network between the processes: delay, loss, duplication, cut, clogged and slow links, links that go down and come
 * up again. Harsher than the real one: a WebSocket keeps order and loses nothing while it is up, this does neither.
 */
import type { ValidatorIndex } from '@tangle/core/ids';
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
  /** What a clogged lane holds at most, as a socket's buffer does: beyond it the sender is told that it takes no more. */
  readonly linkBytesMax: number;
}

/** A process as the network sees it. */
export interface Station {
  peerUp(peer: ValidatorIndex): void;
  peerDown(peer: ValidatorIndex): void;
  receive(peer: ValidatorIndex, message: Uint8Array): void;
}

/** What a process needs of a network. */
export interface NetworkMedium {
  /** A process starts: it finds every other that runs and can be reached. */
  join(node: ValidatorIndex, station: Station): void;
  /** A process ends without a word: the others notice a little later. */
  leave(node: ValidatorIndex): void;
  /** False where the sender is told that nothing goes this way now. What is sent is not written to any more. */
  send(from: ValidatorIndex, to: ValidatorIndex, message: Uint8Array): boolean;
}

/** True lets the message pass. For scenarios that lose exactly what hurts. */
export type MessageFilter = (from: ValidatorIndex, to: ValidatorIndex, message: Uint8Array) => boolean;

/** Ends a disturbance; without effect where `heal` has ended it before. */
export type Mend = () => void;

/** One direction of a link. */
interface Lane {
  readonly from: ValidatorIndex;
  readonly to: ValidatorIndex;
  /** Disturbances under way, each an object of its own: they may overlap. */
  readonly cuts: Set<object>;
  readonly clogs: Set<object>;
  /** Delays are so many times longer. */
  readonly slowdowns: Map<object, number>;
  /** What a clog holds back. */
  held: { readonly bytes: number; readonly deliver: () => void }[];
  heldBytes: number;
}

/** Between two nodes, `low` < `high`. */
interface Link {
  readonly low: ValidatorIndex;
  readonly high: ValidatorIndex;
  /** From low to high, and back. */
  readonly lanes: readonly [Lane, Lane];
  /** What each end believes. */
  readonly seenUpBy: Set<ValidatorIndex>;
  /** Counts connections: what was sent over an earlier one never arrives. */
  connection: number;
}

/** More than there are validators in any world: makes one number of two indexes. */
const STATIONS_MAX = 1_024;

export class SimNetwork implements NetworkMedium {
  filter: MessageFilter | null = null;
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #trace: Trace;
  #options: NetworkOptions;
  readonly #stations = new Map<ValidatorIndex, Station>();
  readonly #links = new Map<number, Link>();
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

  /** Cuts the links between the sets, both ways; both ends notice after a while. */
  partition(sets: readonly (readonly ValidatorIndex[])[]): Mend {
    this.#trace.note('partition', JSON.stringify(sets));
    return this.#cut(
      sets.flatMap((set) => sets.filter((other) => other !== set).flatMap((other) => pairs(set, other))),
    );
  }

  /**
   * What the first say never reaches the second, while the others are heard as before. Neither end notices: harsher than
   * a real link, whose heartbeats fail.
   */
  cutOneWay(from: readonly ValidatorIndex[], to: readonly ValidatorIndex[]): Mend {
    this.#trace.note('cut', JSON.stringify([from, to]));
    return this.#cut(pairs(from, to));
  }

  /** Holds everything that goes this way until it is mended, then lets it go at once, in any order. */
  clog(from: ValidatorIndex, to: ValidatorIndex): Mend {
    this.#trace.note('clog', from, to);
    const lane = this.#lane(from, to);
    const disturbance = {};
    lane.clogs.add(disturbance);
    return () => {
      lane.clogs.delete(disturbance);
      this.#unclog(lane);
    };
  }

  /** Everything that goes this way takes so many times longer. */
  slow(from: ValidatorIndex, to: ValidatorIndex, factor: number): Mend {
    this.#trace.note('slow', from, to);
    const { slowdowns } = this.#lane(from, to);
    const disturbance = {};
    slowdowns.set(disturbance, factor);
    return () => void slowdowns.delete(disturbance);
  }

  /** Mends all links. */
  heal(): void {
    this.#trace.note('heal');
    for (const link of this.#links.values()) {
      for (const lane of link.lanes) {
        lane.cuts.clear();
        lane.clogs.clear();
        lane.slowdowns.clear();
        this.#unclog(lane);
      }
      this.#connectSoon(link);
    }
  }

  /** False where the sender has no link to the peer, or it takes no more; true says nothing about its arrival. */
  send(from: ValidatorIndex, to: ValidatorIndex, message: Uint8Array): boolean {
    const link = this.#link(from, to);
    const lane = laneOf(link, from);
    if (!link.seenUpBy.has(from) || lane.heldBytes > this.#options.linkBytesMax) return false;
    this.#messages++;
    const lost =
      lane.cuts.size > 0 || this.filter?.(from, to, message) === false || this.#random.chance(this.#options.loss);
    this.#trace.note(lost ? 'lost' : 'send', from, to, message.length);
    if (lost) return true;
    this.#deliverSoon(link, lane, message);
    if (this.#random.chance(this.#options.duplication)) this.#deliverSoon(link, lane, message);
    return true;
  }

  #deliverSoon(link: Link, lane: Lane, message: Uint8Array): void {
    const { connection } = link;
    const { from, to } = lane;
    const deliver = (): void => {
      if (lane.cuts.size > 0 || link.connection !== connection || !link.seenUpBy.has(to)) return;
      this.#trace.note('receive', from, to, message.length);
      this.#stations.get(to)?.receive(from, message);
    };
    if (lane.clogs.size > 0) {
      lane.held.push({ bytes: message.length, deliver });
      lane.heldBytes += message.length;
      return;
    }
    this.#queue.after(this.#delayMs(lane), deliver);
  }

  #unclog(lane: Lane): void {
    if (lane.clogs.size > 0) return;
    const { held } = lane;
    lane.held = [];
    lane.heldBytes = 0;
    // Each with a delay of its own: they arrive in any order.
    for (const { deliver } of held) this.#queue.after(this.#delayMs(lane), deliver);
  }

  #cut(ways: readonly (readonly [ValidatorIndex, ValidatorIndex])[]): Mend {
    const disturbance = {};
    const links = new Set<Link>();
    for (const [from, to] of ways) {
      const link = this.#link(from, to);
      laneOf(link, from).cuts.add(disturbance);
      links.add(link);
    }
    for (const link of links) if (isSevered(link)) this.#noticeSoon(link);
    return () => {
      for (const link of links) {
        const wasCut = link.lanes.map(({ cuts }) => cuts.delete(disturbance)).includes(true);
        if (wasCut) this.#connectSoon(link);
      }
    };
  }

  #noticeSoon(link: Link): void {
    const { connection } = link;
    this.#queue.after(this.#random.unit() * this.#options.detectMs, () => {
      if (!isSevered(link) || link.connection !== connection) return;
      link.connection++;
      this.#tellDown(link);
    });
  }

  #connectSoon(link: Link): void {
    if (isUp(link)) return;
    this.#queue.after(this.#delayMs() + this.#random.unit() * this.#options.reconnectMs, () => this.#connect(link));
  }

  #connect(link: Link): void {
    const ends = [link.low, link.high];
    const isPossible = link.lanes.every(({ cuts }) => cuts.size === 0) && ends.every((end) => this.#stations.has(end));
    if (!isPossible || isUp(link)) return;
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

  #delayMs(lane?: Lane): number {
    const { delayMinMs, delayMeanMs } = this.#options;
    let delayMs = delayMinMs + this.#random.exponential(delayMeanMs - delayMinMs);
    if (lane !== undefined) for (const factor of lane.slowdowns.values()) delayMs *= factor;
    return delayMs;
  }

  #lane(from: ValidatorIndex, to: ValidatorIndex): Lane {
    return laneOf(this.#link(from, to), from);
  }

  #link(one: ValidatorIndex, other: ValidatorIndex): Link {
    const [low, high] = one < other ? [one, other] : [other, one];
    const key = low * STATIONS_MAX + high;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = { low, high, lanes: [newLane(low, high), newLane(high, low)], seenUpBy: new Set(), connection: 0 };
      this.#links.set(key, link);
    }
    return link;
  }
}

function newLane(from: ValidatorIndex, to: ValidatorIndex): Lane {
  return { from, to, cuts: new Set(), clogs: new Set(), slowdowns: new Map(), held: [], heldBytes: 0 };
}

function laneOf(link: Link, from: ValidatorIndex): Lane {
  return from === link.low ? link.lanes[0] : link.lanes[1];
}

/** Nothing passes either way. */
function isSevered(link: Link): boolean {
  return link.lanes.every(({ cuts }) => cuts.size > 0);
}

function isUp(link: Link): boolean {
  return link.seenUpBy.size === 2;
}

function pairs(from: readonly ValidatorIndex[], to: readonly ValidatorIndex[]): [ValidatorIndex, ValidatorIndex][] {
  return from.flatMap((one) => to.filter((other) => other !== one).map((other): [number, number] => [one, other]));
}
