/**
 * A cluster under load on virtual time: the real replicas on a modelled network, with modelled signatures. Owns which node
 * runs, lies or is down when. Nothing is checked here but that all commit the same; `tangle-sim run` is for the rest.
 */
import { invariant, present } from '@tangle/core/assert';
import { KIND_TRANSACTION } from '@tangle/core/codec';
import type { StoreRecord } from '@tangle/node/replica';
import { STRATEGIES } from '../adversaries/index.js';
import { SimDisk } from '../disk.js';
import { EventQueue } from '../event-queue.js';
import { type Byzantine, type NodeListener, SimNode } from '../node.js';
import { Random } from '../prng.js';
import { SharedVerifier } from '../shared-verifier.js';
import { settlePromises } from '../world.js';
import { Fleet, issuersOf } from './fleet.js';
import { Geography } from './geography.js';
import { type Arrival, Journeys } from './journeys.js';
import { modelledNetwork } from './modelled-network.js';
import type { LatencyOptions } from './options.js';
import { Polls } from './polls.js';
import { Processors } from './processors.js';
import { type Traffic, WideNetwork } from './wide-network.js';

/** Time for links to come up before the load begins, milliseconds. */
const LINKS_UP_MS = 3_000;
/** Time for everything to become final after the load. */
const PATIENCE_MS = 120_000;
/** A crashed process comes back after this. */
const DOWN_MS = 5_000;
/** A liar that stops by itself comes back after this. */
const RESTART_MS = 1_000;
/** Between two looks whether everything is final. */
const LOOK_MS = 20;

/** What happened while there was load. */
export interface LoadCounts {
  readonly seconds: number;
  /** Of honest validators. */
  readonly statements: number;
  readonly commits: number;
  readonly rounds: number;
  readonly traffic: Traffic;
}

export class Cluster {
  readonly geography: Geography;
  readonly journeys: Journeys;
  readonly fleet: Fleet;
  /** Nodes that run, but for churn, and do not lie. */
  readonly honest: readonly SimNode[];
  /** Of all nodes that sign, honest or not. */
  readonly finalLeastMs: readonly number[];
  readonly #options: LatencyOptions;
  readonly #queue = new EventQueue();
  readonly #random: Random;
  readonly #network: WideNetwork;
  readonly #nodes: readonly SimNode[];
  #statements = 0;
  #highestRound = 0;
  #broken: string | null = null;

  constructor(options: LatencyOptions, seed: number, onArrival: (arrival: Arrival) => void) {
    const { nodes, network, delay, jitter, bandwidth, loss, crashed, byzantine, disk, diskSpread, spacing } = options;
    this.#options = options;
    this.#random = new Random(`${seed}/latency`);
    const random = this.#random;
    this.geography = new Geography(network, nodes, jitter, random.fork('geography'), delay);
    const polls = new Polls(this.#queue, this.geography.pollUs);
    const keys = modelledNetwork(nodes, issuersOf(options.devices));
    const { genesis, crypto, signers, cosigners } = keys;
    const verifier = new SharedVerifier(genesis, crypto);
    const processors = new Processors(nodes, options.cores, this.#queue);
    const workUs = (message: Uint8Array): number => this.#workUs(verifier, message);
    this.#network = new WideNetwork(
      { nodes, geography: this.geography, bitsPerSecond: bandwidth * 1e6, loss, processors, workUs },
      this.#queue,
      polls,
      random.fork('network'),
    );
    const faulty = random.fork('faulty').shuffle(signers.map((_, index) => index));
    const down = new Set(faulty.slice(0, crashed));
    const liars = faulty.slice(crashed, crashed + byzantine);
    const listener = this.#nodeListener();
    this.#nodes = signers.map(
      (signer, index) =>
        new SimNode({
          index,
          genesis,
          crypto,
          signer,
          verifier,
          cosigner: present(cosigners[index], 'a cosigner for each validator'),
          clockError: { offsetMs: 0, driftPpm: 0 },
          limits: { roundSpacingMs: spacing },
          disk: new SimDisk(
            { writeMinMs: disk * (1 - diskSpread), writeMeanMs: disk },
            this.#queue,
            random.fork(`disk ${index}`),
          ),
          network: this.#network,
          queue: this.#queue,
          random: random.fork(`node ${index}`),
          listener,
          byzantine: liars.includes(index) ? this.#byzantine(liars) : null,
        }),
    );
    const live = this.#nodes.filter(({ index }) => !down.has(index));
    this.honest = live.filter(({ isByzantine }) => !isByzantine);
    this.finalLeastMs = this.geography.finalLeastMs(
      live.map(({ index }) => index),
      genesis.committee.quorum,
    );
    this.journeys = new Journeys(nodes, this.honest.length, onArrival);
    this.fleet = new Fleet({
      options,
      network: keys,
      gateways: this.honest,
      queue: this.#queue,
      polls,
      processors,
      random: random.fork('fleet'),
      journeys: this.journeys,
      onBroken: (what) => (this.#broken ??= what),
    });
    for (const node of live) node.start();
  }

  /** Until all links are up. */
  async prepare(): Promise<void> {
    await this.#runUntil(LINKS_UP_MS);
  }

  /** The load, and then until everything that counts is final everywhere or patience ends. */
  async run(): Promise<LoadCounts> {
    const { duration, warmup, churn } = this.#options;
    const startMs = this.#nowMs;
    const before = this.#counts();
    this.fleet.start(warmup * 1_000);
    if (churn > 0) this.#crashAgainAndAgain(this.#random.fork('churn'), startMs + duration * 1_000);
    await this.#runUntil(startMs + duration * 1_000);
    const after = this.#counts();
    await this.#settle(() => this.journeys.openMeasured > 0);
    return {
      seconds: duration,
      statements: after.statements - before.statements,
      commits: after.commits - before.commits,
      rounds: after.rounds - before.rounds,
      traffic: {
        messages: after.traffic.messages - before.traffic.messages,
        bytes: after.traffic.bytes - before.traffic.bytes,
      },
    };
  }

  get #nowMs(): number {
    return this.#queue.nowUs / 1_000;
  }

