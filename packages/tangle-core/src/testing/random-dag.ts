/**
 * Random DAGs straight from the validity rules of PROTOCOL 3, not from anybody's behaviour: honest authors sign one
 * statement a round or none and cite any quorum; authors of weight <= f sign versions, withhold them and chain them in
 * the dark. Whatever is drawn here is a DAG on which agreement must hold, without any timing assumption.
 */
import { present } from '../assert.js';
import type { Round, TransactionId, UnixMs, ValidatorIndex } from '../ids.js';
import { signStatement } from '../model/sign.js';
import type { CheckedStatement } from '../model/statement.js';
import type { CheckedTransaction } from '../model/transaction.js';
import type { DrawnVertex } from './dag.js';
import { type TestNetwork, testDevice, testTransaction } from './fixtures.js';
import type { Prng } from './prng.js';

export interface RandomDag {
  /** In a topological order. */
  readonly vertices: readonly DrawnVertex[];
  /** Authors that may sign more than one statement a round. */
  readonly faulty: ReadonlySet<ValidatorIndex>;
}

/** How a round treats the leader of the round below: votes near the thresholds are where rules break. */
const LEADER_MOODS = ['favoured', 'indifferent', 'indifferent', 'split', 'shunned'] as const;

interface Signed {
  readonly statement: CheckedStatement;
  /** Cited by its own author's later statements only, until one of those is public. */
  readonly hidden: boolean;
}

/** A DAG of 12 to 20 rounds over the network's committee. */
export function randomDag(network: TestNetwork, leaderOf: (round: Round) => ValidatorIndex, prng: Prng): RandomDag {
  const generator = new Generator(network, leaderOf, prng);
  const rounds = 12 + prng.below(9);
  for (let round = 1; round <= rounds; round++) generator.drawRound(round);
  return { vertices: generator.vertices, faulty: generator.faulty };
}

class Generator {
  readonly vertices: DrawnVertex[] = [];
  readonly faulty: ReadonlySet<ValidatorIndex>;
  readonly #network: TestNetwork;
  readonly #leaderOf: (round: Round) => ValidatorIndex;
  readonly #prng: Prng;
  readonly #device = DEVICE;
  readonly #transactions: CheckedTransaction[] = [];
  readonly #rounds: Signed[][] = [[]];
  /** Probability that an honest author signs a round, and that it cites what it need not. */
  readonly #presence: number;
  readonly #generosity: number;
  readonly #transactionsMax: number;
  readonly #hiding: number;
  #sequence = 0;

  constructor(network: TestNetwork, leaderOf: (round: Round) => ValidatorIndex, prng: Prng) {
    this.#network = network;
    this.#leaderOf = leaderOf;
    this.#prng = prng;
    this.faulty = this.#drawFaulty();
    this.#presence = prng.pick([1, 0.95, 0.8]) ?? 1;
    this.#generosity = prng.pick([1, 0.9, 0.5, 0]) ?? 1;
    this.#transactionsMax = prng.below(5);
    this.#hiding = prng.pick([0, 0.2, 0.6]) ?? 0;
  }

