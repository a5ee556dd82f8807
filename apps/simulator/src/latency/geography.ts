/** Where nodes are and how long a message takes between them, one way: presets, and the bound that physics sets. */
import { present } from '@tangle/core/assert';
import type { Random } from '../prng.js';

export const GEOGRAPHY_NAMES = ['wan10', 'lan', 'metro', 'uniform', 'even'] as const;
export type GeographyName = (typeof GEOGRAPHY_NAMES)[number];

/**
 * Round trips between ten regions, milliseconds: AWS, TCP, median over one year, mean of both directions (cloudping.co,
 * snapshot of 29 May 2025). The diagonal is inside a region.
 */
export const WAN10_REGIONS = ['VA', 'OR', 'IE', 'FR', 'BR', 'IN', 'SG', 'JP', 'AU', 'ZA'] as const;
const WAN10_RTT_MS: readonly (readonly number[])[] = [
  [5, 64, 70, 93, 115, 191, 219, 149, 200, 227],
  [64, 3, 118, 142, 175, 222, 161, 98, 141, 274],
  [70, 118, 3, 27, 178, 126, 182, 201, 256, 159],
  [93, 142, 27, 4, 204, 129, 161, 227, 252, 155],
  [115, 175, 178, 204, 3, 301, 327, 258, 312, 338],
  [191, 222, 126, 129, 301, 3, 64, 134, 154, 272],
  [219, 161, 182, 161, 327, 64, 4, 71, 95, 317],
  [149, 98, 201, 227, 258, 134, 71, 3, 107, 357],
  [200, 141, 256, 252, 312, 154, 95, 107, 4, 409],
  [227, 274, 159, 155, 338, 272, 317, 357, 409, 5],
];

const LAN_RTT_MS = 1;
const METRO_RTT_MS = { least: 3, most: 7 };
/** One way, drawn anew for each message: the network that Mysticeti is simulated on. */
const UNIFORM_MS = { least: 50, most: 100 };

/**
 * Time between two looks of a node at its sockets, microseconds: what arrives in between is read together. Far below the
 * delays of the network, and what makes large clusters affordable.
 */
const POLL_US: { readonly [Name in GeographyName]: number } = {
  wan10: 1_000,
  uniform: 1_000,
  metro: 100,
  lan: 20,
  even: 20,
};

export class Geography {
  readonly pollUs: number;
  readonly #name: GeographyName;
  readonly #jitter: number;
  readonly #random: Random;
  /** Of each pair, by from * nodes + to. */
  readonly #oneWayMs: Float64Array;
  readonly #nodes: number;

  /**
   * @param jitter mean of what comes on top of a delay, as a share of it
   * @param evenMs one way between any two nodes of the network `even`
   */
  constructor(name: GeographyName, nodes: number, jitter: number, random: Random, evenMs = 1) {
    this.pollUs = POLL_US[name];
    this.#name = name;
    this.#jitter = jitter;
    this.#random = random.fork('delays');
    this.#nodes = nodes;
    this.#oneWayMs = new Float64Array(nodes * nodes);
    const places = random.fork('places');
    for (let low = 0; low < nodes; low++) {
      for (let high = low + 1; high < nodes; high++) {
        const oneWayMs = name === 'even' ? evenMs : rttMs(name, low, high, places) / 2;
        this.#oneWayMs[low * nodes + high] = oneWayMs;
        this.#oneWayMs[high * nodes + low] = oneWayMs;
      }
    }
  }

  /** The shortest that a message ever takes; 0 from a node to itself. */
  leastMs(from: number, to: number): number {
    return this.#oneWayMs[from * this.#nodes + to] as number;
  }

  /** What this message takes. */
  drawMs(from: number, to: number): number {
    const leastMs = this.leastMs(from, to);
    const spreadMs = this.#name === 'uniform' ? this.#random.unit() * (UNIFORM_MS.most - UNIFORM_MS.least) : 0;
    return leastMs + spreadMs + (this.#jitter === 0 ? 0 : this.#random.exponential(this.#jitter * leastMs));
  }

  /**
   * For each node the time below which nothing that becomes durable there can be final there (PROTOCOL 5): a leader hears
   * of it and signs, voters hear the leader, certifiers a quorum of votes, and the node a quorum of certificates. Three
   * one-way delays where the node itself leads; processing takes no time anywhere.
   *
   * @param live nodes that sign, a quorum at least.
   */
  finalLeastMs(live: readonly number[], quorum: number): number[] {
    const quorumOf = (values: readonly number[]): number =>
      present(values.toSorted((one, other) => one - other)[quorum - 1], 'a quorum is alive');
    /** From a leader's signature until each node certifies it. */
    const certifiedMs = live.map((leader) =>
      live.map((certifier) =>
        quorumOf(live.map((voter) => this.leastMs(leader, voter) + this.leastMs(voter, certifier))),
      ),
    );
    return Array.from({ length: this.#nodes }, (_, node) => {
      const toNodeMs = live.map((certifier) => this.leastMs(certifier, node));
      const bounds = certifiedMs.map((atMs, place) => {
        const leader = present(live[place], 'a row for each leader');
        return this.leastMs(node, leader) + quorumOf(atMs.map((ms, index) => ms + (toNodeMs[index] ?? 0)));
      });
      return Math.min(...bounds);
    });
  }
}

/** Nodes take the regions of the table in turn. */
function rttMs(name: Exclude<GeographyName, 'even'>, low: number, high: number, places: Random): number {
  switch (name) {
    case 'wan10': {
      const regions = WAN10_REGIONS.length;
      return present(WAN10_RTT_MS[low % regions]?.[high % regions], 'a row and a column for each region');
    }
    case 'lan':
      return LAN_RTT_MS;
    case 'metro':
      return METRO_RTT_MS.least + places.unit() * (METRO_RTT_MS.most - METRO_RTT_MS.least);
    case 'uniform':
      return 2 * UNIFORM_MS.least;
  }
}
