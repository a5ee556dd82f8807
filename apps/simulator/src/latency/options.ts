/**
 * What a simulated cluster under load is like, as data: every field with its default and what is allowed. The command line,
 * scenario files and sweeps all read this table.
 */
import { STRATEGIES } from '../adversaries/index.js';
import { choice, completeFields, type Fields, integer, namesOf, number, OptionsError } from '../sweeps/fields.js';
import { GEOGRAPHY_NAMES, type GeographyName } from './geography.js';
import { DEVICE_LINK_NAMES, type DeviceLinkName } from './device-link.js';

/** The options of a run, everything decided. */
export interface LatencyOptions {
  readonly nodes: number;
  readonly network: GeographyName;
  /** One way between any two nodes of the network `even`, milliseconds. */
  readonly delay: number;
  /** Mean of what comes on top of a one-way delay, as a share of it. */
  readonly jitter: number;
  /** Of each direction of a link between two nodes, Mbit/s. */
  readonly bandwidth: number;
  /** Probability that a message between nodes has to be sent again. */
  readonly loss: number;
  /** Readings a second, of all devices together. */
  readonly rate: number;
  /** Readings in a transaction. */
  readonly batch: number;
  readonly devices: number;
  /** Between a device and its gateway, which is a node. */
  readonly link: DeviceLinkName;
  /** Seconds of load. */
  readonly duration: number;
  /** Seconds of it, from its start, that are not measured. */
  readonly warmup: number;
  /** Nodes that never run. */
  readonly crashed: number;
  /** Nodes that lie, by `strategy`. */
  readonly byzantine: number;
  readonly strategy: string;
  /** Crashes a minute, of all honest nodes together, one at a time; each lasts five seconds. */
  readonly churn: number;
  /** Least mean time between two statements of a validator, milliseconds. */
  readonly spacing: number;
  /** Mean time of a synced write, milliseconds. */
  readonly disk: number;
  /** Share of it that is drawn anew for each write, exponentially; the rest is the same for all. */
  readonly diskSpread: number;
  /** CPU time that a transaction takes of each node, milliseconds: all of it before the node goes on with it. */
  readonly transactionCpu: number;
  /** The same of each statement of another node, with all that a round brings along. */
  readonly statementCpu: number;
  /** That all nodes share; 0 gives each its own. */
  readonly cores: number;
}

const [firstStrategy = 'silent', ...otherStrategies] = STRATEGIES.keys();

/** A payload is 32 KB at most. */
const BATCH_MAX = 1_000;
/** Each transaction at each node takes about 3.5 KB of memory, statements included: 14 GB. */
const INSERTIONS_MAX = 4_000_000;

export const FIELDS: Fields<LatencyOptions> = {
  nodes: integer(10, 1, 128, 'validators, of weight 1 each'),
  network: choice(GEOGRAPHY_NAMES, 'delays between nodes'),
  delay: number(1, 0, 60_000, 'one way between any two nodes of the network even, milliseconds'),
  jitter: number(0.05, 0, 10, 'mean of what comes on top of a one-way delay, as a share of it'),
  bandwidth: number(1_000, 0.001, 1_000_000, 'of each direction of a link between two nodes, Mbit/s'),
  loss: number(0, 0, 0.9, 'share of messages between nodes that have to be sent again'),
  rate: number(100, 0.001, 1_000_000, 'readings a second, all devices together'),
  batch: integer(1, 1, BATCH_MAX, 'readings in a transaction'),
  devices: integer(100, 1, 1_000_000, 'devices, evenly spread over the honest nodes'),
  link: choice(DEVICE_LINK_NAMES, 'between a device and the node that is its gateway'),
  duration: number(10, 0.1, 86_400, 'seconds of load'),
  warmup: number(2, 0, 3_600, 'seconds from its start that are not measured'),
  crashed: integer(0, 0, 42, 'nodes that never run'),
  byzantine: integer(0, 0, 42, 'nodes that lie'),
  strategy: choice([firstStrategy, ...otherStrategies], 'how they lie'),
  churn: number(0, 0, 60, 'crashes a minute, all honest nodes together, one at a time, five seconds each'),
  spacing: number(50, 0, 60_000, 'least mean time between two statements of a validator, milliseconds'),
  disk: number(2, 0, 10_000, 'mean time of a synced write, milliseconds'),
  diskSpread: number(0.9, 0, 1, 'share of it that is drawn anew for each write, exponentially'),
  transactionCpu: number(0, 0, 1_000, 'CPU time of a transaction at each node, milliseconds'),
  statementCpu: number(0, 0, 1_000, "CPU time of another node's statement and its round, milliseconds"),
  cores: integer(0, 0, 1_024, 'cores that all nodes share; 0 gives each node its own'),
};

export const FIELD_NAMES = namesOf(FIELDS);

/** Complete options from some of them. Throws an OptionsError where no run can have them. */
export function completeOptions(given: Readonly<Record<string, unknown>>): LatencyOptions {
  const options = completeFields(FIELDS, given);
  checkTogether(options);
  return options;
}

/** Transactions a second. */
export function transactionRate({ rate, batch }: Pick<LatencyOptions, 'rate' | 'batch'>): number {
  return rate / batch;
}

/** Nodes that may be faulty: f of PROTOCOL 1. */
export function faultyMost(nodes: number): number {
  return Math.floor((nodes - 1) / 3);
}

function checkTogether(options: LatencyOptions): void {
  const { nodes, crashed, byzantine, churn, duration, warmup } = options;
  const most = faultyMost(nodes);
  const faulty = crashed + byzantine;
  if (faulty > most) {
    throw new OptionsError(
      `crashed ${crashed} and byzantine ${byzantine}: of ${nodes} nodes ${most} at most, together`,
    );
  }
  if (churn > 0 && faulty + 1 > most) {
    throw new OptionsError(
      `churn ${churn}: another node is down at times, and of ${nodes} nodes ${most} may be faulty, ${faulty} are`,
    );
  }
  if (warmup >= duration) throw new OptionsError(`warmup ${warmup}: less than the duration ${duration}`);
  const transactions = transactionRate(options) * duration;
  if (transactions < 1) {
    const least = options.batch / duration;
    throw new OptionsError(`rate ${options.rate}: at least ${least}, for one transaction in ${duration} s`);
  }
  const transactionsMost = Math.floor(INSERTIONS_MAX / nodes);
  if (transactions > transactionsMost) {
    throw new OptionsError(
      `rate ${options.rate} for ${duration} s are ${Math.round(transactions)} transactions: ${transactionsMost} at most for ${nodes} nodes`,
    );
  }
}