  drawRound(round: Round): void {
    for (let count = this.#prng.below(this.#transactionsMax + 1); count > 0; count--) this.#drawTransaction();
    const mood = this.#prng.pick(LEADER_MOODS) ?? 'indifferent';
    const { committee } = this.#network.genesis;
    const signed: Signed[] = [];
    this.#rounds.push(signed);
    const absent: ValidatorIndex[] = [];
    let publicWeight = 0;
    for (const { index, weight } of this.#prng.shuffled(committee.validators)) {
      if (this.faulty.has(index)) {
        for (let version = this.#versions(); version > 0; version--) this.#drawFaultyStatement(round, index, mood);
      } else if (this.#prng.chance(this.#presence)) {
        this.#drawHonestStatement(round, index, mood);
        publicWeight += weight;
      } else {
        absent.push(index);
      }
    }
    // Weak liveness: the honest alone weigh a quorum, and the DAG grows as long as one signs.
    for (const index of absent) {
      if (publicWeight >= committee.quorum) break;
      this.#drawHonestStatement(round, index, mood);
      publicWeight += committee.weightOf(index);
    }
  }

  #drawFaulty(): Set<ValidatorIndex> {
    const { validators, faultWeight } = this.#network.genesis.committee;
    const faulty = new Set<ValidatorIndex>();
    if (this.#prng.chance(0.1)) return faulty;
    let left = faultWeight;
    for (const { index, weight } of this.#prng.shuffled(validators)) {
      if (weight > left) continue;
      faulty.add(index);
      left -= weight;
    }
    return faulty;
  }

  #versions(): number {
    return this.#prng.pick([0, 1, 1, 2, 2, 3, 4]) ?? 1;
  }

  #drawTransaction(): void {
    const recent = this.#transactions.slice(-8);
    const first = this.#prng.pick(recent);
    const second = this.#prng.pick(recent);
    const { transactionId } = this.#network.genesis;
    const parents: readonly [TransactionId, TransactionId] =
      first === undefined || second === undefined
        ? [transactionId, transactionId]
        : [first.id, first === second ? transactionId : second.id];
    const transaction = testTransaction(this.#network, this.#device, { sequence: ++this.#sequence, parents });
    this.#transactions.push(transaction);
    this.vertices.push(transaction);
  }

  #drawHonestStatement(round: Round, author: ValidatorIndex, mood: (typeof LEADER_MOODS)[number]): void {
    const below = present(this.#rounds[round - 1], 'rounds are drawn in order');
    const own = below.find(({ statement }) => statement.author === author)?.statement ?? null;
    const visible = below.filter(({ hidden, statement }) => !hidden && statement.author !== author);
    const prev = this.#choosePrev(round, own, visible, mood);
    if (prev === null) return;
    this.#sign(round, author, own ?? this.#ownBelow(author, round - 1), prev, false);
  }

  #drawFaultyStatement(round: Round, author: ValidatorIndex, mood: (typeof LEADER_MOODS)[number]): void {
    const below = present(this.#rounds[round - 1], 'rounds are drawn in order');
    const owns = below.filter(({ statement }) => statement.author === author).map(({ statement }) => statement);
    const own = this.#prng.chance(0.85) ? (this.#prng.pick(owns) ?? null) : null;
    const others = below.filter(
      ({ hidden, statement }) => statement.author !== author && (!hidden || this.#prng.chance(0.5)),
    );
    const prev = this.#choosePrev(round, own, others, mood);
    if (prev === null) return;
    const self = own ?? (this.#prng.chance(0.7) ? this.#ownBelow(author, round - 1) : null);
    this.#sign(round, author, self, prev, this.#prng.chance(this.#hiding));
  }

  /** A quorum of the round below and more, or null where what is visible does not weigh one. */
  #choosePrev(
    round: Round,
    own: CheckedStatement | null,
    visible: readonly Signed[],
    mood: (typeof LEADER_MOODS)[number],
  ): CheckedStatement[] | null {
    if (round === 1) return [];
    const { committee } = this.#network.genesis;
    const leader = this.#leaderOf(round - 1);
    const isShunned = mood === 'shunned' || (mood === 'split' && this.#prng.chance(0.5));
    const shuffled = this.#prng.shuffled(visible.map(({ statement }) => statement));
    const leads = (statement: CheckedStatement): boolean => statement.author === leader;
    const first = shuffled.filter((statement) => leads(statement) && mood === 'favoured');
    const last = shuffled.filter((statement) => leads(statement) && isShunned);
    const rest = shuffled.filter((statement) => !first.includes(statement) && !last.includes(statement));
    const prev = own === null ? [] : [own];
    const authors = new Set(prev.map(({ author }) => author));
    let weight = own === null ? 0 : committee.weightOf(own.author);
    for (const statement of [...first, ...rest, ...last]) {
      if (authors.has(statement.author)) continue;
      const isNeeded = weight < committee.quorum;
      if (!isNeeded && (last.includes(statement) || !this.#prng.chance(this.#generosity))) continue;
      prev.push(statement);
      authors.add(statement.author);
      weight += committee.weightOf(statement.author);
    }
    return weight >= committee.quorum ? prev : null;
  }

  /** A statement of the author below the round: the newest, or any version where it has several. */
  #ownBelow(author: ValidatorIndex, round: Round): CheckedStatement | null {
    for (let at = round - 1; at >= 1; at--) {
      const owns = (this.#rounds[at] ?? []).filter(({ statement }) => statement.author === author);
      const own = this.#prng.pick(owns);
      if (own !== undefined) return own.statement;
    }
    return null;
  }

  #sign(
    round: Round,
    author: ValidatorIndex,
    self: CheckedStatement | null,
    prev: readonly CheckedStatement[],
    hidden: boolean,
  ): void {
    const { genesis, crypto, signers } = this.#network;
    const tips = new Set<TransactionId>();
    for (let count = this.#prng.below(4); count > 0; count--) {
      const tip = this.#prng.pick(this.#transactions.slice(-12));
      if (tip !== undefined) tips.add(tip.id);
    }
    const statement = signStatement(
      {
        network: genesis.network,
        epoch: 0,
        round,
        author,
        timestampMs: this.#clock(round, author),
        self: self?.id ?? null,
        prev: prev.map(({ id }) => id).sort(),
        tips: [...tips].sort(),
      },
      present(signers[author], 'a signer for each validator'),
      crypto,
    );
    present(this.#rounds[round], 'the round being drawn').push({ statement, hidden });
    this.vertices.push(statement);
  }

  /** Honest clocks are near one another; others say what they like. */
  #clock(round: Round, author: ValidatorIndex): UnixMs {
    const { time } = this.#network.genesis.parameters;
    return this.faulty.has(author) ? this.#prng.below(2 * time) : time + 100 * round + this.#prng.below(150);
  }
}

const DEVICE = testDevice('random');
