/**
 * Devices behind gateways: which reads when, over which link its bytes reach a node, and which node it asks next. A device signs
 * over the tips that its gateway has when it signs; what travels may be seconds old on arrival.
 */
import { present } from '@tangle/core/assert';
import type { ValidatorIndex } from '@tangle/core/ids';
import type { CheckedTransaction } from '@tangle/core/model';
import { type TestDevice, testTransaction } from '@tangle/core/testing';
import type { SubmitAnswer } from '@tangle/node/replica';
import type { EventQueue, VirtualUs } from '../event-queue.js';
import type { SimNode } from '../node.js';
import type { Random } from '../prng.js';
import { uplinkMs } from './device-link.js';
import type { Journey, Journeys } from './journeys.js';
import type { ModelledNetwork } from './modelled-network.js';
import { type LatencyOptions, transactionRate } from './options.js';
import type { Polls } from './polls.js';
import type { Processors } from './processors.js';

/** A reading in SenML and MessagePack takes about so much, and the pack around it. */
const READING_BYTES = 24;
const PACK_BYTES = 40;
/** After a refusal, or the end of the node that was asked, the next node is asked so much later. */
const RETRY_MS = 500;
/** Keys that sign. More devices than that share them, as behind a gateway that signs for its devices. */
const ISSUERS_MAX = 500;

/** Keys that sign for so many devices. */
export function issuersOf(devices: number): number {
  return Math.min(devices, ISSUERS_MAX);
}

export interface FleetOptions {
  readonly options: LatencyOptions;
  readonly network: ModelledNetwork;
  /** Honest nodes that run, but for churn. */
  readonly gateways: readonly SimNode[];
  readonly queue: EventQueue;
  readonly polls: Polls;
  readonly processors: Processors;
  readonly random: Random;
  readonly journeys: Journeys;
  /** A node refuses for good what an honest device sent: nothing that comes of the run can be believed. */
  readonly onBroken: (what: string) => void;
}

interface Sender {
  readonly key: TestDevice;
  /** Place of its gateway in the list. */
  readonly place: number;
  sequence: number;
}

interface Outgoing {
  readonly transaction: CheckedTransaction;
  readonly journey: Journey;
  /** Place of the gateway that is asked. */
  place: number;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #senders: readonly Sender[];
  /** When transactions are signed, after the start of the load. */
  readonly #timesMs: Float64Array;
  readonly #picks: Random;
  readonly #payload: Uint8Array;
  readonly #links: Random;
  /** What each gateway was given and has not answered. */
  readonly #offered: readonly Set<Outgoing>[];
  #retries = 0;

  constructor(fleetOptions: FleetOptions) {
    const { options, network, gateways, random } = fleetOptions;
    this.#options = fleetOptions;
    this.#senders = network.issuers.map((key, index) => ({ key, place: index % gateways.length, sequence: 0 }));
    this.#links = random.fork('links');
    this.#payload = new Uint8Array(PACK_BYTES + options.batch * READING_BYTES);
    this.#offered = gateways.map(() => new Set());
    this.#timesMs = Float64Array.from(timesMs(options, random.fork('times')));
    this.#picks = random.fork('devices');
  }

  /** Transactions of the load. */
  get count(): number {
    return this.#timesMs.length;
  }

  /** Times that a node had to be asked again, or another one. */
  get retries(): number {
    return this.#retries;
  }

  /** The load begins now. */
  start(measuredFromMs: number): void {
    const { queue } = this.#options;
    const startUs = queue.nowUs;
    const next = (index: number): void => {
      const timeMs = this.#timesMs[index];
      if (timeMs === undefined) return;
      queue.at(startUs + Math.ceil(timeMs * 1_000), () => {
        this.#send(this.#picks.pick(this.#senders), timeMs >= measuredFromMs);
        next(index + 1);
      });
    };
    next(0);
  }