  #counts(): Omit<LoadCounts, 'seconds'> {
    const { commitCount: commits } = this.journeys;
    return { statements: this.#statements, commits, rounds: this.#highestRound, traffic: this.#network.traffic };
  }

  async #settle(isOngoing: () => boolean): Promise<void> {
    const untilMs = this.#nowMs + PATIENCE_MS;
    while (isOngoing() && this.#nowMs < untilMs) await this.#runUntil(this.#nowMs + LOOK_MS);
  }

  async #runUntil(untilMs: number): Promise<void> {
    const untilUs = Math.ceil(untilMs * 1_000);
    await settlePromises();
    for (let action = this.#queue.next(untilUs); action !== null; action = this.#queue.next(untilUs)) {
      action();
      await settlePromises();
      invariant(this.#broken === null, () => this.#broken ?? '');
    }
  }

  /** CPU time of a message at the node that it reaches. */
  #workUs(verifier: SharedVerifier, message: Uint8Array): number {
    const { transactionCpu, statementCpu } = this.#options;
    if (transactionCpu + statementCpu === 0) return 0;
    const decoded = verifier.message(message);
    if (!decoded.ok || decoded.value.kind !== 'vertices') return 0;
    let us = 0;
    for (const vertex of decoded.value.vertices) {
      us += (vertex[1] === KIND_TRANSACTION ? transactionCpu : statementCpu) * 1_000;
    }
    return us;
  }

  #byzantine(liars: readonly number[]): Byzantine {
    const { strategy, duration } = this.#options;
    return {
      strategy: present(STRATEGIES.get(strategy), `no strategy ${strategy}`),
      accomplices: liars,
      busyUntilMs: LINKS_UP_MS + duration * 1_000,
    };
  }

  #crashAgainAndAgain(random: Random, untilMs: number): void {
    const delayMs = random.exponential(60_000 / this.#options.churn);
    if (this.#nowMs + delayMs >= untilMs) return;
    this.#queue.after(delayMs, () => {
      const node = random.pick(this.honest);
      const fate = random.chance(0.5) ? 'durable' : 'lost';
      if (this.honest.every(({ isUp }) => isUp)) {
        this.#crash(node, fate);
        this.#queue.after(DOWN_MS, () => node.start());
      }
      this.#crashAgainAndAgain(random, untilMs);
    });
  }

  #crash(node: SimNode, fate: 'durable' | 'lost'): void {
    node.crash(fate);
    this.fleet.nodeDown(node.index);
  }

  #nodeListener(): NodeListener {
    return {
      onWrite: () => undefined,
      onWritten: (node, records) => this.#written(node, records),
      onSend: () => undefined,
      onCommit: (node, commit) => {
        if (!node.isByzantine) this.journeys.committed(node.index, commit, this.#queue.nowUs);
      },
      onCertified: () => undefined,
      onStarted: (node) => {
        if (node.isByzantine) return;
        // What was durable when the last process ended, and nobody was told.
        const { contents } = node.disk;
        for (let index = this.journeys.headOf(node.index) + 1; index <= (contents.head?.index ?? 0); index++) {
          const commit = present(contents.commit(index), `commit ${index} below the head`);
          this.journeys.committed(node.index, commit, this.#queue.nowUs);
        }
      },
      onFatal: (node, error) => {
        if (node.isByzantine) {
          this.#crash(node, 'lost');
          this.#queue.after(RESTART_MS, () => node.start());
        } else {
          this.#broken ??= `node ${node.index} stops: ${error.message}`;
        }
      },
      onAccusation: (node, accused, what) => {
        const isWrong = !node.isByzantine && this.#nodes[accused]?.isByzantine === false;
        if (isWrong) this.#broken ??= `node ${node.index} accuses node ${accused}: ${what}`;
      },
    };
  }

  #written(node: SimNode, records: readonly StoreRecord[]): void {
    if (node.isByzantine) return;
    for (const record of records) {
      if (record.kind === 'statement') {
        this.journeys.statement(record.statement, this.#queue.nowUs);
        this.#highestRound = Math.max(this.#highestRound, record.statement.round);
      } else if (record.kind === 'guard' && record.guard.id !== null) {
        this.#statements++;
      }
    }
  }
}