  /** A node is down and never answers what it was given. */
  nodeDown(node: ValidatorIndex): void {
    const place = this.#options.gateways.findIndex(({ index }) => index === node);
    const offered = this.#offered[place];
    if (offered === undefined) return;
    for (const outgoing of offered) this.#retry(outgoing);
    offered.clear();
  }

  #send(sender: Sender, isMeasured: boolean): void {
    const { queue, network, gateways, journeys } = this.#options;
    const place = this.#upFrom(sender.place);
    const replica = gateways[place]?.replica;
    if (replica === null || replica === undefined) {
      // All are down: they are back before long.
      queue.after(RETRY_MS, () => this.#send(sender, isMeasured));
      return;
    }
    const [first, second] = replica.tips(2, sender.key.issuer);
    const timestampMs = network.genesis.parameters.time + Math.floor(queue.nowUs / 1_000);
    const transaction = testTransaction(network, sender.key, {
      sequence: ++sender.sequence,
      parents: [present(first, 'a tip'), present(second, 'a second tip')],
      timestampMs,
      payload: this.#payload,
    });
    const { id, parents } = transaction;
    const journey: Journey = {
      id,
      parents,
      isMeasured,
      createdUs: queue.nowUs,
      gateway: 0,
      arrivedUs: null,
      admittedUs: null,
      coveredUs: null,
      coveredRound: 0,
    };
    journeys.begin(journey);
    this.#travel({ transaction, journey, place });
  }

  #travel(outgoing: Outgoing): void {
    const { options, gateways, queue, polls, processors } = this.#options;
    const delayMs = uplinkMs(options.link, this.#links);
    const { index } = present(gateways[outgoing.place], 'a gateway at each place');
    polls.at(queue.nowUs + delayMs * 1_000, () => {
      const arrivedUs = queue.nowUs;
      // What rejects here is a bug, and ends the run.
      processors.work(index, options.transactionCpu * 1_000, () => void this.#offer(outgoing, arrivedUs));
    });
  }

  async #offer(outgoing: Outgoing, arrivedUs: VirtualUs): Promise<void> {
    const { gateways } = this.#options;
    const node = present(gateways[outgoing.place], 'a gateway at each place');
    const { replica } = node;
    if (replica === null) {
      this.#retry(outgoing);
      return;
    }
    const offered = present(this.#offered[outgoing.place], 'a set for each gateway');
    offered.add(outgoing);
    const answer = await replica.submit(outgoing.transaction.bytes);
    // Down since: it is on its way to another.
    if (offered.delete(outgoing)) this.#answered(outgoing, node.index, arrivedUs, answer);
  }

  #answered(outgoing: Outgoing, node: ValidatorIndex, arrivedUs: VirtualUs, answer: SubmitAnswer): void {
    const { journey } = outgoing;
    if (answer.kind !== 'accepted') {
      if (answer.kind === 'refused' || answer.kind === 'invalid-parent') {
        this.#options.onBroken(`node ${node} refuses ${journey.id}: ${JSON.stringify(answer)}`);
      }
      this.#retry(outgoing);
      return;
    }
    journey.gateway = node;
    journey.arrivedUs = arrivedUs;
    journey.admittedUs = this.#options.queue.nowUs;
  }

  #retry(outgoing: Outgoing): void {
    this.#retries++;
    this.#options.queue.after(RETRY_MS, () => {
      this.#travel({ ...outgoing, place: this.#upFrom(outgoing.place + 1) });
    });
  }

  /** The first place from here on whose node runs; where none does, the place itself. */
  #upFrom(place: number): number {
    const { gateways } = this.#options;
    for (let step = 0; step < gateways.length; step++) {
      const candidate = (place + step) % gateways.length;
      if (gateways[candidate]?.replica !== null) return candidate;
    }
    return place % gateways.length;
  }
}

/** Poisson. */
function* timesMs(options: LatencyOptions, random: Random): Generator<number, void> {
  const meanMs = 1_000 / transactionRate(options);
  const endMs = options.duration * 1_000;
  for (let atMs = random.exponential(meanMs); atMs < endMs; atMs += random.exponential(meanMs)) yield atMs;
}
